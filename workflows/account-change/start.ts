import { approvalTimers } from '../approval.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { INBOX_URL } from '../asl/message.ts';
import { firstPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';

/**
 * What the change knows, in variables. Every one is set here, so that no path can meet an unknown one. `$plan` is the
 * whole account as it will be, as in a vend, so that what builds and reads back is the same in both.
 */
export const start: States = {
  'Read the input': pass({
    assign: {
      inbox: INBOX_URL,
      requestId: expr('$states.input.requestId'),
      planDigest: expr('$states.input.planDigest'),
      change: expr('$states.input.plan'),
      plan: expr('$states.input.plan.target'),
      accountId: expr('$states.input.plan.accountId'),
      region: expr("$split($states.context.StateMachine.Id, ':')[3]"),
      order: 1,
      // Part of the tokens of a vend, whose builders are used here too.
      epoch: 0,
      resumes: 0,
      failedStep: expr("''"),
      failure: expr("{'error': '', 'cause': ''}"),
      rejectCode: expr("''"),
      outcome: expr("''"),
      ...approvalTimers('$states.input.plan.approvals'),
      looks: 0,
      ...firstPage('page'),
    },
    next: 'Read the account before the preview',
  }),
};
