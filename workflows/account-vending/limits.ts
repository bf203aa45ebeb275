import { CHARACTERS, LEAST, POLICIES_PER_TARGET } from '../../services/guardrails/slots.ts';
import type { Expression } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';

/**
 * Quotas of Organizations, by what their names say: AWS changes the codes, not the names. Where a quota cannot be read,
 * planning and workflow take the same: the least that policies ever had, and no limit of accounts (AWS has the last word).
 */
export const QUOTAS = {
  accounts: { name: '/maximum number of accounts/i', otherwise: 1_000_000 },
  policiesPerAccount: { name: String(POLICIES_PER_TARGET), otherwise: LEAST.policies },
  policySize: { name: String(CHARACTERS), otherwise: LEAST.characters },
} as const;

/** The live value. */
export const quota = ({ name, otherwise }: { name: string; otherwise: number }): Expression =>
  expr(
    `($q := $states.result.Quotas[$contains(QuotaName, ${name})]; $exists($q) ? $q[0].Value : ${otherwise})`,
  );
