import { choice, when } from '../asl/choice.ts';
import type { Assign, States } from '../asl/definition.ts';
import type { Desk } from '../asl/desk.ts';
import { expr } from '../asl/expression.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { wait } from '../asl/wait.ts';
import { READ_BACKS } from './fence.ts';

const POLICIES = '$plan.guardrails.preventive[$not(policyName in $attached)].policyName';
const FENCE = "($plan.fence.quarantinePolicyId in $attached ? [] : ['the fence'])";

/**
 * Every planned policy is on the account, and the fence while it is up. By name, which is the digest of the content, so that a
 * resume needs to know nothing from before. Begin with `attached` empty and the first page.
 */
export function readAttached<Step extends string>(options: {
  label: string;
  step: Step;
  desk: Desk<Step>;
  /** The fence is up and must be listed too. */
  fenced: boolean;
  confirmed: { next: string; assign?: Assign };
}): States {
  const { step, desk, fenced } = options;
  const read = `Read the attached ${options.label}`;
  const complete = `Is everything attached (${options.label})?`;
  const missing = fenced ? `[$append(${POLICIES}, ${FENCE})]` : `[${POLICIES}]`;
  const lag = `Wait for the list (${options.label})`;
  return {
    [read]: sdk('organizations:listPoliciesForTarget', {
      arguments: pageOf("{'TargetId': $accountId, 'Filter': 'SERVICE_CONTROL_POLICY', 'MaxResults': 20}", {
        variable: 'page',
      }),
      retry: whilePassing('organizations'),
      catch: [desk.elseStop(step)],
      assign: {
        attached: expr(
          '[$append($attached, $append($states.result.Policies.Name, $states.result.Policies.Id))]',
        ),
        ...turnPage('page'),
      },
      next: complete,
    }),
    [complete]: choice({
      rules: [
        when(morePages('page'), read),
        when(`$count(${missing}) = 0`, options.confirmed.next, options.confirmed.assign),
        when(`$looks < ${READ_BACKS}`, lag, {
          looks: expr('$looks + 1'),
          attached: [],
          ...firstPage('page'),
        }),
      ],
      assign: desk.failed(
        step,
        'GuardrailNotConfirmed',
        `'Not attached to ' & $accountId & ': ' & $join(${missing}, ', ') & '.'`,
      ),
      otherwise: desk.stopping,
    }),
    [lag]: wait(5, { next: read }),
  };
}
