import { z } from '@hono/zod-openapi';
import { PlannedApprovals } from '../approvals/approvals.schema.ts';

/** What a team or an operator sends. */
export const ExceptionBody = z.strictObject({
  /** A detective control of the account. */
  control: z.string().min(1).max(128),
  /** Id of the one resource, as the findings name it; left out: whatever the control finds in the account. */
  resource: z.string().trim().min(1).max(1_024).optional(),
  reason: z.string().trim().min(1).max(1_000),
  /** At most 365 days away. */
  expiresAt: z.iso.datetime({ offset: true }),
  /** Who answers for it; the owner of the account where nobody is named. */
  owner: z.email().max(256).optional(),
});
export type ExceptionBody = z.infer<typeof ExceptionBody>;

/** What ends one before its time. */
export const ExceptionRevocation = z.strictObject({ reason: z.string().trim().min(1).max(1_000) });

/** What is stored: the same, with the account of the path. */
export const ControlException = ExceptionBody.extend({ accountId: z.string().regex(/^\d{12}$/) });
export type ControlException = z.infer<typeof ControlException>;

/** A violation that the exception would cover on the day of the plan. */
const Covered = z.strictObject({
  region: z.string(),
  rule: z.string(),
  resourceType: z.string(),
  resourceId: z.string(),
  since: z.string(),
  annotation: z.string().nullable(),
});

/** An exception, frozen; its digest is what the approver signs. */
export const ControlExceptionPlan = z.strictObject({
  digest: z.string(),
  kind: z.literal('control-exception'),
  requestId: z.string(),
  accountId: z.string(),
  account: z.strictObject({ name: z.string(), organizationalUnitId: z.string() }),
  control: z.strictObject({ id: z.string(), title: z.string(), guidance: z.string(), behavior: z.string() }),
  resource: z.string().nullable(),
  owner: z.string(),
  reason: z.string(),
  requestedBy: z.string(),
  /** RFC 3339 UTC; the exception ends then by itself. */
  expiresAt: z.string(),
  /** How many violations of now it covers, and the first of them. */
  covered: z.number().int(),
  covers: z.array(Covered),
  /** The exception in force that it takes the place of. */
  replaces: z.strictObject({ requestId: z.string(), expiresAt: z.string() }).nullable(),
  /** The same in words: what the approver reads. */
  summary: z.array(z.string()),
  approvals: PlannedApprovals,
  warnings: z.array(z.string()),
});
export type ControlExceptionPlan = z.infer<typeof ControlExceptionPlan>;

export const EXCEPTION_STATES = ['REQUESTED', 'ACTIVE', 'EXPIRED', 'REVOKED', 'REPLACED'] as const;

/** An exception as a list shows it. Its id is that of the request. */
export const ExceptionAnswer = z
  .object({
    requestId: z.string(),
    accountId: z.string(),
    accountName: z.string(),
    team: z.string().nullable(),
    control: z.string(),
    resource: z.string().optional(),
    state: z.enum(EXCEPTION_STATES),
    owner: z.string(),
    reason: z.string(),
    requestedBy: z.string(),
    approvedBy: z.array(z.string()),
    requestedAt: z.string(),
    grantedAt: z.string().optional(),
    expiresAt: z.string(),
    endedAt: z.string().optional(),
    endedBy: z.string().optional(),
    endReason: z.string().optional(),
  })
  .openapi('Exception');
export type ExceptionAnswer = z.infer<typeof ExceptionAnswer>;
