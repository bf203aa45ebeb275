import { z } from '@hono/zod-openapi';

/** One thing that a workflow read back before it called the account ACTIVE. */
const VerifiedThing = z.object({
  kind: z
    .enum(['stack', 'instance', 'network', 'role', 'managed', 'policy', 'rule', 'control'])
    .optional()
    .openapi({ description: '`managed`: made by Control Tower and proven.' }),
  name: z.string(),
  region: z.string().openapi({ description: 'A Region, or `global`.' }),
  status: z.string().openapi({
    description: 'What AWS said, or what it was found to be; `NOT_READ` where home cannot see it.',
  }),
  evidence: z.string(),
  controls: z.array(z.string()).optional(),
});

export const AccountVerification = z
  .object({
    /** ISO 8601 */
    at: z.string(),
    requestId: z.string().nullable(),
    run: z.string().openapi({ description: 'The name of the execution that read it back.' }),
    factId: z.string(),
    planRequestId: z.string().optional().openapi({
      description: 'The request whose plan the account follows: its own, or the newest change carried out.',
    }),
    things: z.array(VerifiedThing),
  })
  .openapi('AccountVerification');
export type AccountVerification = z.infer<typeof AccountVerification>;

const VerifiedFact = z.object({
  id: z.string(),
  requestId: z.string().nullable(),
  at: z.iso.datetime({ offset: true }),
  verified: z.array(VerifiedThing),
});

/** What the newest fact with evidence says; undefined when there is none, or none that can be read. */
export function verificationOf(fact: unknown): AccountVerification | undefined {
  const read = VerifiedFact.safeParse(fact);
  if (!read.success) return undefined;
  const { id, requestId, at, verified } = read.data;
  return {
    at: new Date(at).toISOString(),
    requestId,
    // A workflow's facts are called <execution>:<order>.
    run: id.slice(0, id.lastIndexOf(':')),
    factId: id,
    things: verified,
  };
}
