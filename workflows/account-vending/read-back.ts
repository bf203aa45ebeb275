import { choice, when } from '../asl/choice.ts';
import type { Assign, States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { wait } from '../asl/wait.ts';
import { elseQuarantine, failed, QUARANTINE } from './failures.ts';
import { READ_BACKS } from './fence.ts';
import type { VendStep } from './input.schema.ts';

const MISSING = '$plan.guardrails.preventive[$not(policyName in $attached)]';

/**
 * Every planned policy is on the account, and the fence too. By name, which is the digest of the content, so that a
 * resume needs to know nothing from before. Begin with `attached` empty and the first page.
 */
export function readAttached(options: {
  label: string;
  step: VendStep;
  confirmed: { next: string; assign?: Assign };
}): States {
  const read = `Read the attached ${options.label}`;
  const complete = `Is everything attached (${options.label})?`;
  const lag = `Wait for the list (${options.label})`;
  return {
    [read]: sdk('organizations:listPoliciesForTarget', {
      arguments: pageOf("{'TargetId': $accountId, 'Filter': 'SERVICE_CONTROL_POLICY', 'MaxResults': 20}", {
        variable: 'page',
      }),
      retry: whilePassing('organizations'),
      catch: [elseQuarantine(options.step)],
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
        when(
          `$count(${MISSING}) = 0 and $plan.fence.quarantinePolicyId in $attached`,
          options.confirmed.next,
          options.confirmed.assign,
        ),
        when(`$looks < ${READ_BACKS}`, lag, {
          looks: expr('$looks + 1'),
          attached: [],
          ...firstPage('page'),
        }),
      ],
      assign: failed(
        options.step,
        'GuardrailNotConfirmed',
        `'Not attached to ' & $accountId & ': ' & $join($append(${MISSING}.policyName,
          $plan.fence.quarantinePolicyId in $attached ? [] : ['the fence']), ', ') & '.'`,
      ),
      otherwise: QUARANTINE,
    }),
    [lag]: wait(5, { next: read }),
  };
}
