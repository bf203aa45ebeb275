import { z } from 'zod';
import type { InstanceTypes } from './instance-types.ts';

export const TARGET_TYPES = [
  'network-load-balancer',
  'network-interface',
  'gateway-load-balancer-endpoint',
] as const;

const TargetId = z.string().regex(/^tmt-[0-9a-f]{8,17}$/, 'is not the id of a mirror target (tmt-…)');

/** As a tag of the filter has them, which takes 256 characters. */
const MOST_ZONES = 8;

/**
 * Targets by the id of their zone: `use1-az1` is the same zone in every account, while `us-east-1a` is another one in each.
 */
export const ZoneTargets = z
  .record(z.string().regex(/^[a-z]{2,6}\d-([a-z]+\d-)?az\d{1,2}$/), TargetId, {
    error: ({ code }) => (code === 'invalid_key' ? 'is not the id of a zone (use1-az1)' : undefined),
  })
  .refine((zones) => Object.keys(zones).length <= MOST_ZONES, `names more than ${MOST_ZONES} zones`);

/** The hub of the landing zone, in the home Region: infra/aws/mirror-hub.template.json makes one. */
export const MirrorHub = z.strictObject({
  /** A mirror target that is shared with the organization; of zones without one of their own. */
  targetId: TargetId,
  /** The block of its VPC, which route tables have to lead to. Null: the target lies in the account's VPC. */
  cidr: z.cidrv4().nullable(),
  /** Absent: a Network Load Balancer. */
  type: z.enum(TARGET_TYPES).optional(),
  zones: ZoneTargets.optional(),
  /** Of appliances behind interfaces: the largest take more sources. */
  applianceType: z
    .string()
    .regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'is not an instance type (c5.24xlarge)')
    .optional(),
});
export type MirrorHub = z.output<typeof MirrorHub>;

/** Each once. */
export const targetsOf = ({ targetId, zones = {} }: MirrorHub): string[] => [
  ...new Set([targetId, ...Object.values(zones)]),
];

/** AWS's quotas page: an interface as a target takes so many sources, a load balancer and an endpoint any number. */
const SOURCES = { usual: 10, largest: 100 };

/**
 * How many interfaces may send to one target of the hub.
 * @returns null: no limit
 */
export const sourcesPerTarget = (
  { type, applianceType }: MirrorHub,
  { hundredSourceTargets }: Pick<InstanceTypes, 'hundredSourceTargets'>,
): number | null => {
  if (type !== 'network-interface') return null;
  return applianceType !== undefined && hundredSourceTargets.includes(applianceType)
    ? SOURCES.largest
    : SOURCES.usual;
};
