/** What the projections should say, by the plainest reckoning: over all evaluations, from the beginning. */
export type Evaluation = {
  accountId: string;
  rule: string;
  resourceId: string;
  status: string;
  /** Milliseconds; the greater id wins of two in the same. */
  version: number;
  id: string;
};
export type Guarded = {
  accountId: string;
  controlOf: Readonly<Record<string, string>>;
  guardrailsFrom: number;
};

export type State = 'compliant' | 'nonCompliant' | 'unknown';

/** The evaluation of each finding that holds at `at`. */
export function findingsAt(evaluations: readonly Evaluation[], at: number): Evaluation[] {
  const newest = new Map<string, Evaluation>();
  for (const one of evaluations) {
    if (one.version > at) continue;
    const key = [one.accountId, one.rule, one.resourceId].join('\n');
    const known = newest.get(key);
    if (!known || one.version > known.version || (one.version === known.version && one.id > known.id))
      newest.set(key, one);
  }
  return [...newest.values()];
}

/** Violations of guardrails by account and control, and the state of each account that has guardrails. */
export function standAt(evaluations: readonly Evaluation[], accounts: readonly Guarded[], at: number) {
  const found = findingsAt(evaluations, at);
  const violations: Record<string, number> = {};
  const states: Record<State, number> = { compliant: 0, nonCompliant: 0, unknown: 0 };
  for (const { accountId, controlOf, guardrailsFrom } of accounts) {
    const own = found.filter((f) => f.accountId === accountId && controlOf[f.rule] !== undefined);
    for (const f of own.filter((f) => f.status === 'NON_COMPLIANT')) {
      const control = controlOf[f.rule]!;
      violations[control] = (violations[control] ?? 0) + 1;
    }
    if (guardrailsFrom > at) continue;
    const passed = own.some((f) => f.status === 'COMPLIANT' || f.status === 'NOT_APPLICABLE');
    const state = own.some((f) => f.status === 'NON_COMPLIANT')
      ? 'nonCompliant'
      : passed
        ? 'compliant'
        : 'unknown';
    states[state] += 1;
  }
  return { violations, states };
}
