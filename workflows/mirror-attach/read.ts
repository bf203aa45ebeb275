import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { morePages, pageOf, turnPage } from '../asl/page.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { asMirror, TAG } from './filter.ts';

/** An answer has 256 KiB at most; AWS takes some 5 KB for an instance, 2 KB for an interface, 1 KB for a session. */
const PAGE = { instances: 40, interfaces: 100, sessions: 200 } as const;
/** Of one instance where an event tells of one, else of all. */
const narrow = (of: keyof typeof PAGE, filter: string): string =>
  `{'MaxResults': ${PAGE[of]}}, $instanceId = '' ? {} : {'Filters': [{'Name': '${filter}', 'Values': [$instanceId]}]}`;

/** What there is: interfaces of instances, the instances, and every session on them, whoever made it. */
export const read: States = {
  'List the interfaces': sdk('ec2:describeNetworkInterfaces', {
    as: asMirror,
    arguments: pageOf(narrow('interfaces', 'attachment.instance-id'), { variable: 'page' }),
    retry: whilePassing('ec2'),
    assign: {
      interfaces: expr(
        `[$append($interfaces, $states.result.NetworkInterfaces[
            InterfaceType = 'interface' and $exists(Attachment.InstanceId) and RequesterManaged != true
          ].{'eni': NetworkInterfaceId, 'on': Attachment.InstanceId, 'subnet': SubnetId, 'vpc': VpcId, 'tags': $count(TagSet) > 0 ? $merge(TagSet.{Key: Value}) : {}})]`,
      ),
      ...turnPage('page'),
    },
    next: 'Are there more interfaces?',
  }),
  'Are there more interfaces?': choice({
    rules: [when(morePages('page'), 'List the interfaces')],
    otherwise: 'List the instances',
  }),
  'List the instances': sdk('ec2:describeInstances', {
    as: asMirror,
    arguments: pageOf(narrow('instances', 'instance-id'), { variable: 'page' }),
    retry: whilePassing('ec2'),
    assign: {
      instances: expr(
        `[$append($instances, $states.result.Reservations.Instances.{
            'id': InstanceId, 'type': InstanceType, 'state': State.Name, 'started': $string(LaunchTime)})]`,
      ),
      ...turnPage('page'),
    },
    next: 'Are there more instances?',
  }),
  'Are there more instances?': choice({
    rules: [when(morePages('page'), 'List the instances')],
    otherwise: 'List the sessions',
  }),
  'List the sessions': sdk('ec2:describeTrafficMirrorSessions', {
    as: asMirror,
    arguments: pageOf(
      `{'MaxResults': ${PAGE.sessions}},
        $instanceId = '' or $count($interfaces) = 0 ? {}
          : {'Filters': [{'Name': 'network-interface-id', 'Values': [$interfaces.eni]}]}`,
      { variable: 'page' },
    ),
    retry: whilePassing('ec2'),
    assign: {
      sessions: expr(
        `[$append($sessions, $states.result.TrafficMirrorSessions.{
            'id': TrafficMirrorSessionId, 'eni': NetworkInterfaceId, 'number': SessionNumber, 'vni': VirtualNetworkId,
            'filter': TrafficMirrorFilterId, 'target': TrafficMirrorTargetId,
            'ours': $exists(Tags[Key = '${TAG}profile'])})]`,
      ),
      ...turnPage('page'),
    },
    next: 'Are there more sessions?',
  }),
  'Are there more sessions?': choice({
    rules: [when(morePages('page'), 'List the sessions')],
    otherwise: 'Work out what is missing',
  }),
};
