import { z } from 'zod';

/** Input of an `account-reconcile` execution. */
export const AccountReconcileInput = z.strictObject({
  snapshotId: z.string().min(1).max(80),
  accountId: z.string().regex(/^\d{12}$/),
  /** Stack sets that the plan of the account has instances of. */
  stackSets: z.array(z.string().min(1).max(128)).max(100),
});
export type AccountReconcileInput = z.infer<typeof AccountReconcileInput>;
