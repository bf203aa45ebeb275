import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { wait } from '../asl/wait.ts';
import { elseQuarantine, failed, QUARANTINE } from './failures.ts';
import { READ_BACKS } from './fence.ts';
import { vendFact } from './messages.ts';

/** ACTIVE is said while the fence is still up; then it is lifted. */
export const activate: States = {
  'Say that the account is active': vendFact('AccountVended', {
    data: {
      // What was read back, thing by thing: services/ledger/evidence.ts.
      verified: '$verified',
    },
    catch: [elseQuarantine('activate')],
    assign: { looks: 0 },
    next: 'Lift the fence',
  }),
  'Lift the fence': sdk('organizations:detachPolicy', {
    arguments: { PolicyId: expr('$plan.fence.quarantinePolicyId'), TargetId: expr('$accountId') },
    retry: whilePassing('organizations', [
      'ConcurrentModificationException',
      'PolicyChangesInProgressException',
    ]),
    catch: [
      caught(['Organizations.PolicyNotAttachedException'], 'Read what is left', {
        attached: [],
        ...firstPage('page'),
      }),
      elseQuarantine('activate'),
    ],
    assign: { attached: [], ...firstPage('page') },
    next: 'Read what is left',
  }),
  'Read what is left': sdk('organizations:listPoliciesForTarget', {
    arguments: pageOf("{'TargetId': $accountId, 'Filter': 'SERVICE_CONTROL_POLICY', 'MaxResults': 20}", {
      variable: 'page',
    }),
    retry: whilePassing('organizations'),
    catch: [elseQuarantine('activate')],
    assign: { attached: expr('[$append($attached, $states.result.Policies.Id)]'), ...turnPage('page') },
    next: 'Is the fence down?',
  }),
  'Is the fence down?': choice({
    rules: [
      when(morePages('page'), 'Read what is left'),
      when('$not($plan.fence.quarantinePolicyId in $attached)', 'Make the groups'),
      when(`$looks < ${READ_BACKS}`, 'Wait for the fence to go', { looks: expr('$looks + 1') }),
    ],
    assign: failed(
      'activate',
      'FenceNotLifted',
      "'Policy ' & $plan.fence.quarantinePolicyId & ' is still listed among the policies of ' & $accountId & '.'",
    ),
    otherwise: QUARANTINE,
  }),
  'Wait for the fence to go': wait(5, { next: 'Lift the fence' }),
};
