import type { PolicyDecision } from '../../../services/guardrails/evaluate.ts';
import { sessionArn } from '../services/sts.ts';
import type { Caller } from '../world.ts';
import type { Act } from './service-control.ts';

/**
 * AWS's sentence for a call that a service control policy stops. What could not be decided is a denial too: a policy
 * that we cannot read must not let a vend pass here and fail on AWS. Undefined when the call is allowed.
 */
export function denialMessage(caller: Caller, act: Act, decision: PolicyDecision): string | undefined {
  if (decision.decision === 'allowed') return undefined;
  const who = `User: ${sessionArn(caller)} is not authorized to perform: ${act.action}`;
  const what = act.resource === undefined ? who : `${who} on resource: ${act.resource}`;
  if (decision.decision === 'unknown')
    return `${what}: the policies cannot be decided: ${decision.why ?? ''}`;
  const why =
    decision.by.length > 0
      ? 'with an explicit deny in a service control policy'
      : 'because no service control policy allows the action';
  return `${what} ${why}`;
}
