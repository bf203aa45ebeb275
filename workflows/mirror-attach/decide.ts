import { SESSIONS_PER_INTERFACE } from '../../services/mirroring/evaluate.schema.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { pass } from '../asl/pass.ts';
import instanceTypes from '../blueprints/traffic-mirroring/instance-types.json' with { type: 'json' };
import { TAG } from './filter.ts';

const listOf = (words: readonly string[]): string => `[${words.map((word) => `'${word}'`).join(', ')}]`;

/**
 * Which sessions of its profiles an interface is to have, in the order of their numbers, as long as there is room beside
 * those of others. One of ours that fits is kept, unless it would be asked before one that comes first; another gets the
 * profile's number, or the next that is free.
 */
const ALLOT = `function($asking, $target, $mine, $others) { $reduce($asking, function($sum, $f) { (
  $old := [$mine[filter = $f.id and target = $target and number >= $f.number and number > $sum.last]][0];
  $number := $filter([$max([$f.number, $sum.last + 1])..($max([$f.number, $sum.last + 1]) + ${SESSIONS_PER_INTERFACE})],
    function($n) { $not($n in $others.number) })[0];
  $sum.room = 0 ? $merge([$sum, {'full': [$append($sum.full, $f.name)]}])
  : $exists($old) ? $merge([$sum, {'room': $sum.room - 1, 'last': $old.number,
      'keep': [$append($sum.keep, {'profile': $f.name, 'id': $old.id, 'number': $old.number, 'vni': $old.vni})]}])
  : $merge([$sum, {'room': $sum.room - 1, 'last': $number,
      'make': [$append($sum.make, $merge([{'filter': $f.id, 'profile': $f.name, 'number': $number, 'target': $target},
        $exists($f.length) ? {'length': $f.length}, $exists($f.vni) ? {'vni': $f.vni}]))]}])
) }, {'room': ${SESSIONS_PER_INTERFACE} - $count($others), 'last': 0, 'keep': [], 'make': [], 'full': []}) }`;

/**
 * A new session is made beside the one that it replaces, and that one goes afterwards: nothing is missed meanwhile. Only
 * where there is no room, or its number is taken, one of ours goes right before it.
 */
const REPLACE = `function($make, $surplus, $there) { (
  $clashing := $surplus[number in $make.number].id;
  $reduce($make, function($sum, $one) { (
    $clash := $surplus[number = $one.number][0].id;
    $exists($clash) ? $merge([$sum, {'make': [$append($sum.make, $merge([$one, {'instead': $clash}]))], 'gone': [$append($sum.gone, $clash)]}])
    : $sum.there < ${SESSIONS_PER_INTERFACE} or $count($sum.spare) = 0
      ? $merge([$sum, {'make': [$append($sum.make, $merge([$one, {'instead': ''}]))], 'there': $sum.there + 1}])
    : $merge([$sum, {'make': [$append($sum.make, $merge([$one, {'instead': $sum.spare[0]}]))],
        'gone': [$append($sum.gone, $sum.spare[0])], 'spare': [$filter($sum.spare, function($v, $i) { $i > 0 })]}])
  ) }, {'make': [], 'gone': [], 'there': $there, 'spare': [$surplus[$not(id in $clashing)].id]})
) }`;

/**
 * What of it is wanted, one interface at a time. Others' sessions are counted and never touched. Sessions are paid by the
 * hour while an instance is stopped and copies nothing, so it has none then.
 */
const DECIDE = `(
  $allot := ${ALLOT};
  $replace := ${REPLACE};
  $hubs := $zones = '' ? {} : $merge($split($zones, ' ').($pair := $split($, '='); {$pair[0]: $pair[1]}));
  $types := $merge($instances.{id: $});
  $ofEni := $sessions{eni: [$]};
  $tierOf := $merge($subnets.{id: tier});
  $supported := ${listOf(instanceTypes.supportedFamilies)};
  $denied := ${listOf(instanceTypes.deniedFamilies)};
  [$interfaces.(
    $eni := $;
    $instance := $lookup($types, $eni.on);
    $here := [$lookup($ofEni, $eni.eni)];
    $family := $split($instance.type, '.')[0];
    $known := $lookup($learnt, '${TAG}type:' & $instance.type);
    $own := $tables[$eni.subnet in subnets][0];
    $table := $exists($own) ? $own : $tables[vpc = $eni.vpc and main][0];
    $near := $lookup($hubs, $lookup($zoneOf, $eni.subnet));
    $target := $exists($near) and $near in $seen ? $near : $targetId;
    $unreached := $notShared != '' ? $notShared
      : $not($target in $seen) ? 'the target ' & $target & ' is not shared with the account'
      : $exists($table) and $table.why != '' ? 'from ' & $eni.subnet & ' ' & $table.why : '';
    $support := $contains($instance.type, '.metal') or $family in $denied ? 'no'
      : $known = 'refused@${instanceTypes.version}' ? 'refused'
      : $family in $supported or $known = 'accepted@${instanceTypes.version}' ? 'yes' : 'unknown';
    $asking := $eni.source and $instance.state in ['pending', 'running']
      ? [$filters[(
          $f := $;
          $count($f.asks[value != $lookup($eni.tags, key) or $not($exists($lookup($eni.tags, key)))]) = 0
            and ($count($f.tiers) = 0 or $lookup($tierOf, $eni.subnet) in $f.tiers))]] : [];
    $mine := [$here[ours]];
    $others := [$here[$not(ours)]];
    $allotted := $allot($unreached = '' and $support in ['yes', 'unknown'] ? $asking : [], $target, $mine, $others);
    $surplus := [$mine[$not(id in $allotted.keep.id)]];
    $replaced := $replace($allotted.make, $surplus, $count($here));
    {
      'eni': $eni.eni,
      'target': $target != $targetId ? $target,
      'type': $exists($instance.type) ? $instance.type : '',
      'instance': $eni.on,
      'support': $support,
      'unreached': $unreached,
      'asks': [$asking.name],
      'keep': $allotted.keep,
      'full': $allotted.full,
      'others': $count($others),
      'make': [$replaced.make.$merge([$, {'eni': $eni.eni, 'type': $instance.type, 'started': $instance.started, 'support': $support}])],
      'delete': [$surplus[$not(id in $replaced.gone)].id]
    }
  )]
)`;

const FIRST = '[$filter($all, function($one, $i) { $i < $budget })]';

export const decide: States = {
  'Work out what is missing': pass({
    assign: { verdicts: expr(DECIDE) },
    next: 'Sort what is to be done',
  }),
  'Sort what is to be done': pass({
    comment: 'Of a type that nobody knows one session is tried; the others wait for what AWS says of it.',
    assign: {
      missing: expr(
        `($known := $verdicts[support = 'yes'].make;
          $tried := $each($verdicts[support = 'unknown'].make{type: [$]}, function($some) { $some[0] });
          $all := [$append($known, $tried)]; ${FIRST})`,
      ),
      late: expr(`$count($verdicts[support = 'yes'].make) > $budget`),
      surplus: expr(`($all := [$verdicts.delete]; ${FIRST})`),
    },
    next: 'Make what is missing',
  }),
};
