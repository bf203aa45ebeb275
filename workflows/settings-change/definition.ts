import { approvalTimers } from '../approval.ts';
import { type AskOptions, ask } from '../asl/ask.ts';
import { when } from '../asl/choice.ts';
import type { Definition, States, TaskState } from '../asl/definition.ts';
import { desk } from '../asl/desk.ts';
import { expr } from '../asl/expression.ts';
import { type FactOptions, fact } from '../asl/fact.ts';
import { machine } from '../asl/machine.ts';
import { INBOX_URL } from '../asl/message.ts';
import { pass } from '../asl/pass.ts';
import { succeed } from '../asl/succeed.ts';
import { approvalStage, endsUnchanged, UNCHANGED } from '../change/stages.ts';
import { askToConfirm } from '../confirm.ts';
import type { SettingsChangeStep } from './input.schema.ts';

/** Every message names its request and the plan that was approved. */
const about = { requestId: '$requestId', planDigest: '$planDigest' };

const change = {
  // Nothing can stop half-way: the confirmation is the whole work.
  desk: desk<SettingsChangeStep>('Reject the change', 'Reject the change'),
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

/** From an approved plan to settings that are in force. The service itself applies them with its confirmation. */
export const settingsChange: Definition = machine({
  comment:
    'Changes who may ask, who may approve and where they are asked: approve, confirm. The service puts the settings into force in the transaction of its confirmation.',
  startAt: 'Read the input',
  stages: [
    start,
    approvalStage(change, 'Ask to confirm the approval'),
    askToConfirm(change, {
      confirmed: when("$outcome = 'confirmed'", 'The settings are in force'),
      cancelled: UNCHANGED,
    }),
    { 'The settings are in force': succeed('ACTIVE') },
    endsUnchanged(change),
  ],
});
