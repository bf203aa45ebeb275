import { otherwise } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fact } from '../asl/fact.ts';
import { fail } from '../asl/fail.ts';
import { forEach } from '../asl/map.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { succeed } from '../asl/succeed.ts';
import { growing, wait } from '../asl/wait.ts';
import instanceTypes from '../blueprints/traffic-mirroring/instance-types.json' with { type: 'json' };
import { asMirror, TAG, tokenOf } from './filter.ts';

const MOST_TRIES = 6;
const WHY = {
  why: expr(
    '$exists($states.errorOutput.Cause) ? $substring($states.errorOutput.Cause, 0, 300) : $states.errorOutput.Error',
  ),
};
const says = (code: string): string => `$contains($why, '${code}')`;
const ends = (state: string, more: Record<string, ReturnType<typeof expr>> = {}) =>
  pass({ output: { networkInterfaceId: expr('$item.eni'), type: expr('$item.type'), state, ...more } });

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
    next: 'Create the session',
  }),
  'Create the session': sdk('ec2:createTrafficMirrorSession', {
    as: asMirror,
    arguments: expr(`$merge([
      {'NetworkInterfaceId': $item.eni, 'TrafficMirrorFilterId': $filterId,
        'TrafficMirrorTargetId': $exists($item.target) ? $item.target : $targetId, 'SessionNumber': $item.number,
        'Description': 'Jetway: ' & $lookup($filterTags, '${TAG}profile'),
        'ClientToken': ${tokenOf(
          '$accountId',
          '$item.eni',
          `$lookup($filterTags, '${TAG}profile')`,
          '$item.started',
          '$string($again)',
        )},
        'TagSpecifications': [{'ResourceType': 'traffic-mirror-session',
          'Tags': [{'Key': '${TAG}profile', 'Value': $lookup($filterTags, '${TAG}profile')}]}]},
      $exists($lookup($filterTags, '${TAG}length'))
        ? {'PacketLength': $number($lookup($filterTags, '${TAG}length'))},
      $exists($lookup($filterTags, '${TAG}vni'))
        ? {'VirtualNetworkId': $number($lookup($filterTags, '${TAG}vni'))}
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
      isThere: expr(`$count($states.result.TrafficMirrorSessions[Tags[Key = '${TAG}profile']]) > 0`),
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
      "'the target ' & ($exists($item.target) ? $item.target : $targetId) & ' has as many sources as it takes: use a larger appliance, a target for each zone, or a load balancer'",
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
    catch: [otherwise('The session is deleted')],
    next: 'The session is deleted',
  }),
  'The session is deleted': pass({ output: {} }),
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
const LEARNT = `($outcome := function($one) { $one.state = 'MIRRORING' ? 'accepted' : $one.refused ? 'refused' };
  $tried := $made[(networkInterfaceId in $missing[support = 'unknown'].eni) and state in ['MIRRORING', 'UNSUPPORTED']];
  [$tried.{'Key': '${TAG}type:' & type, 'Value': $outcome($) & '@${instanceTypes.version}'}])`;

const REGION = "$split($states.context.Execution.Id, ':')[3]";
/** How many interfaces one message tells of: a message has 256 KiB. */
const TOLD_AT_ONCE = 400;

const COVERAGE = `[$verdicts[wanted].(
  $v := $;
  $m := $made[networkInterfaceId = $v.eni][0];
  $merge([{'targetId': $v.target, 'networkInterfaceId': $v.eni, 'instanceId': $v.instance, 'instanceType': $v.type},
    $exists($m)
      ? $sift($m, function($value, $key) { $key in ['state', 'reason', 'sessionId', 'sessionNumber', 'virtualNetworkId'] })
    : $v.keep != ''
      ? {'state': 'MIRRORING', 'sessionId': $v.keep, 'sessionNumber': $v.kept.number, 'virtualNetworkId': $v.kept.vni}
    : $v.support in ['no', 'refused'] ? {'state': 'UNSUPPORTED', 'reason': $v.type & ' is not mirrored by AWS'}
    : $v.unreached != '' ? {'state': 'ARMED', 'reason': $v.unreached}
    : $v.full ? {'state': 'LIMIT', 'reason': 'three sessions of others'}
    : {'state': 'ARMED', 'reason': 'another interface of ' & $v.type & ' is being tried'}])
)]`;

export const act: States = {
  'Take away what is too much': forEach('$surplus', {
    atOnce: 5,
    startAt: 'Delete the session',
    states: deleteOne,
    next: 'Make what is missing',
  }),
  'Make what is missing': forEach('$missing', {
    atOnce: 5,
    startAt: 'Take the interface',
    states: makeOne,
    assign: { made: expr('[$states.result]') },
    next: 'What was learnt?',
  }),
  'What was learnt?': pass({ assign: { learnt: expr(LEARNT) }, next: 'Is there something to note?' }),
  'Is there something to note?': choice({
    rules: [when('$count($learnt) > 0', 'Note the types')],
    otherwise: 'Take away the filters of before',
  }),
  'Note the types': sdk('ec2:createTags', {
    as: asMirror,
    arguments: { Resources: [expr('$filterId')], Tags: expr('$learnt') },
    retry: whilePassing('ec2'),
    catch: [otherwise('Take away the filters of before')],
    next: 'Take away the filters of before',
  }),
  'Take away the filters of before': forEach('$stale', {
    atOnce: 5,
    startAt: 'Delete the filter',
    states: deleteFilter,
    assign: { coverage: expr(COVERAGE), told: 0 },
    next: 'Say what is mirrored',
  }),
  'Say what is mirrored': fact('MirrorSessionChanged', {
    about: { accountId: '$accountId' },
    data: {
      status: "'ARMED'",
      profile: `$lookup($filterTags, '${TAG}profile')`,
      filterId: '$filterId',
      targetId: '$targetId',
      region: REGION,
      look: '$look',
      whole: '$not($isEvent)',
      instanceId: '$instanceId',
      items: `[$filter($coverage, function($one, $i) { $i >= $told and $i < $told + ${TOLD_AT_ONCE} })]`,
      deleted: '$told = 0 ? $count($surplus) : 0',
    },
    assign: { told: expr(`$told + ${TOLD_AT_ONCE}`) },
    next: 'Is there more to say?',
  }),
  'Is there more to say?': choice({
    rules: [when('$told < $count($coverage)', 'Say what is mirrored')],
    otherwise: 'Mirrored as wanted',
  }),
  'Say why it is not armed': fact('MirrorSessionChanged', {
    about: { accountId: '$accountId' },
    data: {
      status: "'NOT_ARMED'",
      reason: '$refusal',
      profile: '$wanted.name',
      targetId: '$targetId',
      region: REGION,
      look: '$look',
      whole: 'true',
      instanceId: "''",
      items: '[]',
      deleted: '0',
    },
    next: 'Nothing is armed',
  }),
  'Nothing is armed': succeed('NOT_ARMED'),
  'Mirrored as wanted': succeed('MIRRORED'),
  'The account cannot be reached': fail(
    'MirrorRoleMissing',
    "'The role jetway-mirror of account ' & $accountId & ' cannot be assumed: the component traffic-mirroring makes it.'",
  ),
};
