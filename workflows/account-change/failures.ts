import { desk } from '../asl/desk.ts';
import type { AccountChangeStep } from './input.schema.ts';

export const DESK = desk<AccountChangeStep>('Reject the change', 'Say that the change stopped');

export const { refusal, elseReject, rejectOn, elseStop, rejecting: REJECT } = DESK;
