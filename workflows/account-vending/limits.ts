import type { Expression } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';

/** Quotas of Organizations, by what their names say: AWS changes the codes, not the names. */
export const QUOTAS = {
  accounts: '/maximum number of accounts/i',
  policiesPerAccount: '/service control policies.*(attached|account)/i',
  policySize: '/service control policy.*(size|characters)/i',
} as const;

/** The live value; no limit when AWS does not publish it here. */
export const quota = (name: string): Expression =>
  expr(`($q := $states.result.Quotas[$contains(QuotaName, ${name})]; $exists($q) ? $q[0].Value : 1000000)`);
