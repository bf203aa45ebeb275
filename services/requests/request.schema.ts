import { z } from '@hono/zod-openapi';
import { RequestedGuardrail } from '../guardrails/choose.ts';
import { MirroredWorkload } from '../mirroring/capacity.ts';
import { SESSIONS_PER_INTERFACE } from '../mirroring/evaluate.schema.ts';

/** What AWS accepts as an account name through PutAccountName: printable ASCII without angle brackets. */
const AccountName = z
  .string()
  .min(1)
  .max(50)
  .regex(/^[ -;=?-~]+$/, 'may hold printable ASCII characters without < and >')
  .refine((name) => name.trim() === name, 'may not begin or end with a space');

/** Root e-mail of an account: 6 to 64 ASCII characters (Organizations' CreateAccount). */
const AccountEmail = z
  .email()
  .min(6)
  .max(64)
  .regex(/^[\x21-\x7e]+$/, 'may hold ASCII characters only');

export const OrganizationalUnitId = z
  .string()
  .regex(/^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$/, 'is not an organizational unit id (ou-xxxx-xxxxxxxx)');

const MirrorProfileName = z.string().min(1).max(64);

export const AccountRequest = z.strictObject({
  account: z.strictObject({
    name: AccountName,
    email: AccountEmail,
    organizationalUnitId: OrganizationalUnitId,
  }),
  team: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is a team id: lower-case letters, digits and hyphens'),
  owner: z.strictObject({
    email: z.email().max(254),
    firstName: z.string().min(1).max(64),
    lastName: z.string().min(1).max(64),
  }),
  justification: z.string().min(1).max(1_000),
  blueprint: z
    .strictObject({
      name: z.string().min(1).max(64),
      parameters: z.record(z.string().max(64), z.unknown()).default({}),
    })
    .default({ name: 'standard', parameters: {} }),
  guardrails: z.array(RequestedGuardrail).max(100).default([]),
  access: z
    .array(z.strictObject({ group: z.string().min(1).max(128), permissionSet: z.string().min(1).max(32) }))
    .max(50)
    .default([]),
  trafficMirroring: z
    .strictObject({
      profile: MirrorProfileName.optional(),
      /** Several; their session numbers say which is asked first. None: the account is made ready, and nothing is mirrored. */
      profiles: z
        .array(MirrorProfileName)
        .max(
          SESSIONS_PER_INTERFACE,
          `names more than ${SESSIONS_PER_INTERFACE}: an interface has no more sessions`,
        )
        .optional(),
      /** What is going to run there: the plan reckons headroom and cost from it. */
      workload: z.array(MirroredWorkload).min(1).max(20).optional(),
    })
    .refine(({ profile, profiles }) => (profile === undefined) !== (profiles === undefined), {
      path: ['profile'],
      error: 'has to be given, or profiles; not both',
    })
    .optional(),
  tags: z
    .record(
      z.string().regex(/^(?!aws:|jetway:)[\w .:/=+@-]{1,128}$/),
      z
        .string()
        .max(256)
        .regex(/^[\w .:/=+@-]*$/),
    )
    .refine((tags) => Object.keys(tags).length <= 40, 'at most 40 tags')
    .default({}),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});
export type AccountRequest = z.infer<typeof AccountRequest>;
