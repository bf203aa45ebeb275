import { approvalTimers } from '../approval.ts';
import { type AskOptions, ask } from '../asl/ask.ts';
import { caught } from '../asl/catch.ts';
import { when } from '../asl/choice.ts';
import type { Definition, States, TaskState } from '../asl/definition.ts';
import { desk } from '../asl/desk.ts';
import { expr } from '../asl/expression.ts';
import { type FactOptions, fact } from '../asl/fact.ts';
import { machine } from '../asl/machine.ts';
import { INBOX_URL } from '../asl/message.ts';
import { pass } from '../asl/pass.ts';
import { whileQueueFails } from '../asl/retry.ts';
import { succeed } from '../asl/succeed.ts';
import { approvalStage, endsUnchanged, UNCHANGED } from '../change/stages.ts';
import { askToConfirm } from '../confirm.ts';
import type { ControlExceptionStep } from './input.schema.ts';

/** Every message names its request and the plan that was approved. */
const about = { requestId: '$requestId', planDigest: '$planDigest' };
const QUEUE_PATIENCE = { attempts: 500, longestSeconds: 300 };

const exception = {
  // Nothing can stop half-way: with the confirmation it is in force, and the service itself sees that it ends.
  desk: desk<ControlExceptionStep>('Reject the exception', 'Reject the exception'),
  ask: (kind: Parameters<typeof ask>[0], options: AskOptions): TaskState => ask(kind, { ...options, about }),
  fact: (type: Parameters<typeof fact>[0], options: FactOptions): TaskState =>
    fact(type, { ...options, about }),
};

const start: States = {
  'Read the input': pass({
    assign: {
      inbox: INBOX_URL,
      requestId: expr('$states.input.requestId'),
      planDigest: expr('$states.input.planDigest'),
      accountId: expr('$states.input.plan.accountId'),
      expiresAt: expr('$states.input.plan.expiresAt'),
      order: 1,
      failedStep: expr("''"),
      failure: expr("{'error': '', 'cause': ''}"),
      rejectCode: expr("''"),
      outcome: expr("''"),
      ...approvalTimers('$states.input.plan.approvals'),
    },
    next: 'Ask for approval',
  }),
};

/** The wait is an ask, so that a revocation ends it at once. Both are real time. */
const inForce: States = {
  'Wait for its end': ask('exception-end', {
    about,
    timeoutSeconds: expr(
      '$max([1, $ceil(($toMillis($expiresAt) - $toMillis($states.context.State.EnteredTime)) / 1000)])',
    ),
    retry: whileQueueFails(QUEUE_PATIENCE),
    catch: [caught(['States.Timeout'], 'Say that it has run out')],
    next: 'The exception is over',
  }),
  'Say that it has run out': fact('ExceptionExpired', {
    about: { ...about, accountId: '$accountId' },
    data: { expiresAt: '$expiresAt' },
    retry: whileQueueFails(QUEUE_PATIENCE),
    next: 'The exception is over',
  }),
  'The exception is over': succeed('CLOSED'),
};

/** From an approved plan to an exception that is in force until its time is up. */
export const controlException: Definition = machine({
  comment:
    'Lets violations of a control stand for a while: approve, confirm, wait for the end. The service brings the exception into force in the transaction of its confirmation.',
  startAt: 'Read the input',
  stages: [
    start,
    approvalStage(exception, 'Ask to confirm the approval'),
    askToConfirm(exception, {
      confirmed: when("$outcome = 'confirmed'", 'Wait for its end'),
      cancelled: UNCHANGED,
    }),
    inForce,
    endsUnchanged(exception),
  ],
});
