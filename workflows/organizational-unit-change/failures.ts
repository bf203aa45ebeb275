import { desk } from '../asl/desk.ts';
import type { ChangeStep } from './input.schema.ts';

export const REJECT = 'Reject the change';
export const STOP = 'Say that the change stopped';

export const { refusal, failed, elseReject, rejectOn, elseStop } = desk<ChangeStep>(REJECT, STOP);
