import type { RequestKind } from '../requests/kinds.ts';
import type { Fact } from './fact.ts';
import { type GuardrailRow, guardrailRows } from './guardrail-view.ts';
import { foldRequest } from './request-view.ts';

/** Times in milliseconds; `toAt` is null while it lasts. */
export type AccountSpan = {
  accountId: string;
  fromAt: number;
  toAt: number | null;
  status: string;
  organizationalUnitId: string | null;
  team: string | null;
};
export type GuardrailSpan = {
  accountId: string;
  control: string;
  kind: GuardrailRow['kind'];
  fromAt: number;
  toAt: number | null;
};

/** What an account was from when on, from the set of its vend's facts: the state of the request after each instant. */
export function statusSpans(
  facts: readonly Fact[],
  kind: RequestKind,
  of: Pick<AccountSpan, 'accountId' | 'organizationalUnitId' | 'team'>,
): AccountSpan[] {
  // Before the first that names it there is no account.
  const named = facts.flatMap((f) => (f.accountId === undefined ? [] : [f.occurredAt])).sort()[0];
  if (named === undefined) return [];
  const instants = [...new Set(facts.map((f) => f.occurredAt).filter((at) => at >= named))].sort();
  const spans: AccountSpan[] = [];
  for (const instant of instants) {
    const state = foldRequest(
      facts.filter((f) => f.occurredAt <= instant),
      kind,
    );
    const open = spans.at(-1);
    if (state.accountId === undefined || state.status === open?.status) continue;
    const fromAt = Date.parse(instant);
    if (open) open.toAt = fromAt;
    spans.push({ ...of, fromAt, toAt: null, status: state.status });
  }
  return spans;
}

/**
 * Which guardrail an account had from when to when.
 * @param requests facts of each request of the account that was carried out, in the order in which they were asked for
 */
export function guardrailSpans(requests: readonly (readonly Fact[])[]): GuardrailSpan[] {
  const spans: GuardrailSpan[] = [];
  let open = new Map<string, GuardrailSpan>();
  for (const facts of requests) {
    const rows = guardrailRows(facts);
    if (rows.length === 0) continue;
    const at = Math.max(
      ...facts.filter((f) => f.type === 'GuardrailsAttached').map((f) => Date.parse(f.occurredAt)),
    );
    const next = new Map<string, GuardrailSpan>();
    for (const row of rows) {
      const before = open.get(row.control);
      if (before?.kind === row.kind) next.set(row.control, before);
      else {
        const span = {
          accountId: row.account_id,
          control: row.control,
          kind: row.kind,
          fromAt: at,
          toAt: null,
        };
        spans.push(span);
        next.set(row.control, span);
      }
    }
    for (const [control, span] of open) if (next.get(control) !== span) span.toAt = at;
    open = next;
  }
  // One that was replaced in the instant in which it began never was.
  return spans.filter((span) => span.toAt === null || span.toAt > span.fromAt);
}
