import { askForApproval } from '../approval.ts';
import { type AskOptions, type ask, outcomeAs } from '../asl/ask.ts';
import { caught, otherwise } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { ChoiceRule, States, TaskState } from '../asl/definition.ts';
import type { desk } from '../asl/desk.ts';
import { expr } from '../asl/expression.ts';
import type { FactOptions, fact } from '../asl/fact.ts';
import { inShort } from '../asl/message.ts';
import { whileQueueFails } from '../asl/retry.ts';
import { succeed } from '../asl/succeed.ts';
import { askToConfirm } from '../confirm.ts';

/** What is changed by a machine of its own is approved, confirmed, ended and repaired in the same way. */
type Machine<Step extends string> = {
  desk: ReturnType<typeof desk<Step>>;
  ask: (kind: Parameters<typeof ask>[0], options: AskOptions) => TaskState;
  fact: (type: Parameters<typeof fact>[0], options: FactOptions) => TaskState;
};

export const UNCHANGED = 'Nothing was changed';
const REPAIR_SECONDS = 300 * 24 * 3600;
const QUEUE_PATIENCE = { attempts: 500, longestSeconds: 300 };

/** A person says yes to exactly this plan. */
export const approvalStage = (change: Machine<'approval'>, approved: string): States =>
  askForApproval(change, { approved, unmade: UNCHANGED });

/** Nothing is changed before the approval is confirmed, and before that is said. */
export const confirmStage = (
  { desk, ask, fact }: Machine<'confirm'>,
  started: { data: Record<string, string>; next: string },
): States => ({
  ...askToConfirm(
    { desk, ask },
    {
      confirmed: when("$outcome = 'confirmed'", 'Say that the change begins'),
      cancelled: UNCHANGED,
    },
  ),
  // Nothing is written before this fact is in the inbox.
  'Say that the change begins': fact('ChangeStarted', {
    data: started.data,
    catch: [desk.elseReject('confirm')],
    next: started.next,
  }),
});

/** The ends before the point of no return. None of them has changed anything. */
export const endsUnchanged = ({ desk, fact }: Machine<never>): States => ({
  'Let the request expire': fact('RequestExpired', { next: UNCHANGED }),
  [desk.rejecting]: fact('RequestRejected', {
    data: {
      step: '$failedStep',
      code: '$rejectCode',
      detail: `$failure.error = '' ? ${inShort('$failure.cause')}`,
      error: "$failure.error != '' ? $failure.error",
      cause: `$failure.error != '' ? ${inShort('$failure.cause')}`,
    },
    next: UNCHANGED,
  }),
  [UNCHANGED]: succeed('NOTHING_CHANGED'),
});

/**
 * Whatever fails after the point of no return ends up here: what was changed stays, the rest waits until a person has
 * mended what was wrong. The record and the ask have no Catch, because there is nowhere to go without the inbox: the
 * execution fails there and is redriven from the same state.
 *
 * @param options.stopped what the record says besides step and failure, as JSONata code
 * @param options.resume where a resume goes on; every step looks before it writes
 * @param options.giveUp a person may also leave the rest as it is
 */
export const repairStage = (
  { desk, fact, ask }: Machine<never>,
  options: {
    stopped: Record<string, string>;
    resume: { rules: readonly ChoiceRule[]; otherwise: string };
    giveUp: boolean;
  },
): States => ({
  [desk.stopping]: fact('ChangeStopped', {
    data: {
      step: '$failedStep',
      error: '$failure.error',
      cause: inShort('$failure.cause'),
      ...options.stopped,
    },
    retry: whileQueueFails(QUEUE_PATIENCE),
    next: 'Ask for repair',
  }),
  'Ask for repair': ask('repair', {
    timeoutSeconds: REPAIR_SECONDS,
    data: { failedStep: '$failedStep' },
    retry: whileQueueFails(QUEUE_PATIENCE),
    assign: outcomeAs('outcome'),
    catch: [caught(['States.Timeout'], 'The change stays half-way')],
    next: 'Is it mended?',
  }),
  'Is it mended?': choice({
    rules: [
      when("$outcome = 'resume'", 'Say that the change goes on', { resumes: expr('$resumes + 1') }),
      ...(options.giveUp ? [when("$outcome = 'cancelled'", 'Say that the change was given up')] : []),
    ],
    otherwise: 'Ask for repair',
  }),
  'Say that the change goes on': fact('ChangeResumed', {
    data: { step: '$failedStep' },
    catch: [otherwise('Ask for repair')],
    next: 'Which step comes next?',
  }),
  'Which step comes next?': choice(options.resume),
  ...(options.giveUp
    ? {
        'Say that the change was given up': fact('ChangeGivenUp', {
          data: { step: '$failedStep' },
          retry: whileQueueFails(QUEUE_PATIENCE),
          next: 'The change stays half-way',
        }),
      }
    : {}),
  'The change stays half-way': succeed('QUARANTINED'),
});
