import { canonicalJson, sha256 } from '../kernel/canonical-json.ts';
import type { NewFact } from '../ledger/fact.ts';
import { DEPARTED, type Known, keyOf, type Observation, ORGANIZATION } from './observation.ts';
import { type AccountSeen, accountJoined, factAbout } from './observed-facts.ts';

/** What one reading saw of its scope, whole. */
export type Reading = {
  seen: readonly Observation[];
  /** Start of the reading in milliseconds, by AWS's clock: what is known to be newer is not touched by it. */
  version: number;
  /** When accounts joined the organization, as AWS says it. */
  joinedAt?: ReadonlyMap<string, string>;
};

export type Differences = {
  facts: NewFact[];
  /** Known things that it did not find and that one more reading has to miss before they are gone. */
  missed: Known[];
  /** Things that were missed and are there again. */
  found: Known[];
};

/**
 * Lists of the whole organization are read page by page, and whatever moves meanwhile may be on none of them. What is gone
 * has to be missed by two readings in a row.
 */
const GONE_WHEN_MISSED_TWICE: readonly Observation['kind'][] = ['account-state', 'product'];
/** What is remembered of an account that has left. */
const REMEMBERED: readonly Observation['kind'][] = ['account-unit', 'account-identity', 'account-origin'];

/**
 * Everything in which a reading differs from what is known, as facts. A fact's meaning is what it says and which state it
 * ends, so that the same difference is one fact however many readings find it.
 */
export function differences(known: readonly Known[], { seen, version, joinedAt }: Reading): Differences {
  const before = new Map(known.map((one) => [keyOf(one), one]));
  const now = new Map(seen.map((one) => [keyOf(one), one]));
  const joined = joinedAccounts(before, now, version);
  const facts: NewFact[] = [...joined].map(([accountId, account]) => {
    const state = before.get(keyOf({ kind: 'account-state', key: accountId }));
    const since = state === undefined ? (joinedAt?.get(accountId) ?? null) : null;
    return newFact(accountJoined(accountId, account, since), {
      meaning: `account-joined:${accountId}:${state?.version ?? 0}`,
      version,
      occurredAt: since,
    });
  });
  const found: Known[] = [];
  for (const [key, one] of now) {
    const was = before.get(key);
    if (was !== undefined && was.version >= version) continue;
    if (was?.missedAt != null) found.push(was);
    if (one.kind.startsWith('account-') && joined.has(one.key)) continue;
    if (was === undefined || !isSame(was.value, one.value)) facts.push(differenceOf(one, was, version));
  }
  const missed: Known[] = [];
  for (const [key, was] of before) {
    if (now.has(key) || was.value === null || was.version >= version) continue;
    if (REMEMBERED.includes(was.kind) || isDeparted(was)) continue;
    const wasMissed = was.missedAt !== null && was.missedAt < version;
    if (GONE_WHEN_MISSED_TWICE.includes(was.kind) && !wasMissed) missed.push(was);
    else facts.push(differenceOf({ ...was, value: null }, was, version));
  }
  return { facts, missed, found };
}

/** Accounts that are in the organization now and were not before, as far as is known. */
function joinedAccounts(
  before: ReadonlyMap<string, Known>,
  now: ReadonlyMap<string, Observation>,
  version: number,
): Map<string, AccountSeen> {
  const joined = new Map<string, AccountSeen>();
  for (const { kind, key, value } of now.values()) {
    if (kind !== 'account-state' || value === null) continue;
    const was = before.get(keyOf({ kind, key }));
    if (was !== undefined && (!isDeparted(was) || was.version >= version)) continue;
    const part = (of: Observation['kind']) => now.get(keyOf({ kind: of, key }))?.value;
    joined.set(key, { ...part('account-identity'), ...part('account-unit'), ...value } as AccountSeen);
  }
  return joined;
}

const isDeparted = ({ kind, value }: Observation): boolean =>
  kind === 'account-state' && value?.state === DEPARTED;

const isSame = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);

/** A difference between what was known and what is there. */
export function differenceOf(one: Observation, was: Known | undefined, version: number): NewFact {
  const after = sha256(canonicalJson(one.value)).slice('sha256:'.length, 'sha256:'.length + 16);
  const where = one.scope === ORGANIZATION ? '' : `${one.scope}:`;
  return newFact(factAbout(one, was?.value ?? null), {
    meaning: `observed:${where}${one.kind}:${one.key}:${was?.version ?? 0}:${after}`,
    version,
  });
}

const newFact = (
  said: Pick<NewFact, 'type' | 'source' | 'accountId' | 'data'>,
  { meaning, version, occurredAt }: { meaning: string; version: number; occurredAt?: string | null },
): NewFact => ({
  ...said,
  id: meaning,
  meaning,
  version,
  occurredAt: new Date(occurredAt ?? version).toISOString(),
});
