import { outcomeAs } from '../asl/ask.ts';
import { caught, otherwise } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { whileQueueFails } from '../asl/retry.ts';
import { succeed } from '../asl/succeed.ts';
import { STOP } from './failures.ts';
import { changeAsk, changeFact, inShort } from './messages.ts';

const REPAIR_SECONDS = 300 * 24 * 3600;
const QUEUE_PATIENCE = { attempts: 500, longestSeconds: 300 };

/**
 * Whatever fails after the point of no return ends up here: what was changed stays, the rest waits until a person has
 * mended what was wrong. The record and the ask have no Catch, because there is nowhere to go without the inbox: the
 * execution fails there and is redriven from the same state.
 */
export const repair: States = {
  [STOP]: changeFact('ChangeStopped', {
    data: {
      step: '$failedStep',
      error: '$failure.error',
      cause: inShort('$failure.cause'),
      control: '$at < $count($work) ? $work[$at].control',
    },
    retry: whileQueueFails(QUEUE_PATIENCE),
    next: 'Ask for repair',
  }),
  'Ask for repair': changeAsk('repair', {
    timeoutSeconds: REPAIR_SECONDS,
    data: { failedStep: '$failedStep' },
    retry: whileQueueFails(QUEUE_PATIENCE),
    assign: outcomeAs('outcome'),
    catch: [caught(['States.Timeout'], 'The change stays half-way')],
    next: 'Is it mended?',
  }),
  'Is it mended?': choice({
    rules: [when("$outcome = 'resume'", 'Say that the change goes on')],
    otherwise: 'Ask for repair',
  }),
  'Say that the change goes on': changeFact('ChangeResumed', {
    data: { step: '$failedStep' },
    catch: [otherwise('Ask for repair')],
    next: 'Which step comes next?',
  }),
  'Which step comes next?': choice({
    comment: 'Every step looks before it writes.',
    rules: [when("$failedStep = 'verify'", 'Begin the last look')],
    otherwise: 'Is there a control left?',
  }),
  'The change stays half-way': succeed('QUARANTINED'),
};
