import { z } from '@hono/zod-openapi';
import { ENCAPSULATION } from './evaluate.ts';
import { baselineMbps, type InstanceTypes, supportOf } from './instance-types.ts';
import type { MirrorProfile } from './profile.schema.ts';

/** What a team expects to run, for reckoning only. */
export const MirroredWorkload = z.strictObject({
  instanceType: z.string().regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'is not an instance type (m5.large)'),
  instances: z.int().min(1).max(10_000),
  /** Megabits per second of one instance, one network interface each. */
  inboundMbps: z.number().min(0).max(1_000_000),
  outboundMbps: z.number().min(0).max(1_000_000),
  /** Which part of it the filter accepts, 0 to 1; absent: what the profile expects. */
  share: z.number().min(0).max(1).optional(),
});
export type MirroredWorkload = z.output<typeof MirroredWorkload>;

export const MirrorCapacity = z.strictObject({
  /** Of one instance each; megabits per second. */
  sources: z.array(
    z.strictObject({
      instanceType: z.string(),
      instances: z.number().int(),
      support: z.enum(['supported', 'unsupported', 'unknown']),
      /** In, out, and both copies: AWS's formula. */
      loadMbps: z.number(),
      mirroredMbps: z.number(),
      /** What is left of the baseline for what goes out; negative: copies are dropped. Null: no figure for this type. */
      headroomMbps: z.number().nullable(),
      droppedMbps: z.number().nullable(),
    }),
  ),
  /** What arrives at the hub. */
  targetMbps: z.number(),
  sessions: z.number().int(),
  /** Bytes around each copy. */
  encapsulationBytes: z.number().int(),
  usdPerSessionHour: z.number(),
  usdPerMonth: z.number(),
});
export type MirrorCapacity = z.output<typeof MirrorCapacity>;

/** Dollars for an interface and hour, us-east-1, by AWS's public price page; no offer file was at hand to check it. */
export const USD_PER_SESSION_HOUR = 0.015;
const HOURS_PER_MONTH = 730;
/** Bytes of a packet on average: what surrounds a copy weighs more, the smaller packets are. */
const ASSUMED_PACKET_BYTES = 800;

/**
 * What mirroring adds to the load of each source, to the hub and to the bill. Copies leave by the way out, beside the
 * traffic itself, and are dropped first; so the headroom is the baseline less what goes out and all copies.
 */
export function mirrorCapacity(
  workload: readonly MirroredWorkload[],
  profiles: readonly MirrorProfile[],
  types: InstanceTypes,
): MirrorCapacity {
  const sources = workload.map((one) => sourceOf(one, profiles, types));
  const arriving = sources.filter(({ support }) => support !== 'unsupported');
  const sessions = profiles.length * sum(arriving.map(({ instances }) => instances));
  return {
    sources,
    targetMbps: rounded(sum(arriving.map((s) => s.instances * (s.mirroredMbps - (s.droppedMbps ?? 0))))),
    sessions,
    encapsulationBytes: ENCAPSULATION.IPv4,
    usdPerSessionHour: USD_PER_SESSION_HOUR,
    usdPerMonth: rounded(sessions * USD_PER_SESSION_HOUR * HOURS_PER_MONTH),
  };
}

function sourceOf(one: MirroredWorkload, profiles: readonly MirrorProfile[], types: InstanceTypes) {
  const { instanceType, instances, inboundMbps, outboundMbps } = one;
  const support = supportOf(types, instanceType).answer;
  const mirrored = support === 'unsupported' ? 0 : growthOf(one, profiles) * (inboundMbps + outboundMbps);
  const baseline = baselineMbps(types, instanceType);
  const headroom = baseline === undefined ? null : baseline - outboundMbps - mirrored;
  return {
    instanceType,
    instances,
    support,
    loadMbps: rounded(inboundMbps + outboundMbps + mirrored),
    mirroredMbps: rounded(mirrored),
    headroomMbps: headroom === null ? null : rounded(headroom),
    droppedMbps: headroom === null ? null : rounded(Math.min(mirrored, Math.max(0, -headroom))),
  };
}

/**
 * Bits of copies for each bit of traffic. A packet is copied once, so a profile takes what those before it have left; what
 * the workload says of its share is of all of them.
 */
function growthOf({ share }: MirroredWorkload, profiles: readonly MirrorProfile[]): number {
  let left = share ?? 1;
  return sum(
    profiles.map(({ expectedShare, packetLength }, i) => {
      const taken = share === undefined ? Math.min(left, expectedShare) : i === 0 ? share : 0;
      left -= taken;
      const copied = Math.min(ASSUMED_PACKET_BYTES, packetLength ?? ASSUMED_PACKET_BYTES);
      return (taken * (copied + ENCAPSULATION.IPv4)) / ASSUMED_PACKET_BYTES;
    }),
  );
}

/** What an approver has to know of it, each in a sentence. */
export function capacityWarnings({ sources, sessions, usdPerMonth }: MirrorCapacity): string[] {
  const of = (instanceType: string) => `Traffic Mirroring of ${instanceType}`;
  return [
    ...sources.flatMap((source) => {
      if (source.support === 'unsupported')
        return [
          `${of(source.instanceType)}: AWS does not mirror this type; its traffic will not be mirrored.`,
        ];
      const unknown = `${of(source.instanceType)}: whether AWS mirrors this type is not known; the first attempt will tell.`;
      return [
        ...(source.support === 'unknown' ? [unknown] : []),
        ...(source.droppedMbps === null
          ? [`${of(source.instanceType)}: its bandwidth is not known, so its headroom was not reckoned.`]
          : []),
        ...((source.droppedMbps ?? 0) > 0
          ? [
              `${of(source.instanceType)}: ${source.droppedMbps} of ${source.mirroredMbps} Mbps of copies would be dropped, ` +
                'because the instance is ' +
                `${-(source.headroomMbps ?? 0)} Mbps over its baseline on the way out. Take a larger type, or a profile that mirrors less.`,
            ]
          : []),
      ];
    }),
    `Traffic Mirroring: ${sessions} sessions cost about ${usdPerMonth} USD a month, also while instances are stopped; load balancers and data across zones come on top.`,
  ];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const rounded = (n: number): number => Math.round(n * 100) / 100;
