import { CHARACTERS, LEAST, POLICIES_PER_TARGET } from '../../services/guardrails/slots.ts';
import type { Expression } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';

/**
 * Quotas of Organizations, by what their names say: AWS changes the codes, not the names. They can be read where home is
 * us-east-1, and nowhere else. Where a quota cannot be read, planning and workflow take the same: the least that policies ever
 * had, and of accounts what the settings said to planning. Where those say nothing AWS has the last word; the plan warns of it.
 */
export const QUOTAS = {
  accounts: {
    name: '/maximum number of accounts/i',
    otherwise:
      "($said := $plan.quotas[$contains(name, /maximum number of accounts/i)].limit; $type($said) = 'number' ? $said : 1000000)",
  },
  policiesPerAccount: { name: String(POLICIES_PER_TARGET), otherwise: LEAST.policies },
  policySize: { name: String(CHARACTERS), otherwise: LEAST.characters },
} as const;

type Quota = { name: string; otherwise: number | string };

/** The live value. */
export const quota = ({ name, otherwise }: Quota): Expression =>
  expr(
    `($q := $states.result.Quotas[$contains(QuotaName, ${name})]; $exists($q) ? $q[0].Value : ${otherwise})`,
  );

/** What counts where this Region does not tell quotas of Organizations. */
export const untold = ({ otherwise }: Quota): Expression | number =>
  typeof otherwise === 'number' ? otherwise : expr(otherwise);

/** What Service Quotas says of Organizations in every Region but us-east-1. */
export const NOT_TOLD_HERE = ['ServiceQuotas.NoSuchResourceException'];
