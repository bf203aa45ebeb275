import type { ChosenControl } from './choose.ts';
import { type AttachedPolicy, type ChainLevel, FULL_AWS_ACCESS, FULL_AWS_ACCESS_ID } from './evaluate.ts';
import { statementsFor } from './statements.ts';

/**
 * A set of guardrails as one level of a chain, for the what-if: every control is a policy that bears its id, so that
 * an answer names controls without any packing. Detective, proactive and declarative controls deny no call.
 */
export function guardrailLevel(choices: readonly ChosenControl[], targetId: string): ChainLevel {
  const policies = choices
    .map((choice) => ({ control: choice.control, statements: statementsFor(choice) }))
    .filter(({ statements }) => statements.length > 0)
    .map(
      ({ control, statements }): AttachedPolicy => ({
        id: control.id,
        name: control.id,
        control: control.id,
        content: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
        ...(control.implementation.type === 'RCP' ? { type: 'RCP' } : {}),
      }),
    );
  const full = { id: FULL_AWS_ACCESS_ID, name: 'FullAWSAccess', content: FULL_AWS_ACCESS };
  return { targetId, policies: [full, ...policies] };
}
