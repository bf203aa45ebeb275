import { type AskOptions, type ask, outcomeAs } from './asl/ask.ts';
import { caught } from './asl/catch.ts';
import { choice, when } from './asl/choice.ts';
import type { Assign, States, TaskState } from './asl/definition.ts';
import type { desk } from './asl/desk.ts';
import { expr } from './asl/expression.ts';

/** A plan has fewer; with them the approval takes a few dozen events of an execution's history, whatever it says. */
const MOST_TIMERS = 20;
const ASK = 'Ask for approval';
const EXPIRE = 'Let the request expire';

/**
 * What the stage counts with. A plan of an earlier version has no timers: it only expires.
 * @param approvals JSONata code: the plan's `approvals`, read from the input
 */
export const approvalTimers = (approvals: string): Assign => ({
  timers: expr(
    `$exists(${approvals}.timers[0])
      ? [${approvals}.timers[[0..${MOST_TIMERS - 1}]]]
      : [{'seconds': ${approvals}.expiresAfterSeconds, 'act': 'expire'}]`,
  ),
  /** Which of them runs. */
  timer: 0,
  /** What the one before it was for; empty for the first ask. */
  due: expr("''"),
});

/**
 * A person says yes to exactly this plan. Who does not answer is reminded, then others are asked, and at last the request
 * expires: each timer that runs out is another ask, which says what is due. The service writes it down and tells people; a
 * decision that was made in between meets the next ask at once.
 */
export const askForApproval = (
  machine: {
    desk: ReturnType<typeof desk<'approval'>>;
    ask: (kind: Parameters<typeof ask>[0], options: AskOptions) => TaskState;
  },
  next: { approved: string; unmade: string },
): States => ({
  [ASK]: machine.ask('approval', {
    timeoutSeconds: expr('$timers[$timer].seconds'),
    // The first ask says nothing but itself.
    data: { act: "$due != '' ? $due", nth: "$due != '' ? $timer" },
    assign: outcomeAs('outcome'),
    catch: [
      caught(['States.Timeout'], 'What is due?', {
        due: expr('$timers[$timer].act'),
        timer: expr('$timer + 1'),
      }),
      machine.desk.elseReject('approval'),
    ],
    next: 'Was it approved?',
  }),
  'What is due?': choice({
    comment: 'Without another timer nobody would ever be asked again.',
    rules: [when("$due != 'expire' and $timer < $count($timers)", ASK)],
    otherwise: EXPIRE,
  }),
  'Was it approved?': choice({
    comment: 'Denied and cancelled are facts of the service already.',
    rules: [when("$outcome = 'approved'", next.approved)],
    otherwise: next.unmade,
  }),
});
