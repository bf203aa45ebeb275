import { desk } from '../asl/desk.ts';
import type { ChangeStep } from './input.schema.ts';

export const CHANGE_DESK = desk<ChangeStep>('Reject the change', 'Say that the change stopped');

export const {
  refusal,
  failed,
  elseReject,
  rejectOn,
  elseStop,
  rejecting: REJECT,
  stopping: STOP,
} = CHANGE_DESK;
