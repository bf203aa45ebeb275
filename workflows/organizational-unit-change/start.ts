import { approvalTimers } from '../approval.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { INBOX_URL } from '../asl/message.ts';
import { firstPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';

/** What the change knows, in variables. Every one is set here, so that no path can meet an unknown one. */
export const start: States = {
  'Read the input': pass({
    assign: {
      inbox: INBOX_URL,
      requestId: expr('$states.input.requestId'),
      planDigest: expr('$states.input.planDigest'),
      plan: expr('$states.input.plan'),
      order: 1,
      // One after another, in the order of the plan: what is added before what is taken away.
      work: expr(
        `[$append(
          $states.input.plan.enable.{'control': control, 'identifier': identifier, 'wanted': true, 'parameters': [parameters]},
          $states.input.plan.disable.{'control': control, 'identifier': identifier, 'wanted': false, 'parameters': []})]`,
      ),
      at: 0,
      failedStep: expr("''"),
      failure: expr("{'error': '', 'cause': ''}"),
      rejectCode: expr("''"),
      outcome: expr("''"),
      ...approvalTimers('$states.input.plan.approvals'),
      looks: 0,
      resumes: 0,
      ...firstPage('page'),
    },
    next: 'Ask for approval',
  }),
};
