import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fact } from '../asl/fact.ts';
import { forEach } from '../asl/map.ts';
import { INBOX_URL } from '../asl/message.ts';
import { firstPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { succeed } from '../asl/succeed.ts';

/** A role of its own in the account, which may do nothing but mirror. */
export const asMirror = expr("'arn:aws:iam::' & $accountId & ':role/jetway-mirror'");
/** Tags of the filters, in which an account keeps what it was armed with: events carry nothing of it. */
export const TAG = 'jetway:mirror-';
/** One execution has 25,000 events: a session takes about twenty, a page of interfaces sixty. */
export const MOST_IN_A_RUN = 400;

/** EC2 refuses tags and tokens it does not like by one name for all: the token of a call is a digest of what it is for. */
export const tokenOf = (...parts: string[]): string => `$hash($join([${parts.join(', ')}], '/'), 'SHA-256')`;

/** What a filter and its sessions are made of: another profile, or other rules or lengths, is another filter. */
const WANTED = `($exists($states.input.profiles)
  ? [$states.input.profiles.$merge([$, {'digest': $substring($hash($string($), 'SHA-256'), 0, 16)}])] : [])`;

/** Filters of ours, as they lie in the account. `since` is when they were armed together; 0: not yet. */
const FOUND = `[$states.result.TrafficMirrorFilters.(
  $tags := $merge(Tags.{Key: Value});
  $of := function($name) { $lookup($tags, '${TAG}' & $name) };
  {
    'id': TrafficMirrorFilterId,
    'digest': $exists($of('digest')) ? $of('digest') : '',
    'since': $exists($of('since')) ? $number($of('since')) : 0,
    'set': $exists($of('set')) ? $of('set') : '',
    'tags': $tags,
    'rules': [$append(IngressFilterRules, EgressFilterRules).(TrafficDirection & ' ' & RuleNumber)]
  }
)]`;

/** What sessions are made by, of a filter as an event finds it. */
const OF_TAGS = `function($one) { (
  $of := function($name) { $lookup($one.tags, '${TAG}' & $name) };
  $merge([
    {'id': $one.id, 'name': $of('profile'), 'number': $number($of('number'))},
    $exists($of('length')) ? {'length': $number($of('length'))},
    $exists($of('vni')) ? {'vni': $number($of('vni'))},
    {'tiers': $exists($of('tiers')) ? [$split($of('tiers'), ' ')] : [],
      'asks': [$each($one.tags, function($value, $key) {
        $substring($key, 0, ${`${TAG}tag:`.length}) = '${TAG}tag:'
          ? {'key': $substring($key, ${`${TAG}tag:`.length}), 'value': $value} })]}
  ])) }`;

/** The same of a profile that is wanted. */
const OF_PROFILE = `function($one, $id) { $merge([
  {'id': $id, 'name': $one.name, 'number': $one.sessionNumber, 'digest': $one.digest},
  $exists($one.packetLength) ? {'length': $one.packetLength},
  $exists($one.virtualNetworkId) ? {'vni': $one.virtualNetworkId},
  {'tiers': [$one.tiers], 'asks': [$each($one.tags, function($value, $key) { {'key': $key, 'value': $value} })]}
]) }`;

/** How the filter of a profile is tagged. @param one JSONata code of what `OF_PROFILE` gives */
const tagsOf = (one: string): string => `[
  {'Key': '${TAG}profile', 'Value': ${one}.name},
  {'Key': '${TAG}number', 'Value': $string(${one}.number)},
  {'Key': '${TAG}target', 'Value': $targetId},
  {'Key': '${TAG}digest', 'Value': ${one}.digest},
  $hub != '' ? {'Key': '${TAG}hub', 'Value': $hub},
  $zones != '' or $count($found.tags[$exists($lookup($, '${TAG}zones'))]) > 0 ? {'Key': '${TAG}zones', 'Value': $zones},
  $exists(${one}.length) ? {'Key': '${TAG}length', 'Value': $string(${one}.length)},
  $exists(${one}.vni) ? {'Key': '${TAG}vni', 'Value': $string(${one}.vni)},
  $count(${one}.tiers) > 0 ? {'Key': '${TAG}tiers', 'Value': $join(${one}.tiers, ' ')},
  ${one}.asks.{'Key': '${TAG}tag:' & key, 'Value': value}
]`;

/** What was learnt of instance types, by any filter of ours: a new one does not have to learn it again. */
const LEARNT = `$merge([$found.$sift(tags, function($value, $key) {
  $substring($key, 0, ${`${TAG}type:`.length}) = '${TAG}type:' })])`;

/** An event knows nothing of it: what the filters were armed with holds. */
const ofEvent = (variable: string, tag: string) => ({
  [variable]: expr(
    `($tag := $lookup($found[id = $filters[0].id].tags, '${TAG}${tag}'); $exists($tag) ? $tag : '')`,
  ),
});

/** The filters that an account is armed with: of an event those armed last, of a whole look those of what is wanted. */
export const find: States = {
  'Read the input': pass({
    comment: 'An event of the account, or what it is to have.',
    assign: {
      inbox: INBOX_URL,
      order: expr('$toMillis($states.context.Execution.StartTime)'),
      look: expr('$toMillis($states.context.Execution.StartTime)'),
      isEvent: expr('$exists($states.input.detail)'),
      accountId: expr('$exists($states.input.detail) ? $states.input.account : $states.input.accountId'),
      instanceId: expr(
        `($detail := $states.input.detail;
          $exists($detail.'instance-id') ? $detail.'instance-id'
          : $exists($detail.requestParameters.instanceId) ? $detail.requestParameters.instanceId : '')`,
      ),
      wanted: expr(WANTED),
      targetId: expr("$exists($states.input.targetId) ? $states.input.targetId : ''"),
      hub: expr("$exists($states.input.hubCidr) ? $states.input.hubCidr : ''"),
      zones: expr(
        "$exists($states.input.zones) ? $join([$each($states.input.zones, function($target, $zone) { $zone & '=' & $target })], ' ') : ''",
      ),
      notShared: expr("''"),
      seen: [],
      isHidden: false,
      shares: false,
      attachments: [],
      peerings: [],
      zoneOf: {},
      refusal: expr("''"),
      filters: [],
      tables: [],
      subnets: [],
      armed: 0,
      part: 0,
      budget: MOST_IN_A_RUN,
      waiting: expr('false'),
      done: 0,
      ...firstPage('page'),
      ...firstPage('interfacePage'),
    },
    next: 'Find the filters',
  }),
  'Find the filters': sdk('ec2:describeTrafficMirrorFilters', {
    as: asMirror,
    arguments: { Filters: [{ Name: 'tag-key', Values: [`${TAG}profile`] }] },
    retry: whilePassing('ec2'),
    catch: [caught(['States.TaskFailed'], 'Is it an event that found no role?')],
    assign: { found: expr(FOUND) },
    next: 'Sort the filters',
  }),
  'Is it an event that found no role?': choice({
    comment: 'Instances start in many accounts that nobody has armed.',
    rules: [when('$isEvent', 'Not armed')],
    otherwise: 'The account cannot be reached',
  }),
  'Sort the filters': pass({
    comment: 'Two of one profile may be there after a kill: the first counts.',
    assign: {
      learnt: expr(LEARNT),
      filters: expr(
        `($since := $max($found.since);
          $ofTags := ${OF_TAGS};
          $ofProfile := ${OF_PROFILE};
          $isEvent
            ? [$sort($found[since > 0 and since = $since].$ofTags($), function($l, $r) { $l.number > $r.number })]
            : [$wanted.($one := $; $known := $found[digest = $one.digest][0]; $exists($known) ? $ofProfile($one, $known.id))])`,
      ),
      armed: expr('$max([0, $found.since])'),
    },
    next: 'Is there a filter?',
  }),
  'Is there a filter?': choice({
    rules: [
      when('$isEvent and $count($filters) = 0', 'Not armed'),
      when('$isEvent', 'Look for the targets', {
        ...ofEvent('targetId', 'target'),
        ...ofEvent('hub', 'hub'),
        ...ofEvent('zones', 'zones'),
      }),
      when('$count($wanted) = 0', 'Was it armed?'),
    ],
    otherwise: 'Look for the targets',
  }),
  'Not armed': succeed('NOT_ARMED'),
};

const REGION = "$split($states.context.Execution.Id, ':')[3]";

/** What every message of a run says. */
export const ABOUT: Record<string, string> = {
  status: "$count($filters) > 0 ? 'ARMED' : 'NOT_ARMED'",
  reason: "$count($filters) = 0 and $refusal != '' ? $refusal",
  profile: "$join([$isEvent ? $filters.name : $wanted.name], ' ')",
  filterIds: '[$filters.id]',
  targetId: '$targetId',
  region: REGION,
  look: '$look',
  armed: '$armed',
  whole: '$not($isEvent)',
  part: '$part',
  instanceId: '$instanceId',
};

const SET = "$hash($join($wanted.digest, ' '), 'SHA-256')";

/** The filters of the profiles. Rules that are missing are made; what arms the account is that all are tagged together. */
export const filter: States = {
  'Is it armed?': choice({
    comment: 'Nothing is armed that could not reach the hub. What is armed keeps what reaches it.',
    rules: [
      when('$isEvent', 'Take the subnets'),
      when("$count($filters) = 0 and $refusal != ''", 'Was it armed?'),
    ],
    otherwise: 'Make the filters',
  }),
  'Make the filters': forEach('[$wanted[$not(digest in $filters.digest)]]', {
    atOnce: 1,
    startAt: 'Make the filter',
    states: {
      'Make the filter': sdk('ec2:createTrafficMirrorFilter', {
        as: asMirror,
        arguments: expr(
          `($one := (${OF_PROFILE})($states.input, ''); {
            'Description': 'Jetway: ' & $one.name,
            'ClientToken': ${tokenOf("'filter'", '$accountId', '$one.digest', '$string($look)')},
            'TagSpecifications': [{'ResourceType': 'traffic-mirror-filter', 'Tags': ${tagsOf('$one')}}]})`,
        ),
        retry: whilePassing('ec2'),
        assign: { madeFilter: expr('$states.result.TrafficMirrorFilter.TrafficMirrorFilterId') },
        next: 'The filter is made',
      }),
      'The filter is made': pass({
        output: { digest: expr('$states.context.Map.Item.Value.digest'), id: expr('$madeFilter') },
      }),
    },
    assign: {
      filters: expr(
        `($made := $states.result; $ofProfile := ${OF_PROFILE};
          [$wanted.($one := $; $known := $append($filters.{'digest': digest, 'id': id}, $made)[digest = $one.digest][0];
            $ofProfile($one, $known.id))])`,
      ),
    },
    next: 'Bring the filters up to date',
  }),
  'Bring the filters up to date': forEach('$filters', {
    atOnce: 1,
    startAt: 'Tag the filter',
    states: {
      'Tag the filter': sdk('ec2:createTags', {
        as: asMirror,
        arguments: { Resources: [expr('$states.input.id')], Tags: expr(tagsOf('$states.input')) },
        retry: whilePassing('ec2'),
        next: 'Are there network services?',
      }),
      'Are there network services?': choice({
        rules: [
          when(
            '$count($wanted[digest = $states.context.Map.Item.Value.digest].networkServices) > 0',
            'Mirror the network services',
          ),
        ],
        otherwise: 'The filter is up to date',
      }),
      'Mirror the network services': sdk('ec2:modifyTrafficMirrorFilterNetworkServices', {
        as: asMirror,
        arguments: {
          TrafficMirrorFilterId: expr('$states.context.Map.Item.Value.id'),
          AddNetworkServices: expr(
            '[$wanted[digest = $states.context.Map.Item.Value.digest].networkServices]',
          ),
        },
        retry: whilePassing('ec2'),
        next: 'The filter is up to date',
      }),
      'The filter is up to date': pass({ output: {} }),
    },
    next: 'Add the missing rules',
  }),
  'Add the missing rules': forEach(
    `[$filters.($filter := $; $have := $found[id = $filter.id].rules;
      $wanted[digest = $filter.digest].rules[$not((direction & ' ' & ruleNumber) in $have)].$merge([$, {'of': $filter.id}]))]`,
    {
      atOnce: 1,
      startAt: 'Add the rule',
      states: {
        'Add the rule': sdk('ec2:createTrafficMirrorFilterRule', {
          as: asMirror,
          arguments: expr(`($rule := $states.input; $merge([
            {'TrafficMirrorFilterId': $rule.of, 'TrafficDirection': $rule.direction, 'RuleNumber': $rule.ruleNumber,
              'RuleAction': $rule.action, 'SourceCidrBlock': $rule.sourceCidr,
              'DestinationCidrBlock': $rule.destinationCidr,
              'ClientToken': ${tokenOf("'rule'", '$rule.of', '$rule.direction', '$string($rule.ruleNumber)')}},
            $exists($rule.protocol) ? {'Protocol': $rule.protocol},
            $exists($rule.description) ? {'Description': $rule.description},
            $exists($rule.sourcePorts)
              ? {'SourcePortRange': {'FromPort': $rule.sourcePorts.from, 'ToPort': $rule.sourcePorts.to}},
            $exists($rule.destinationPorts)
              ? {'DestinationPortRange': {'FromPort': $rule.destinationPorts.from, 'ToPort': $rule.destinationPorts.to}}
          ]))`),
          retry: whilePassing('ec2'),
        }),
      },
      next: 'Are they armed together?',
    },
  ),
  'Are they armed together?': choice({
    comment:
      'Events take the filters that were armed last. A set that is armed stays, so that events of now go on.',
    rules: [
      when(
        `($ours := $found[id in $filters.id]; $count($ours) = $count($filters)
          and $count($ours[since = $armed and since > 0 and set = ${SET}]) = $count($filters)
          and $count($found[since = $armed]) = $count($filters))`,
        'Take the subnets',
      ),
    ],
    otherwise: 'Arm the account',
  }),
  'Arm the account': sdk('ec2:createTags', {
    comment: 'One call for all of them: an event finds the filters of before or these.',
    as: asMirror,
    arguments: {
      Resources: expr('[$filters.id]'),
      Tags: [
        { Key: `${TAG}since`, Value: expr('$string($look)') },
        { Key: `${TAG}set`, Value: expr(SET) },
      ],
    },
    retry: whilePassing('ec2'),
    assign: { armed: expr('$look') },
    next: 'Say that it changes',
  }),
  'Was it armed?': choice({
    rules: [when('$count($found[since > 0]) > 0', 'Disarm the account')],
    otherwise: 'Take the subnets',
  }),
  'Disarm the account': sdk('ec2:createTags', {
    comment: 'Events make no more sessions by these filters.',
    as: asMirror,
    arguments: {
      Resources: expr('[$found[since > 0].id]'),
      Tags: [{ Key: `${TAG}since`, Value: '0' }],
    },
    retry: whilePassing('ec2'),
    assign: { armed: expr('$look') },
    next: 'Say that it changes',
  }),
  'Say that it changes': fact('MirrorSessionChanged', {
    comment: 'Before sessions go: whatever ends this run, none is said to be there that may be gone.',
    about: { accountId: '$accountId' },
    data: { ...ABOUT, last: 'false', more: 'false', items: '[]', deleted: '0' },
    assign: { part: expr('$part + 1') },
    next: 'Take the subnets',
  }),
};
