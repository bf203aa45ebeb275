import { NOT_TOLD_HERE, QUOTAS, quota, untold } from '../account-vending/limits.ts';
import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { elseReject, REJECT, refusal } from './failures.ts';

/** The old policies are still attached when the new ones come; and the fence must find a place at any time. */
const NEEDED = '($count($carried) + $count($plan.guardrails.preventive[$not(policyName in $carried)]) + 1)';
const TOO_LONG = '$plan.guardrails.preventive[$length(content) > $maxPolicySize]';

/** Do old and new policies fit at once, by the limits of now? */
export const recheckPolicies: States = {
  'Read the quotas': sdk('servicequotas:listServiceQuotas', {
    arguments: { ServiceCode: 'organizations', MaxResults: 100 },
    retry: whilePassing('servicequotas'),
    catch: [
      caught(NOT_TOLD_HERE, 'Read what the account carries', {
        maxPolicies: untold(QUOTAS.policiesPerAccount),
        maxPolicySize: untold(QUOTAS.policySize),
        carried: [],
        ...firstPage('page'),
      }),
      elseReject('recheck'),
    ],
    assign: {
      maxPolicies: quota(QUOTAS.policiesPerAccount),
      maxPolicySize: quota(QUOTAS.policySize),
      carried: [],
      ...firstPage('page'),
    },
    next: 'Read what the account carries',
  }),
  'Read what the account carries': sdk('organizations:listPoliciesForTarget', {
    arguments: pageOf("{'TargetId': $accountId, 'Filter': 'SERVICE_CONTROL_POLICY', 'MaxResults': 20}", {
      variable: 'page',
    }),
    retry: whilePassing('organizations'),
    catch: [elseReject('recheck')],
    assign: { carried: expr('[$append($carried, $states.result.Policies.Name)]'), ...turnPage('page') },
    next: 'Do the policies fit?',
  }),
  'Do the policies fit?': choice({
    rules: [
      when(morePages('page'), 'Read what the account carries'),
      when(
        `$count(${TOO_LONG}) > 0`,
        REJECT,
        refusal(
          'recheck',
          'policy-size',
          `$join(${TOO_LONG}.policyName, ', ') & ' is longer than ' & $maxPolicySize & ' characters.'`,
        ),
      ),
      when(`${NEEDED} <= $maxPolicies`, 'Ask to confirm the approval'),
    ],
    assign: refusal(
      'recheck',
      'policy-slots',
      `'Until the old policies are off, the account needs room for ' & ${NEEDED} & ' policies, one of them for the fence; ' & $maxPolicies & ' may be attached.'`,
    ),
    otherwise: REJECT,
  }),
};
