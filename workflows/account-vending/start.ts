import { approvalTimers } from '../approval.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { INBOX_URL } from '../asl/message.ts';
import { firstPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';

/** What the vend knows, in variables. Every one is set here, so that no path can meet an unknown one. */
export const start: States = {
  'Read the input': pass({
    assign: {
      inbox: INBOX_URL,
      requestId: expr('$states.input.requestId'),
      planDigest: expr('$states.input.planDigest'),
      plan: expr('$states.input.plan'),
      region: expr("$split($states.context.StateMachine.Id, ':')[3]"),
      epoch: expr('$exists($states.input.epoch) ? $states.input.epoch : 0'),
      order: expr('($exists($states.input.epoch) ? $states.input.epoch : 0) * 100000 + 1'),
      failedStep: expr("$exists($states.input.resumeAt) ? $states.input.resumeAt : ''"),
      // Only an account whose e-mail has been verified is called $accountId, fenced and changed.
      candidateId: expr("$exists($states.input.accountId) ? $states.input.accountId : ''"),
      accountId: expr("''"),
      productId: expr("''"),
      recordId: expr("''"),
      failure: expr("{'error': '', 'cause': ''}"),
      rejectCode: expr("''"),
      resumes: 0,
      busy: 0,
      outcome: expr("''"),
      ...approvalTimers('$states.input.plan.approvals'),
      ...firstPage('page'),
      foundId: expr("''"),
      looks: 0,
    },
    next: 'Begin or go on?',
  }),
  'Begin or go on?': choice({
    rules: [when("$failedStep = ''", 'Ask for approval')],
    otherwise: 'Which step comes next?',
  }),
};
