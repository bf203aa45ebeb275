import type { z } from 'zod';
import type { Envelope } from '../envelope.schema.ts';
import { callFact, isOwnRecord } from './cloudtrail.ts';
import { InstanceDetail, InterfaceCall, MirrorCall, STATES } from './ec2.schema.ts';
import {
  API_CALL,
  type EventKind,
  factOf,
  isOfSender,
  present,
  type Reading,
  TIMELINE_ONLY,
  timeOf,
} from './kind.ts';

/**
 * Identified by instance, state and second; a read-back knows only the state of now. EC2 gives no order: within one
 * second, the states of a life come one after another.
 */
function readInstance(envelope: Envelope): Reading | undefined {
  const detail = InstanceDetail.safeParse(envelope.detail).data;
  if (!detail) return undefined;
  const { 'instance-id': instanceId, state } = detail;
  const arn = envelope.resources[0] ?? '';
  if (!isOfSender(arn, envelope, 'ec2') || !arn.endsWith(`/${instanceId}`)) return undefined;
  const at = timeOf(envelope);
  const fact = factOf(envelope, {
    type: 'InstanceStateChanged',
    meaning: ['instance', envelope.account, envelope.region, instanceId, state, at],
    version: at + STATES.indexOf(state),
    accountId: envelope.account,
    data: { region: envelope.region, instanceId, state },
  });
  return { facts: [fact] };
}

/** Interfaces that come with an instance are in no such call: Config's items tell of them. */
function readInterfaceCall(envelope: Envelope): Reading | undefined {
  const call = InterfaceCall.safeParse(envelope.detail).data;
  if (!call || !isOwnRecord(call, envelope)) return undefined;
  const made = call.responseElements?.networkInterface;
  const { networkInterfaceId, subnetId } = call.requestParameters ?? {};
  return {
    facts: [
      callFact(envelope, 'NetworkInterfaceCallRecorded', call, {
        accountId: envelope.account,
        data: {
          networkInterfaceId: made?.networkInterfaceId ?? networkInterfaceId,
          subnetId: made?.subnetId ?? subnetId,
          vpcId: made?.vpcId,
          availabilityZone: made?.availabilityZone,
          description: made?.description,
          interfaceType: made?.interfaceType,
          // Such an interface belongs to a service: usually no source of mirrored traffic.
          requesterManaged: made?.requesterManaged,
        },
      }),
    ],
  };
}

type Mirrored = z.infer<typeof MirrorCall>;

function sessionOf({ requestParameters: asked, responseElements: answered }: Mirrored) {
  const within =
    asked?.CreateTrafficMirrorSessionRequest ??
    asked?.ModifyTrafficMirrorSessionRequest ??
    asked?.DeleteTrafficMirrorSessionRequest;
  const answer =
    answered?.CreateTrafficMirrorSessionResponse ??
    answered?.ModifyTrafficMirrorSessionResponse ??
    answered?.DeleteTrafficMirrorSessionResponse ??
    answered;
  const session = answer?.trafficMirrorSession;
  return {
    sessionId:
      session?.trafficMirrorSessionId ??
      answer?.trafficMirrorSessionId ??
      within?.TrafficMirrorSessionId ??
      asked?.trafficMirrorSessionId,
    networkInterfaceId:
      session?.networkInterfaceId ?? within?.NetworkInterfaceId ?? asked?.networkInterfaceId,
    targetId: session?.trafficMirrorTargetId ?? within?.TrafficMirrorTargetId ?? asked?.trafficMirrorTargetId,
    filterId: session?.trafficMirrorFilterId ?? within?.TrafficMirrorFilterId ?? asked?.trafficMirrorFilterId,
    sessionNumber: session?.sessionNumber ?? within?.SessionNumber ?? asked?.sessionNumber,
    virtualNetworkId: session?.virtualNetworkId ?? within?.VirtualNetworkId ?? asked?.virtualNetworkId,
  };
}

function readMirrorCall(envelope: Envelope): Reading | undefined {
  const call = MirrorCall.safeParse(envelope.detail).data;
  if (!call || !isOwnRecord(call, envelope)) return undefined;
  const data = present(sessionOf(call));
  // A call that names no session and no interface was not understood.
  if (data.sessionId === undefined && data.networkInterfaceId === undefined) return undefined;
  return { facts: [callFact(envelope, 'MirrorCallRecorded', call, { accountId: envelope.account, data })] };
}

const calls = { source: 'aws.ec2', detailType: API_CALL, speaker: 'itself', changes: TIMELINE_ONLY } as const;

export const ec2Kinds: readonly EventKind[] = [
  {
    source: 'aws.ec2',
    detailType: 'EC2 Instance State-change Notification',
    speaker: 'itself',
    fact: 'InstanceStateChanged',
    changes: TIMELINE_ONLY,
    read: readInstance,
  },
  {
    ...calls,
    events: ['CreateNetworkInterface', 'DeleteNetworkInterface'],
    fact: 'NetworkInterfaceCallRecorded',
    read: readInterfaceCall,
  },
  {
    ...calls,
    events: ['CreateTrafficMirrorSession', 'ModifyTrafficMirrorSession', 'DeleteTrafficMirrorSession'],
    fact: 'MirrorCallRecorded',
    read: readMirrorCall,
  },
];
