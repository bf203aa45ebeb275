type Counted = {
  accounts: { total: number; byStatus: Readonly<Record<string, number>> };
  guardrails: { enabled: number };
  compliance: { compliant: number; nonCompliant: number; excepted: number; unknown: number };
};

/** What a page of many requests shows, as a short text: two that are the same need not be drawn twice. */
export function newsMark({ mark }: { mark: string }, counted?: Counted): string {
  const short = mark.slice(0, 16);
  if (!counted) return short;
  const { accounts, guardrails, compliance } = counted;
  return [
    short,
    accounts.total,
    accounts.byStatus.ACTIVE ?? 0,
    guardrails.enabled,
    ...[compliance.compliant, compliance.nonCompliant, compliance.excepted, compliance.unknown],
  ].join('-');
}
