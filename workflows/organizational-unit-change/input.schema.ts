import { z } from 'zod';
import { UnitChangePlan } from '../../services/organizational-units/unit-change.schema.ts';

/** Where a change can stand; also the step that a failure names and a resume re-enters. */
export const ChangeStep = z.enum(['approval', 'recheck', 'confirm', 'controls', 'verify']);
export type ChangeStep = z.infer<typeof ChangeStep>;

/** Input of an `organizational-unit-change` execution. */
export const UnitChangeInput = z.strictObject({
  requestId: z.string().min(1).max(80),
  planDigest: z.string().min(1).max(80),
  plan: UnitChangePlan,
});
