import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { forEach } from '../asl/map.ts';
import { INBOX_URL } from '../asl/message.ts';
import { firstPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { succeed } from '../asl/succeed.ts';

/** A role of its own in the account, which may do nothing but mirror. */
export const asMirror = expr("'arn:aws:iam::' & $accountId & ':role/jetway-mirror'");
/** Tags of the filter, in which an account keeps what it was armed with: events carry nothing of it. */
export const TAG = 'jetway:mirror-';

/** An event knows nothing of it: what the filter was armed with holds. */
const ofEvent = (variable: string, tag: string) => ({
  [variable]: expr(
    `($tag := $found[0].Tags[Key = '${TAG}${tag}'].Value; $isEvent ? ($exists($tag) ? $tag : '') : $${variable})`,
  ),
});

/** EC2 refuses tags and tokens it does not like by one name for all: the token of a call is a digest of what it is for. */
export const tokenOf = (...parts: string[]): string => `$hash($join([${parts.join(', ')}], '/'), 'SHA-256')`;

/** What the filter and its sessions are made of: another profile, or other rules or lengths, is another filter. */
const DIGEST = "$substring($hash($string($wanted), 'SHA-256'), 0, 16)";

const TAGS = `[
  {'Key': '${TAG}profile', 'Value': $wanted.name},
  {'Key': '${TAG}number', 'Value': $string($wanted.sessionNumber)},
  {'Key': '${TAG}target', 'Value': $targetId},
  $hub != '' ? {'Key': '${TAG}hub', 'Value': $hub},
  $zones != '' or $exists($lookup($filterTags, '${TAG}zones')) ? {'Key': '${TAG}zones', 'Value': $zones},
  $wanted.packetLength ? {'Key': '${TAG}length', 'Value': $string($wanted.packetLength)},
  $exists($wanted.virtualNetworkId) ? {'Key': '${TAG}vni', 'Value': $string($wanted.virtualNetworkId)},
  $count($wanted.tiers) > 0 ? {'Key': '${TAG}tiers', 'Value': $join($wanted.tiers, ' ')},
  $each($wanted.tags, function($value, $key) { {'Key': '${TAG}tag:' & $key, 'Value': $value} })
]`;

/** Which filter an account is armed with: the newest, or for a whole look the one with what is wanted. */
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
      wanted: expr('$exists($states.input.profile) ? $states.input.profile : {}'),
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
      interfaces: [],
      instances: [],
      sessions: [],
      tables: [],
      subnets: [],
      made: [],
      filterTags: {},
      ...firstPage('page'),
    },
    next: 'Find the filter',
  }),
  'Find the filter': sdk('ec2:describeTrafficMirrorFilters', {
    as: asMirror,
    arguments: { Filters: [{ Name: 'tag-key', Values: [`${TAG}profile`] }] },
    retry: whilePassing('ec2'),
    catch: [caught(['States.TaskFailed'], 'Is it an event that found no role?')],
    assign: {
      found: expr(
        `($all := [$states.result.TrafficMirrorFilters];
          $since := function($one) { $number($one.Tags[Key = '${TAG}since'].Value) };
          $isEvent ? [$sort($all, function($l, $r) { $since($l) < $since($r) })[0]]
            : [$all[Tags[Key = '${TAG}digest'].Value = ${DIGEST}]])`,
      ),
      stale: expr(
        `$isEvent ? [] : [$states.result.TrafficMirrorFilters[
          $not(Tags[Key = '${TAG}digest'].Value = ${DIGEST})].TrafficMirrorFilterId]`,
      ),
    },
    next: 'Is there a filter?',
  }),
  'Is it an event that found no role?': choice({
    comment: 'Instances start in many accounts that nobody has armed.',
    rules: [when('$isEvent', 'Not armed')],
    otherwise: 'The account cannot be reached',
  }),
  'Is there a filter?': choice({
    rules: [
      when('$count($found) > 0', 'Look for the targets', {
        filterId: expr('$found[0].TrafficMirrorFilterId'),
        filterTags: expr('$merge($found[0].Tags.{Key: Value})'),
        rules: expr('[$append($found[0].IngressFilterRules, $found[0].EgressFilterRules)]'),
        ...ofEvent('targetId', 'target'),
        ...ofEvent('hub', 'hub'),
        ...ofEvent('zones', 'zones'),
      }),
      when('$isEvent', 'Not armed'),
    ],
    otherwise: 'Look for the targets',
    assign: { filterId: expr("''"), rules: [] },
  }),
  'Not armed': succeed('NOT_ARMED'),
};

/** The filter of a profile: its presence is what arms the account. Rules that are missing are made. */
export const filter: States = {
  'Is it armed?': choice({
    comment: 'Nothing is armed that could not reach the hub. What is armed keeps what reaches it.',
    rules: [
      when('$isEvent', 'Take the subnets'),
      when("$filterId = '' and $refusal != ''", 'Say why it is not armed'),
      when("$filterId = ''", 'Make the filter'),
    ],
    otherwise: 'Tag the filter',
  }),
  'Make the filter': sdk('ec2:createTrafficMirrorFilter', {
    as: asMirror,
    arguments: {
      Description: expr("'Jetway: ' & $wanted.name"),
      ClientToken: expr(tokenOf("'filter'", '$accountId', DIGEST, '$string($look)')),
      TagSpecifications: [
        {
          ResourceType: 'traffic-mirror-filter',
          Tags: expr(`[$append(${TAGS}, [
            {'Key': '${TAG}digest', 'Value': ${DIGEST}}, {'Key': '${TAG}since', 'Value': $string($look)}])]`),
        },
      ],
    },
    retry: whilePassing('ec2'),
    assign: { filterId: expr('$states.result.TrafficMirrorFilter.TrafficMirrorFilterId'), rules: [] },
    next: 'Tag the filter',
  }),
  'Tag the filter': sdk('ec2:createTags', {
    as: asMirror,
    arguments: { Resources: [expr('$filterId')], Tags: expr(TAGS) },
    retry: whilePassing('ec2'),
    assign: { filterTags: expr(`$merge([$filterTags, ${TAGS}.{Key: Value}])`) },
    next: 'Add the network services',
  }),
  'Add the network services': choice({
    rules: [when('$count($wanted.networkServices) > 0', 'Mirror the network services')],
    otherwise: 'Add the missing rules',
  }),
  'Mirror the network services': sdk('ec2:modifyTrafficMirrorFilterNetworkServices', {
    as: asMirror,
    arguments: {
      TrafficMirrorFilterId: expr('$filterId'),
      AddNetworkServices: expr('$wanted.networkServices'),
    },
    retry: whilePassing('ec2'),
    next: 'Add the missing rules',
  }),
  'Add the missing rules': forEach(
    "($have := $rules.(TrafficDirection & ' ' & RuleNumber); [$wanted.rules[$not((direction & ' ' & ruleNumber) in $have)]])",
    {
      atOnce: 1,
      startAt: 'Add the rule',
      states: {
        'Add the rule': sdk('ec2:createTrafficMirrorFilterRule', {
          as: asMirror,
          arguments: expr(`($rule := $states.input; $merge([
            {'TrafficMirrorFilterId': $filterId, 'TrafficDirection': $rule.direction, 'RuleNumber': $rule.ruleNumber,
              'RuleAction': $rule.action, 'SourceCidrBlock': $rule.sourceCidr,
              'DestinationCidrBlock': $rule.destinationCidr,
              'ClientToken': ${tokenOf("'rule'", '$filterId', '$rule.direction', '$string($rule.ruleNumber)')}},
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
      next: 'Take the subnets',
    },
  ),
};
