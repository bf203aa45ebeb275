import { SESSIONS_PER_INTERFACE } from '../../services/mirroring/evaluate.schema.ts';
import { otherwise } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fact } from '../asl/fact.ts';
import { fail } from '../asl/fail.ts';
import { forEach } from '../asl/map.ts';
import { morePages } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { succeed } from '../asl/succeed.ts';
import { growing, wait } from '../asl/wait.ts';
import instanceTypes from '../blueprints/traffic-mirroring/instance-types.json' with { type: 'json' };
import { ABOUT, asMirror, TAG, tokenOf } from './filter.ts';

const MOST_TRIES = 6;
const WHY = {
  why: expr(
    '$exists($states.errorOutput.Cause) ? $substring($states.errorOutput.Cause, 0, 300) : $states.errorOutput.Error',
  ),
};
const says = (code: string): string => `$contains($why, '${code}')`;
const ends = (state: string, more: Record<string, ReturnType<typeof expr>> = {}) =>
  pass({
    output: {
      ...{ networkInterfaceId: expr('$item.eni'), profile: expr('$item.profile') },
      ...{ type: expr('$item.type'), state, ...more },
    },
  });

/** One session. Its token says for which start of which instance it is, so that a doubled event makes no second one. */
const makeOne: States = {
  'Take the interface': pass({
    assign: {
      item: expr('$states.input'),
      tries: 0,
      again: 0,
      why: expr("''"),
      sessionId: expr("''"),
      vni: 0,
    },
    next: 'Is there room?',
  }),
  'Is there room?': choice({
    rules: [when("$item.instead != ''", 'Make room')],
    otherwise: 'Create the session',
  }),
  'Make room': sdk('ec2:deleteTrafficMirrorSession', {
    comment: 'One that is gone already is as good.',
    as: asMirror,
    arguments: { TrafficMirrorSessionId: expr('$item.instead') },
    catch: [otherwise('Create the session')],
    next: 'Create the session',
  }),
  'Create the session': sdk('ec2:createTrafficMirrorSession', {
    as: asMirror,
    arguments: expr(`$merge([
      {'NetworkInterfaceId': $item.eni, 'TrafficMirrorFilterId': $item.filter,
        'TrafficMirrorTargetId': $item.target, 'SessionNumber': $item.number, 'Description': 'Jetway: ' & $item.profile,
        'ClientToken': ${tokenOf('$accountId', '$item.eni', '$item.filter', '$item.started', '$string($again)')},
        'TagSpecifications': [{'ResourceType': 'traffic-mirror-session',
          'Tags': [{'Key': '${TAG}profile', 'Value': $item.profile}]}]},
      $exists($item.length) ? {'PacketLength': $item.length},
      $exists($item.vni) ? {'VirtualNetworkId': $item.vni}
    ])`),
    catch: [otherwise('Why was it not created?', WHY)],
    assign: {
      sessionId: expr('$states.result.TrafficMirrorSession.TrafficMirrorSessionId'),
      vni: expr('$states.result.TrafficMirrorSession.VirtualNetworkId'),
    },
    next: 'Is the session there?',
  }),
  'Is the session there?': sdk('ec2:describeTrafficMirrorSessions', {
    comment: 'A token that was used before gets the answer of then, although the session may be gone.',
    as: asMirror,
    arguments: { Filters: [{ Name: 'network-interface-id', Values: [expr('$item.eni')] }] },
    retry: whilePassing('ec2'),
    catch: [otherwise('Trouble with the session', WHY)],
    assign: {
      isThere: expr(
        `$count($states.result.TrafficMirrorSessions[
          TrafficMirrorSessionId = $sessionId and SessionNumber = $item.number and TrafficMirrorFilterId = $item.filter]) > 0`,
      ),
    },
    next: 'Is it to be created again?',
  }),
  'Is it to be created again?': choice({
    rules: [
      when('$isThere', 'The session is there'),
      when(`$again >= ${MOST_TRIES}`, 'Trouble with the session'),
    ],
    otherwise: 'Wait before it is created again',
    assign: { again: expr('$again + 1') },
  }),
  'Wait before it is created again': wait(5, { next: 'Create the session' }),
  'Why was it not created?': choice({
    comment: 'EC2 declares no errors: its own code stands in the cause.',
    rules: [
      when(
        `(${says('RequestLimitExceeded')} or ${says('Throttl')} or ${says('Rate exceeded')} or ${says('timed out')}) and $tries < ${MOST_TRIES}`,
        'Wait for EC2',
        { tries: expr('$tries + 1') },
      ),
      when(`${says('IdempotentParameterMismatch')} and $again < ${MOST_TRIES}`, 'Create the session', {
        again: expr('$again + 1'),
      }),
      when(says('SessionsPerInterfaceLimitExceeded'), 'The interface is full'),
      when(
        `${says('SourcesPerTargetLimitExceeded')} or ${says('SessionsPerTargetLimitExceeded')}`,
        'The target is full',
      ),
      when(says('InvalidNetworkInterfaceID.NotFound'), 'The interface is gone'),
      when("$item.support = 'unknown'", 'The type is refused'),
    ],
    otherwise: 'Trouble with the session',
  }),
  'Wait for EC2': wait(growing(2, '$tries', 60), { next: 'Create the session' }),
  'The session is there': ends('MIRRORING', {
    sessionId: expr('$sessionId'),
    sessionNumber: expr('$item.number'),
    virtualNetworkId: expr('$vni'),
  }),
  'The interface is full': ends('LIMIT', { reason: expr('$why') }),
  'The target is full': ends('LIMIT', {
    reason: expr(
      "'the target ' & $item.target & ' has as many sources as it takes: use a larger appliance, a target for each zone, or a load balancer'",
    ),
  }),
  'The interface is gone': ends('GONE'),
  'The type is refused': ends('UNSUPPORTED', { reason: expr('$why'), refused: expr('true') }),
  'Trouble with the session': ends('ARMED', { reason: expr('$why') }),
};

const deleteOne: States = {
  'Delete the session': sdk('ec2:deleteTrafficMirrorSession', {
    comment:
      'One that is gone already is as good; one that cannot be deleted is found again by the next look.',
    as: asMirror,
    arguments: { TrafficMirrorSessionId: expr('$states.input') },
    catch: [otherwise('The session stays')],
    next: 'The session is deleted',
  }),
  'The session is deleted': pass({ output: { deleted: 1 } }),
  'The session stays': pass({ output: { deleted: 0 } }),
};

const deleteFilter: States = {
  'Delete the filter': sdk('ec2:deleteTrafficMirrorFilter', {
    comment: 'One that a session still uses stays until the next look.',
    as: asMirror,
    arguments: { TrafficMirrorFilterId: expr('$states.input') },
    catch: [otherwise('The filter is deleted')],
    next: 'The filter is deleted',
  }),
  'The filter is deleted': pass({ output: {} }),
};

/** What is known of the types that were tried, until the catalogue has another version. */
const NEWS = `($outcome := function($one) { $one.state = 'MIRRORING' ? 'accepted' : $one.refused ? 'refused' };
  $tried := $made[(networkInterfaceId in $missing[support = 'unknown'].eni) and state in ['MIRRORING', 'UNSUPPORTED']];
  [$tried.{'Key': '${TAG}type:' & type, 'Value': $outcome($) & '@${instanceTypes.version}'}])`;

const COVERAGE = `[$verdicts.(
  $v := $;
  $v.asks.(
    $name := $;
    $m := $made[networkInterfaceId = $v.eni and profile = $name][0];
    $kept := $v.keep[profile = $name][0];
    $merge([{'targetId': $v.target, 'networkInterfaceId': $v.eni, 'profile': $name, 'instanceId': $v.instance, 'instanceType': $v.type},
      $exists($m)
        ? $sift($m, function($value, $key) { $key in ['state', 'reason', 'sessionId', 'sessionNumber', 'virtualNetworkId'] })
      : $exists($kept)
        ? {'state': 'MIRRORING', 'sessionId': $kept.id, 'sessionNumber': $kept.number, 'virtualNetworkId': $kept.vni}
      : $v.support in ['no', 'refused'] ? {'state': 'UNSUPPORTED', 'reason': $v.type & ' is not mirrored by AWS'}
      : $v.unreached != '' ? {'state': 'ARMED', 'reason': $v.unreached}
      : $name in $v.full
        ? {'state': 'LIMIT', 'reason': $v.others >= ${SESSIONS_PER_INTERFACE} ? 'three sessions of others'
          : $string($v.others) & ' sessions of others leave no room beside profiles with lower numbers'}
      : $v.support = 'yes' ? {'state': 'ARMED', 'reason': 'the next look at the account makes it'}
      : {'state': 'ARMED', 'reason': 'another interface of ' & $v.type & ' is being tried'}])
  )
)]`;

export const act: States = {
  'Make what is missing': forEach('$missing', {
    comment: 'What takes the place of another session comes before that one goes.',
    atOnce: 5,
    startAt: 'Take the interface',
    states: makeOne,
    assign: { made: expr('[$states.result]') },
    next: 'Take away what is too much',
  }),
  'Take away what is too much': forEach('$surplus', {
    atOnce: 5,
    startAt: 'Delete the session',
    states: deleteOne,
    assign: {
      deleted: expr('$sum([0, $states.result.deleted])'),
      done: expr("$done + $count($made[state = 'MIRRORING']) + $sum([0, $states.result.deleted])"),
    },
    next: 'What was learnt?',
  }),
  'What was learnt?': pass({
    assign: {
      news: expr(NEWS),
      budget: expr('$max([0, $budget - $count($missing) - $count($surplus)])'),
      waiting: expr('$waiting or $late or $count($verdicts.delete) > $count($surplus)'),
    },
    next: 'Is there something to note?',
  }),
  'Is there something to note?': choice({
    rules: [when('$count($news) > 0', 'Note the types')],
    otherwise: 'Work out what is covered',
  }),
  'Note the types': sdk('ec2:createTags', {
    as: asMirror,
    arguments: { Resources: expr('[$filters.id]'), Tags: expr('$news') },
    retry: whilePassing('ec2'),
    catch: [otherwise('Work out what is covered')],
    assign: { learnt: expr('$merge([$learnt, $news.{Key: Value}])') },
    next: 'Does somebody wait for it?',
  }),
  'Does somebody wait for it?': choice({
    comment: 'Those of the same type: what has been learnt settles them now.',
    rules: [
      when(
        `$turns < 2 and $count($verdicts[support = 'unknown'].make) > $count($missing[support = 'unknown'])`,
        'List the sessions',
        { turns: expr('$turns + 1'), sessions: [] },
      ),
    ],
    otherwise: 'Work out what is covered',
  }),
  'Work out what is covered': pass({ assign: { coverage: expr(COVERAGE) }, next: 'Say what is mirrored' }),
  'Say what is mirrored': fact('MirrorSessionChanged', {
    comment: 'A page of interfaces: all of them together are the account, from the first part to the last.',
    about: { accountId: '$accountId' },
    data: {
      ...ABOUT,
      last: "$interfacePage = ''",
      more: "$interfacePage = '' and $waiting and $done > 0",
      items: '$coverage',
      deleted: '$deleted',
    },
    assign: { part: expr('$part + 1') },
    next: 'Are there more interfaces?',
  }),
  'Are there more interfaces?': choice({
    rules: [when(morePages('interfacePage'), 'List the interfaces')],
    otherwise: 'Take away the filters of before',
  }),
  'Take away the filters of before': forEach('$isEvent ? [] : [$found[$not(id in $filters.id)].id]', {
    atOnce: 5,
    startAt: 'Delete the filter',
    states: deleteFilter,
    next: 'Is it mirrored?',
  }),
  'Is it mirrored?': choice({
    rules: [when('$count($filters) = 0', 'Nothing is armed')],
    otherwise: 'Mirrored as wanted',
  }),
  'Nothing is armed': succeed('NOT_ARMED'),
  'Mirrored as wanted': succeed('MIRRORED'),
  'The account cannot be reached': fail(
    'MirrorRoleMissing',
    "'The role jetway-mirror of account ' & $accountId & ' cannot be assumed: the component traffic-mirroring makes it.'",
  ),
};
