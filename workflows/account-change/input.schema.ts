import { z } from 'zod';
import { AccountChangePlan } from '../../services/account-changes/account-change.schema.ts';

/** Where a change of an account can stand; also the step that a failure names and a resume re-enters. */
export const AccountChangeStep = z.enum([
  'preview',
  'approval',
  'recheck',
  'confirm',
  'blueprint',
  'guardrails',
  'verify',
]);
export type AccountChangeStep = z.infer<typeof AccountChangeStep>;

/** Input of an `account-change` execution. */
export const AccountChangeInput = z.strictObject({
  requestId: z.string().min(1).max(80),
  planDigest: z.string().min(1).max(80),
  plan: AccountChangePlan,
});
