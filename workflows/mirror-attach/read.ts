import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { morePages, pageOf, turnPage } from '../asl/page.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { asMirror, TAG } from './filter.ts';

/** An answer has 256 KiB at most; AWS takes some 5 KB for an instance, 2 KB and more for an interface, 1 KB for a session. */
const PAGE = { instances: 40, interfaces: 50, sessions: 200 } as const;

/**
 * What there is, a page of interfaces at a time: these, their instances, and every session on them, whoever made it. All
 * that a run keeps is of one page, so an account may have any number of them. Of interfaces that cannot be sources only
 * the sessions matter: those of ours go.
 */
export const read: States = {
  'List the interfaces': sdk('ec2:describeNetworkInterfaces', {
    as: asMirror,
    arguments: pageOf(
      `{'MaxResults': ${PAGE.interfaces}},
        $instanceId = '' ? {} : {'Filters': [{'Name': 'attachment.instance-id', 'Values': [$instanceId]}]}`,
      { variable: 'interfacePage' },
    ),
    retry: whilePassing('ec2'),
    assign: {
      interfaces: expr(
        `[$states.result.NetworkInterfaces.{
            'eni': NetworkInterfaceId, 'subnet': SubnetId, 'vpc': VpcId,
            'on': $exists(Attachment.InstanceId) ? Attachment.InstanceId : '',
            'source': InterfaceType = 'interface' and $exists(Attachment.InstanceId) and $not(RequesterManaged = true),
            'tags': $count(TagSet) > 0 ? $merge(TagSet.{Key: Value}) : {}}]`,
      ),
      ...turnPage('interfacePage'),
      instances: [],
      sessions: [],
      turns: 0,
    },
    next: 'Are there instances?',
  }),
  'Are there instances?': choice({
    rules: [
      when('$count($interfaces) = 0', 'Work out what is missing'),
      when("$count($interfaces[on != '']) > 0", 'List the instances'),
    ],
    otherwise: 'List the sessions',
  }),
  'List the instances': sdk('ec2:describeInstances', {
    as: asMirror,
    arguments: pageOf(
      `{'MaxResults': ${PAGE.instances},
        'Filters': [{'Name': 'instance-id', 'Values': [$distinct($interfaces[on != ''].on)]}]}`,
      { variable: 'page' },
    ),
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
      `{'MaxResults': ${PAGE.sessions}, 'Filters': [{'Name': 'network-interface-id', 'Values': [$interfaces.eni]}]}`,
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
