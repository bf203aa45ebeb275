import { type AskOptions, type ask, outcomeAs } from './asl/ask.ts';
import { caught } from './asl/catch.ts';
import { choice, when } from './asl/choice.ts';
import type { ChoiceRule, States, TaskState } from './asl/definition.ts';
import type { desk } from './asl/desk.ts';
import { expr } from './asl/expression.ts';

/** The last look before the point of no return: is the approval still there, signed, and for this plan? */
export const askToConfirm = (
  machine: {
    desk: ReturnType<typeof desk<'confirm'>>;
    ask: (kind: Parameters<typeof ask>[0], options: AskOptions) => TaskState;
  },
  next: { confirmed: ChoiceRule; cancelled: string },
): States => ({
  'Ask to confirm the approval': machine.ask('confirm-approval', {
    timeoutSeconds: 3600,
    assign: {
      ...outcomeAs('outcome'),
      refused: expr(
        `{'code': $exists($states.result.code) ? $states.result.code : 'approval-refused',
          'detail': $exists($states.result.detail) ? $states.result.detail : 'The approval was not confirmed.'}`,
      ),
    },
    catch: [
      caught(
        ['States.Timeout'],
        machine.desk.rejecting,
        machine.desk.refusal(
          'confirm',
          'confirmation-timed-out',
          "'The approval was not confirmed within an hour.'",
        ),
      ),
      machine.desk.elseReject('confirm'),
    ],
    next: 'Was it confirmed?',
  }),
  'Was it confirmed?': choice({
    rules: [next.confirmed, when("$outcome = 'cancelled'", next.cancelled)],
    assign: {
      ...machine.desk.refusal('confirm', 'approval-refused', '$refused.detail'),
      rejectCode: expr('$refused.code'),
    },
    otherwise: machine.desk.rejecting,
  }),
});
