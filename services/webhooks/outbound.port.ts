/** How one call of a foreign server went. Nothing that it said is in here, so nothing of it can be shown to anybody. */
export type Outcome =
  | { kind: 'answered'; status: number }
  /** No complete answer. `reason` is one of our own words, never the server's or the resolver's. */
  | { kind: 'failed'; reason: string };

/** The only way out to servers that a settings change names. Never throws. */
export interface Outbound {
  /** @param headers beside content-type and user-agent */
  post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Outcome>;
}

export const succeeded = (outcome: Outcome): boolean =>
  outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300;

/** For the delivery log. */
export function reasonOf(outcome: Outcome): string | null {
  if (outcome.kind === 'failed') return outcome.reason;
  if (succeeded(outcome)) return null;
  return outcome.status >= 300 && outcome.status < 400
    ? `answered ${outcome.status}; redirects are not followed`
    : `answered ${outcome.status}`;
}
