import { eq, sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { observations } from '../../db/schema/index.ts';
import type { Fact, NewFact } from '../ledger/fact.ts';
import { appendFacts } from '../ledger/ledger.pg.ts';
import type { Differences } from './differences.ts';
import { type Known, keyOf, type Observation } from './observation.ts';
import { observationsOf } from './observed-facts.ts';

/** Facts of one statement; a first reading of a large organization finds tens of thousands. */
const AT_ONCE = 1_000;

/** Everything that is known of a scope. */
export async function knownOf(tx: Orm, scope: string): Promise<Known[]> {
  const rows = await tx
    .select()
    .from(observations)
    .where(eq(observations.scope, scope))
    .orderBy(observations.kind, observations.key);
  return rows as Known[];
}

/**
 * Writes differences down: facts first, then what they say of AWS, then what was missed and found again.
 * @returns the facts that are new
 */
export async function writeDifferences(tx: Orm, found: Differences, now: Date): Promise<Fact[]> {
  const fresh = await appendAll(tx, found.facts, now);
  await projectObservations(tx, fresh);
  await setMissed(tx, found.found, null);
  return fresh;
}

export async function appendAll(tx: Orm, facts: readonly NewFact[], now: Date): Promise<Fact[]> {
  const fresh: Fact[] = [];
  for (let i = 0; i < facts.length; i += AT_ONCE)
    fresh.push(...(await appendFacts(tx, facts.slice(i, i + AT_ONCE), now)));
  return fresh;
}

/** Folds facts of the reconciler into the table: the newest word about a thing wins, whenever it is told. */
export async function projectObservations(tx: Orm, facts: readonly Fact[]): Promise<void> {
  const newest = new Map<string, Observation & { version: number; factId: string }>();
  for (const fact of facts) {
    for (const one of observationsOf(fact)) {
      const key = `${one.scope}\u0000${keyOf(one)}`;
      const was = newest.get(key);
      const isNewer =
        !was || was.version < fact.version || (was.version === fact.version && was.factId < fact.id);
      if (isNewer) newest.set(key, { ...one, version: fact.version, factId: fact.id });
    }
  }
  const rows = [...newest.values()];
  for (let i = 0; i < rows.length; i += AT_ONCE) await upsert(tx, rows.slice(i, i + AT_ONCE));
}

async function upsert(tx: Orm, rows: readonly (Observation & { version: number; factId: string })[]) {
  await tx.execute(sql`
    insert into observations as o (scope, kind, key, value, version, fact_id)
    select v.scope, v.kind, v.key, nullif(v.value, 'null'::jsonb), v.version, v."factId"
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as v(scope text, kind text, key text, value jsonb, version bigint, "factId" text)
    order by v.scope, v.kind, v.key
    on conflict (scope, kind, key) do update set value = excluded.value, version = excluded.version,
      fact_id = excluded.fact_id, missed_at = null
    where (o.version, o.fact_id collate "C") < (excluded.version, excluded.fact_id collate "C")`);
}

/** Remembers from when on things were not found; null: they are there. */
export async function setMissed(tx: Orm, things: readonly Known[], missedAt: number | null): Promise<void> {
  if (things.length === 0) return;
  const keys = JSON.stringify(things.map(({ scope, kind, key }) => ({ scope, kind, key })));
  await tx.execute(sql`
    update observations o set missed_at = ${missedAt}::bigint
    from jsonb_to_recordset(${keys}::jsonb) as v(scope text, kind text, key text)
    where o.scope = v.scope and o.kind = v.kind and o.key = v.key`);
}
