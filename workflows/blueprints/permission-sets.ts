import { z } from 'zod';
import { PolicyDocumentError, parsePolicy } from '../../services/guardrails/policy-document.ts';
import { canonicalJson } from '../../services/kernel/canonical-json.ts';
import { BlueprintError } from './blueprint-error.ts';
import { problemsOf } from './component.ts';

/** The component whose parameters say who has access to every account; no stack, but calls of the workflow. */
export const IDENTITY_COMPONENT = 'identity-center';

/** IAM's limit for all inline policies of a role; the set becomes one in every account. */
const INLINE_CHARACTERS = 10_240;
/** Who may do that may do everything. */
const GIVES_AWAY = /^(\*|[^:]+:\*|(iam|sts|sso|identitystore|organizations|account):.*)$/i;

/** A policy document, kept as the text that Identity Center is given and reads back. */
const InlinePolicy = z
  .record(z.string(), z.unknown())
  .transform(canonicalJson)
  .superRefine((text, context) => {
    for (const message of problemsOfPolicy(text)) context.addIssue({ code: 'custom', message });
  });

function problemsOfPolicy(text: string): string[] {
  if (text.length > INLINE_CHARACTERS) return [`has more than ${INLINE_CHARACTERS} characters`];
  try {
    return parsePolicy(text).statements.flatMap(({ effect, actions }) => {
      if (effect === 'Deny') return [];
      if (actions.negated) return ['allows everything but some actions'];
      return actions.patterns.filter((one) => GIVES_AWAY.test(one)).map((one) => `${one} is too much`);
    });
  } catch (error) {
    if (error instanceof PolicyDocumentError) return [error.message];
    throw error;
  }
}

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
  inlinePolicy: InlinePolicy.optional(),
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
