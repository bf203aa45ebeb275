import { outcomeAs } from '../asl/ask.ts';
import { caught, otherwise } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { inShort } from '../asl/message.ts';
import { STUBBORN, whilePassing, whileQueueFails } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { succeed } from '../asl/succeed.ts';
import { QUARANTINE } from './failures.ts';
import { vendAsk, vendFact } from './messages.ts';

const REPAIR_SECONDS = 300 * 24 * 3600;

const QUEUE_PATIENCE = { attempts: 500, longestSeconds: 300 };

/**
 * Whatever fails after the point of no return ends up here: fenced, recorded, and parked until a person has mended
 * what was wrong. The states that write the record and the ask have no Catch, because there is nowhere to go without
 * the inbox: the execution fails there and is redriven from the same state.
 */
export const repair: States = {
  [QUARANTINE]: choice({
    rules: [when("$accountId != ''", 'Put the fence up')],
    assign: { fenced: false },
    otherwise: 'Say that the account is in quarantine',
  }),
  'Put the fence up': sdk('organizations:attachPolicy', {
    comment: 'Also after ACTIVE: nobody works in an account that is not finished.',
    arguments: { PolicyId: expr('$plan.fence.quarantinePolicyId'), TargetId: expr('$accountId') },
    retry: whilePassing(
      'organizations',
      ['ConcurrentModificationException', 'PolicyChangesInProgressException', 'TargetNotFoundException'],
      STUBBORN,
    ),
    catch: [
      caught(['Organizations.DuplicatePolicyAttachmentException'], 'Say that the account is in quarantine', {
        fenced: true,
      }),
      otherwise('Say that the account is in quarantine', { fenced: false }),
    ],
    assign: { fenced: true },
    next: 'Say that the account is in quarantine',
  }),
  'Say that the account is in quarantine': vendFact('AccountQuarantined', {
    data: {
      step: '$failedStep',
      error: '$failure.error',
      cause: inShort('$failure.cause'),
      accountId: "$accountId != '' ? $accountId",
      fenced: '$fenced',
    },
    retry: whileQueueFails(QUEUE_PATIENCE),
    next: 'Ask for repair',
  }),
  'Ask for repair': vendAsk('repair', {
    timeoutSeconds: REPAIR_SECONDS,
    data: { failedStep: '$failedStep' },
    retry: whileQueueFails(QUEUE_PATIENCE),
    assign: outcomeAs('outcome'),
    catch: [caught(['States.Timeout'], 'The account stays in quarantine')],
    next: 'Is it mended?',
  }),
  'Is it mended?': choice({
    rules: [
      when("$outcome = 'resume'", 'Say that the vend goes on', { resumes: expr('$resumes + 1'), busy: 0 }),
    ],
    otherwise: 'Ask for repair',
  }),
  'Say that the vend goes on': vendFact('VendResumed', {
    data: { step: '$failedStep' },
    catch: [otherwise('Ask for repair')],
    next: 'Which step comes next?',
  }),
  'Which step comes next?': choice({
    comment:
      'Every step reads before it writes. A step that works in the account begins by fencing it again.',
    rules: [
      when("$failedStep = 'enrol'", 'Read the product to mend'),
      when(
        "$failedStep in ['fence', 'blueprint', 'guardrails', 'verify', 'activate', 'access'] and $candidateId != ''",
        'Read the account',
      ),
      when(
        "$failedStep in ['provision', 'fence', 'blueprint', 'guardrails', 'verify', 'activate', 'access']",
        'Look for the product',
        { looks: 0, sent: true, failedStep: 'provision' },
      ),
    ],
    assign: { failedStep: expr("''") },
    otherwise: 'Ask for approval',
  }),
  'The account stays in quarantine': succeed('QUARANTINED'),
};
