import { z } from 'zod';
import { Arn, Name, Words } from './common.schema.ts';

/** Milliseconds within the years that databases know. */
const Millis = z.number().int().min(Date.UTC(2000, 0)).max(Date.UTC(2100, 0));

/** Input and output are left out above 248 KB, and never read: whoever may start an execution wrote them. */
export const ExecutionDetail = z.object({
  executionArn: Arn,
  stateMachineArn: Arn,
  name: z.string().min(1).max(80),
  status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE']),
  startDate: Millis,
  stopDate: Millis.nullish(),
  redriveCount: z.number().int().nonnegative().nullish(),
  redriveDate: Millis.nullish(),
  error: Name.nullish(),
  cause: Words.nullish(),
});
