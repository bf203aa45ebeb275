import { z } from 'zod';

/** Input of an `organization-reconcile` execution. */
export const OrganizationReconcileInput = z.strictObject({
  snapshotId: z.string().min(1).max(80),
  /** Why it was started: 'start', 'schedule', a person's name. For the reader of the console. */
  reason: z.string().max(200),
});
export type OrganizationReconcileInput = z.infer<typeof OrganizationReconcileInput>;
