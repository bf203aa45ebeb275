import { outcomeAs } from '../asl/ask.ts';
import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { elseReject, REJECT, refusal } from './failures.ts';
import { vendAsk } from './messages.ts';

/** The last look before the point of no return: is the approval still there, signed, and for this plan? */
export const confirm: States = {
  'Ask to confirm the approval': vendAsk('confirm-approval', {
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
        REJECT,
        refusal('confirm', 'confirmation-timed-out', "'The approval was not confirmed within an hour.'"),
      ),
      elseReject('confirm'),
    ],
    next: 'Was it confirmed?',
  }),
  'Was it confirmed?': choice({
    rules: [
      when("$outcome = 'confirmed'", 'Look for the product', {
        looks: 0,
        sent: expr('$epoch > 0'),
      }),
      when("$outcome = 'cancelled'", 'Nothing was made'),
    ],
    assign: {
      ...refusal('confirm', 'approval-refused', '$refused.detail'),
      rejectCode: expr('$refused.code'),
    },
    otherwise: REJECT,
  }),
};
