import { askForApproval } from '../approval.ts';
import { outcomeAs } from '../asl/ask.ts';
import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { inShort } from '../asl/message.ts';
import { succeed } from '../asl/succeed.ts';
import { elseReject, REFUSALS, REJECT, refusal, VEND_DESK } from './failures.ts';
import { requestFact, vendAsk } from './messages.ts';

const WEEK = 7 * 24 * 3600;

/** A person says yes to exactly this plan, then the vend waits for its turn. */
export const approval: States = {
  ...askForApproval(
    { desk: VEND_DESK, ask: vendAsk },
    { approved: 'Ask for a slot', unmade: 'Nothing was made' },
  ),
  'Ask for a slot': vendAsk('admission', {
    comment:
      'Control Tower does few account operations at once. The slot is free again with the terminal fact.',
    timeoutSeconds: WEEK,
    assign: outcomeAs('outcome'),
    catch: [
      caught(
        ['States.Timeout'],
        REJECT,
        refusal('admission', 'admission-timed-out', "'No account operation became free within seven days.'"),
      ),
      elseReject('admission'),
    ],
    next: 'Was it admitted?',
  }),
  'Was it admitted?': choice({
    rules: [when("$outcome = 'admitted'", 'Read the organizational unit')],
    otherwise: 'Nothing was made',
  }),
};

/** The ends before the point of no return. None of them has made anything. */
export const endsWithoutAccount: States = {
  'Let the request expire': requestFact('RequestExpired', { next: 'Nothing was made' }),
  [REJECT]: requestFact('RequestRejected', {
    data: {
      step: '$failedStep',
      code: '$rejectCode',
      title: `$lookup(${REFUSALS}, $rejectCode)`,
      detail: `$failure.error = '' ? ${inShort('$failure.cause')}`,
      error: "$failure.error != '' ? $failure.error",
      cause: `$failure.error != '' ? ${inShort('$failure.cause')}`,
    },
    next: 'Nothing was made',
  }),
  'Nothing was made': succeed('NOTHING_MADE'),
};
