import type { ChosenControl } from './choose.ts';
import { type ChainLevel, FULL_AWS_ACCESS } from './evaluate.ts';
import { statementsFor } from './statements.ts';

/**
 * A set of guardrails as one level of a chain, for the what-if: every control is a policy that bears its id, so that
 * an answer names controls without any packing. Resource control policies are asked like service control policies,
 * which is right for callers of the same organization; detective, proactive and declarative controls deny no call.
 */
export function guardrailLevel(choices: readonly ChosenControl[], targetId: string): ChainLevel {
  const policies = choices
    .map((choice) => ({ id: choice.control.id, statements: statementsFor(choice) }))
    .filter(({ statements }) => statements.length > 0)
    .map(({ id, statements }) => ({
      id,
      name: id,
      content: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
    }));
  const full = { id: 'p-FullAWSAccess', name: 'FullAWSAccess', content: FULL_AWS_ACCESS };
  return { targetId, policies: [full, ...policies] };
}
