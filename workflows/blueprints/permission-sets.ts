import { z } from 'zod';
import { BlueprintError } from './blueprint-error.ts';
import { problemsOf } from './component.ts';

/** The component whose parameters say who has access to every account; no stack, but calls of the workflow. */
export const IDENTITY_COMPONENT = 'identity-center';

/** A permission set that Jetway makes when Identity Center lacks it. */
const ShippedPermissionSet = z.strictObject({
  /** The prefix keeps it apart from a set that somebody else has made. */
  name: z
    .string()
    .regex(/^jetway-[\w+=,.@-]{1,25}$/, 'has to begin with jetway- and have 32 characters or fewer'),
  description: z.string().min(1).max(700),
  /** ISO 8601, from one hour to twelve: what Identity Center takes. */
  sessionDuration: z.string().regex(/^PT([1-9]|1[0-2])H$/, 'is not a duration from PT1H to PT12H'),
  managedPolicies: z
    .array(
      z.string().regex(/^arn:aws:iam::aws:policy\/[\w+=,.@/-]+$/, 'is not the ARN of an AWS managed policy'),
    )
    .min(1)
    .max(10)
    .refine((all) => new Set(all).size === all.length, 'has a policy twice'),
});
export type ShippedPermissionSet = z.output<typeof ShippedPermissionSet>;

const PermissionSetsFile = z.strictObject({ permissionSets: z.array(ShippedPermissionSet) });

/** Parses the content of permission-sets.json, by name. Throws BlueprintError with every problem. */
export function parsePermissionSets(json: unknown, where: string): ReadonlyMap<string, ShippedPermissionSet> {
  const parsed = PermissionSetsFile.safeParse(json);
  if (!parsed.success) throw new BlueprintError(problemsOf(parsed.error, where).join('\n'));
  const { permissionSets } = parsed.data;
  const byName = new Map(permissionSets.map((one) => [one.name, one]));
  if (byName.size < permissionSets.length)
    throw new BlueprintError(`${where}: /permissionSets has a name twice`);
  return byName;
}
