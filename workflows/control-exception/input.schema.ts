import { z } from 'zod';
import { ControlExceptionPlan } from '../../services/exceptions/exception.schema.ts';

/** Where an exception can stand; also the step that a refusal names. */
export type ControlExceptionStep = 'approval' | 'confirm';

/** Input of a `control-exception` execution. */
export const ControlExceptionInput = z.strictObject({
  requestId: z.string().min(1).max(80),
  planDigest: z.string().min(1).max(80),
  plan: ControlExceptionPlan,
});
