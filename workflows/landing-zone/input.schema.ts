import { z } from 'zod';

const Path = z.string().min(1).max(1_000);
const Parameters = z.array(z.strictObject({ key: z.string(), value: z.unknown() })).max(50);

/** One thing that is made or changed. Every step looks before it writes, so that it may be done again. */
export const LandingZoneStep = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('unit'),
    path: Path,
    parentPath: z.string().max(1_000),
    name: z.string(),
  }),
  z.strictObject({ kind: z.literal('registration'), path: Path }),
  z.strictObject({
    kind: z.literal('control'),
    path: Path,
    control: z.string(),
    identifier: z.string(),
    parameters: Parameters,
  }),
  z.strictObject({ kind: z.literal('group'), name: z.string(), description: z.string() }),
  z.strictObject({
    kind: z.literal('permission-set'),
    name: z.string(),
    description: z.string(),
    sessionDuration: z.string(),
    managedPolicies: z.array(z.string()).max(10),
    /** Empty: none. */
    inlinePolicy: z.string(),
  }),
]);
export type LandingZoneStep = z.infer<typeof LandingZoneStep>;

/** Input of a `landing-zone` execution. */
export const LandingZoneInput = z.strictObject({
  /** `read` says what there is and changes nothing; `apply` reads the same first. */
  mode: z.enum(['read', 'apply']),
  /** What the file is about: only that is looked at closely. */
  watch: z.strictObject({
    accounts: z.array(z.string().regex(/^\d{12}$/)).max(50),
    product: z.string(),
    groups: z.array(z.string()).max(500),
    permissionSets: z.array(z.string()).max(500),
    units: z.array(Path).max(200),
    /** Identifiers of controls whose parameters are compared; names of those that are called otherwise. */
    parameters: z.array(z.string()).max(100),
    policies: z.array(z.string()).max(10),
    /** Controls that Control Tower calls otherwise than people do. */
    controls: z.array(z.string()).max(500),
  }),
  /** Since when Account Factory makes no VPCs, in milliseconds. */
  networkOffSinceMs: z.number().int(),
  steps: z.array(LandingZoneStep).max(400),
});
export type LandingZoneInput = z.infer<typeof LandingZoneInput>;
