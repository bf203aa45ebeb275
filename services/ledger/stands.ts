import { OWN_RULE } from '../drift/findings.ts';

/** How an account stands; `excepted`: it has violations, and each of them stands by an approved exception. */
export type AccountState = 'compliant' | 'nonCompliant' | 'excepted' | 'unknown';

type Stood = { kind: string };
type Found = { rule: string; control: string | null; status: string; excepted: boolean };

/** What `posture_state` and `excepted_accounts` say in SQL, of one account whose guardrails and findings are at hand. */
export function accountState(
  guardrails: readonly Stood[],
  findings: readonly Found[],
): { state: AccountState | null; open: number; excepted: number } {
  const counted = findings.filter(({ control, rule }) => control !== null || rule.startsWith(OWN_RULE));
  const open = counted.filter(({ status }) => status === 'NON_COMPLIANT');
  const excepted = open.filter((one) => one.excepted).length;
  return { state: stateOf(guardrails, counted, open.length, excepted), open: open.length, excepted };
}

function stateOf(
  guardrails: readonly Stood[],
  counted: readonly Found[],
  open: number,
  excepted: number,
): AccountState | null {
  if (guardrails.length === 0) return null;
  if (open > 0) return excepted === open ? 'excepted' : 'nonCompliant';
  const passed = counted.some(
    ({ rule, status }) =>
      !rule.startsWith(OWN_RULE) && (status === 'COMPLIANT' || status === 'NOT_APPLICABLE'),
  );
  return passed || !guardrails.some(({ kind }) => kind === 'detective') ? 'compliant' : 'unknown';
}
