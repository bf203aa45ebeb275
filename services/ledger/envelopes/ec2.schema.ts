import { z } from 'zod';
import { apiCall } from './cloudtrail.schema.ts';
import { Name, Words } from './common.schema.ts';

export const STATES = ['pending', 'running', 'stopping', 'stopped', 'shutting-down', 'terminated'] as const;

export const InstanceDetail = z.object({ 'instance-id': Name, state: z.enum(STATES) });

export const InterfaceCall = apiCall(
  ['CreateNetworkInterface', 'DeleteNetworkInterface'],
  z.object({ networkInterfaceId: Name.optional(), subnetId: Name.optional() }).nullish(),
  z
    .object({
      networkInterface: z
        .object({
          networkInterfaceId: Name,
          subnetId: Name.optional(),
          vpcId: Name.optional(),
          availabilityZone: Name.optional(),
          description: Words.optional(),
          interfaceType: Name.optional(),
          requesterManaged: z.boolean().optional(),
        })
        .optional(),
    })
    .nullish(),
);

const Session = z.object({
  trafficMirrorSessionId: Name.optional(),
  networkInterfaceId: Name.optional(),
  trafficMirrorTargetId: Name.optional(),
  trafficMirrorFilterId: Name.optional(),
  sessionNumber: z.number().int().optional(),
  virtualNetworkId: z.number().int().optional(),
});

/** Newer calls of EC2 are recorded within a member of their own name, in upper case; which way is not documented. */
const Asked = z.object({
  TrafficMirrorSessionId: Name.optional(),
  NetworkInterfaceId: Name.optional(),
  TrafficMirrorTargetId: Name.optional(),
  TrafficMirrorFilterId: Name.optional(),
  SessionNumber: z.number().int().optional(),
  VirtualNetworkId: z.number().int().optional(),
});
const Answered = z.object({
  trafficMirrorSession: Session.optional(),
  trafficMirrorSessionId: Name.optional(),
});

export const MirrorCall = apiCall(
  ['CreateTrafficMirrorSession', 'ModifyTrafficMirrorSession', 'DeleteTrafficMirrorSession'],
  Session.extend({
    CreateTrafficMirrorSessionRequest: Asked.optional(),
    ModifyTrafficMirrorSessionRequest: Asked.optional(),
    DeleteTrafficMirrorSessionRequest: Asked.optional(),
  }).nullish(),
  Answered.extend({
    CreateTrafficMirrorSessionResponse: Answered.optional(),
    ModifyTrafficMirrorSessionResponse: Answered.optional(),
    DeleteTrafficMirrorSessionResponse: Answered.optional(),
  }).nullish(),
);
