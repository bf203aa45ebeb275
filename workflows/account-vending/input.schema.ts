import { z } from 'zod';
import { AccountPlan } from '../../services/planning/plan.schema.ts';

/** Where a vend can stand; also the step that a failure names and a resume re-enters. */
export const VendStep = z.enum([
  'approval',
  'admission',
  'recheck',
  'confirm',
  'provision',
  'enrol',
  'fence',
  'blueprint',
  'guardrails',
  'verify',
  'activate',
  'access',
]);
export type VendStep = z.infer<typeof VendStep>;

/** Input of an `account-vending` execution. */
export const AccountVendingInput = z.strictObject({
  requestId: z.string().min(1).max(80),
  planDigest: z.string().min(1).max(80),
  plan: AccountPlan,
  /** Counts the executions of one request, so that message orders of a later one are higher. Default 0. */
  epoch: z.number().int().nonnegative().optional(),
  /** Begin at this step: everything before it was done by an earlier execution. */
  resumeAt: VendStep.optional(),
  /** The account, when an earlier execution had it. Verified by e-mail before it is touched. */
  accountId: z
    .string()
    .regex(/^\d{12}$/)
    .optional(),
});
export type AccountVendingInput = z.infer<typeof AccountVendingInput>;
