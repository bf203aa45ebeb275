import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { pass } from '../asl/pass.ts';
import instanceTypes from '../blueprints/traffic-mirroring/instance-types.json' with { type: 'json' };
import { TAG } from './filter.ts';

const MOST_SESSIONS = 3;
const listOf = (words: readonly string[]): string => `[${words.map((word) => `'${word}'`).join(', ')}]`;

/**
 * What of it is wanted, one interface at a time. Sessions of ours that fit are kept, the first of them; all others of ours
 * go, also those whose interface nobody lists any more. Others' sessions are counted and never touched. Sessions are paid
 * by the hour while an instance is stopped and copies nothing, so it has none then.
 */
const DECIDE = `(
  $types := $merge($instances.{id: $});
  $ofEni := $sessions{eni: [$]};
  $version := '${instanceTypes.version}';
  $supported := ${listOf(instanceTypes.supportedFamilies)};
  $denied := ${listOf(instanceTypes.deniedFamilies)};
  $asked := $each($filterTags, function($value, $key) {
    $substring($key, 0, ${`${TAG}tag:`.length}) = '${TAG}tag:' ? {'key': $substring($key, ${`${TAG}tag:`.length}), 'value': $value}
  });
  $hubs := $zones = '' ? {} : $merge($split($zones, ' ').($pair := $split($, '='); {$pair[0]: $pair[1]}));
  $first := $number($lookup($filterTags, '${TAG}number'));
  [$interfaces.(
    $eni := $;
    $instance := $lookup($types, $eni.on);
    $here := $lookup($ofEni, $eni.eni);
    $family := $split($instance.type, '.')[0];
    $learnt := $lookup($filterTags, '${TAG}type:' & $instance.type);
    $tagged := $count($asked[$lookup($eni.tags, key) != value or $not($exists($lookup($eni.tags, key)))]) = 0;
    $selected := $tagged and ($not($exists($lookup($filterTags, '${TAG}tiers'))) or $eni.subnet in $subnets);
    $own := $tables[$eni.subnet in subnets][0];
    $table := $exists($own) ? $own : $tables[vpc = $eni.vpc and main][0];
    $near := $lookup($hubs, $lookup($zoneOf, $eni.subnet));
    $target := $exists($near) and $near in $seen ? $near : $targetId;
    $unreached := $notShared != '' ? $notShared
      : $not($target in $seen) ? 'the target ' & $target & ' is not shared with the account'
      : $exists($table) and $table.why != '' ? 'from ' & $eni.subnet & ' ' & $table.why : '';
    $runs := $instance.state in ['pending', 'running'];
    $support := $contains($instance.type, '.metal') or $family in $denied ? 'no'
      : $learnt = 'refused@' & $version ? 'refused'
      : $family in $supported or $learnt = 'accepted@' & $version ? 'yes' : 'unknown';
    $fitting := [$here[ours and filter = $filterId and target = $target]];
    $others := [$here[$not(ours)]];
    $want := $runs and $selected and $unreached = '' and $support in ['yes', 'unknown'];
    $keep := $want ? $fitting[0] : ();
    {
      'eni': $eni.eni,
      'target': $target != $targetId ? $target,
      'type': $instance.type,
      'started': $instance.started,
      'wanted': $runs and $selected,
      'support': $support,
      'keep': $exists($keep) ? $keep.id : '',
      'kept': $exists($keep) ? {'number': $keep.number, 'vni': $keep.vni} : {},
      'instance': $eni.on,
      'unreached': $unreached,
      'delete': [$here[ours and id != ($exists($keep) ? $keep.id : '')].id],
      'create': $want and $not($exists($keep)) and $count($others) < ${MOST_SESSIONS},
      'full': $want and $not($exists($keep)) and $count($others) >= ${MOST_SESSIONS},
      'number': $filter([$first..($first + ${MOST_SESSIONS})], function($n) { $not($n in $others.number) })[0]
    }
  )]
)`;

export const decide: States = {
  'Work out what is missing': pass({
    assign: { verdicts: expr(DECIDE) },
    next: 'Sort what is to be done',
  }),
  'Sort what is to be done': pass({
    comment: 'Of a type that nobody knows one interface is tried; the others wait for what AWS says of it.',
    assign: {
      surplus: expr(
        `($listed := $verdicts.eni;
          $orphans := $isEvent ? [] : $sessions[ours and $not(eni in $listed)].id;
          [$append($verdicts.delete, $orphans)])`,
      ),
      missing: expr(
        `($known := $verdicts[create and support = 'yes'];
          $tried := $each($verdicts[create and support = 'unknown']{type: [$]}, function($some) { $some[0] });
          [$append($known, $tried)])`,
      ),
    },
    next: 'Take away what is too much',
  }),
};
