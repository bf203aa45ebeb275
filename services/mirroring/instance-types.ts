import { z } from 'zod';

/** workflows/blueprints/traffic-mirroring/instance-types.json: what AWS's pages say of instance types. */
export const InstanceTypes = z.strictObject({
  /** What was refused is tried again when this changes. */
  version: z.string(),
  source: z.string(),
  supportedFamilies: z.array(z.string()),
  deniedFamilies: z.array(z.string()),
  /** An interface of these takes a hundred sources as a target; of all others ten. */
  hundredSourceTargets: z.array(z.string()),
  /** Gigabits per second that an instance has for ever, each way, by family and size. */
  baselineGbps: z.record(z.string(), z.record(z.string(), z.number())),
});
export type InstanceTypes = z.output<typeof InstanceTypes>;

export type Support = { answer: 'supported' | 'unknown' } | { answer: 'unsupported'; reason: string };

/**
 * Whether interfaces of such an instance can be mirrored. AWS's pages have contradicted each other over the years, so a
 * family that the newest list lacks is unknown: the real call says.
 */
export function supportOf(types: InstanceTypes, instanceType: string): Support {
  const [family = '', size = ''] = instanceType.split('.');
  if (size.startsWith('metal')) {
    return { answer: 'unsupported', reason: `${instanceType} is bare metal, which AWS does not mirror` };
  }
  if (types.deniedFamilies.includes(family)) {
    return { answer: 'unsupported', reason: `AWS does not mirror instances of the family ${family}` };
  }
  return { answer: types.supportedFamilies.includes(family) ? 'supported' : 'unknown' };
}

/** Megabits per second each way; undefined where the list has no figure. */
export function baselineMbps(types: InstanceTypes, instanceType: string): number | undefined {
  const [family = '', size = ''] = instanceType.split('.');
  const gbps = types.baselineGbps[family]?.[size];
  return gbps === undefined ? undefined : gbps * 1_000;
}
