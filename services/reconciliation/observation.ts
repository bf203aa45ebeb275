/**
 * One thing that AWS has, as the reconciler sees it. `scope` is who is read whole at once: the organization, or one account.
 * A value of null: it was there and is gone.
 */
export type Observation = {
  [K in ObservationKind]: { scope: string; kind: K; key: string; value: ObservedValues[K] | null };
}[ObservationKind];

/** What is known of each kind of thing. Keys: an account's id; the ids of target and thing, with `/` between. */
export type ObservedValues = {
  'account-unit': { organizationalUnitId: string };
  'account-identity': { name: string; email: string };
  /** Organizations' own state, or DEPARTED: it is in the organization no more. */
  'account-state': { state: string };
  'account-origin': { origin: Origin };
  product: { name: string; status: string; accountId: string | null };
  attachment: { policyName: string };
  control: { status: string };
  stack: { status: string };
  instance: { status: string };
};

export type ObservationKind = keyof ObservedValues;

/** Where an account comes from; see docs/reconciler.md. */
export type Origin = 'VENDED' | 'ADOPTED' | 'ORPHAN' | 'FOREIGN';

export const ORGANIZATION = 'organization';
export const DEPARTED = 'DEPARTED';

/** What was known before: which value, since when (milliseconds), and by which fact. */
export type Known = Observation & {
  version: number;
  factId: string;
  /** Start of a reading that did not find it; null while it is found. */
  missedAt: number | null;
};

export const keyOf = ({ kind, key }: Pick<Observation, 'kind' | 'key'>): string => `${kind}\u0000${key}`;
