import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Orm, rowsOf, transact } from '../../db/client.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { attachGuardrails } from '../../test/support/guardrails.ts';
import { factLine, laneOf, type NewFact } from './fact.ts';
import { ingest } from './ingest.pg.ts';
import { lockLanes } from './ledger.pg.ts';
import { verifyLedger } from './verify.pg.ts';

const ACCOUNTS = ['444455556666', '444455556667', '444455556668'];
/** r3 belongs to no guardrail. */
const RULES = ['r1', 'r2', 'r3'];
const STATUSES = ['COMPLIANT', 'NON_COMPLIANT', 'NON_COMPLIANT', 'NOT_APPLICABLE'];
const BEGAN = Date.parse('2026-03-04T10:00:00.000Z');
const NOW = new Date('2026-03-10T00:00:00.000Z');

/** Out of order, some of one instant, each finding several times. */
const told: readonly NewFact[] = Array.from({ length: 160 }, (_, i): NewFact => {
  const accountId = ACCOUNTS[i % 3]!;
  const rule = RULES[(i * 7) % 3]!;
  const status = STATUSES[(i * 5) % 4]!;
  const before = i % 6 === 0 ? null : STATUSES[(i * 3) % 4]!;
  const version = BEGAN + ((i * 37) % 60) * 60_000;
  return {
    id: `aws:${accountId}:${i}`,
    meaning: `compliance:${accountId}:${rule}:${i % 5}:${version}:${status}:größer`,
    type: 'ComplianceChanged',
    source: 'aws.config',
    accountId,
    version,
    occurredAt: new Date(version).toISOString(),
    data: {
      ...(i % 4 === 0 ? {} : { annotation: `Größer als ${i}.` }),
      ...{ before, region: 'eu-central-1', resourceId: `b-${i % 5}`, resourceType: 'AWS::S3::Bucket' },
      ...{ rule, status },
    },
  };
});

/** Everything that is kept and folded, but for what counts upwards in the tables of what leaves. */
const TABLES: Record<string, string> = {
  facts: '*',
  fact_meanings: '*',
  ledger_lanes: '*',
  compliance: '*',
  compliance_history: '*',
  posture_steps: '*',
  posture_flips: '*',
  account_posture: '*',
  tallies: '*',
  alert_lines: 'account_id, rule, control, turned, resources, first_at',
  outbox: 'kind, key, payload, next_at',
  webhook_deliveries: 'endpoint, event_type, fact_seq',
};

type Way = (orm: Orm, lane: number, facts: readonly NewFact[], at: Date) => Promise<NewFact[]>;

/** As everything else that AWS says. */
const asJson: Way = async (orm, lane, facts, at) => {
  const lines = facts.map((fact) => factLine(fact, at.toISOString())).join('\n');
  const [row] = await rowsOf<{ lines: string }>(
    orm,
    sql`select coalesce(array_to_json(lines)::text, '[]') as lines
      from ledger_ingest(${lane}::smallint, ${lines}, ${at.toISOString()}::timestamptz)`,
  );
  return (JSON.parse(row!.lines) as number[]).map((line) => facts[line - 1]!);
};

describe.each(databases)('what Config tells in plain words on $name', ({ open }) => {
  const opened: OpenedDatabase[] = [];
  const fresh = async () => {
    const one = await open();
    opened.push(one);
    const { orm } = one.database;
    await orm.execute(sql`select ledger_add_era('2026-03')`);
    await orm.execute(sql`insert into webhook_endpoints (name, events) values ('w', '{}')`);
    await transact(orm, async (tx) => {
      await lockLanes(tx);
      const attached = ACCOUNTS.flatMap((accountId) =>
        ['r1', 'r2'].map((rule) => ({
          ...{ accountId, control: `C-${rule}`, kind: 'detective' as const, carrier: rule },
        })),
      );
      await attachGuardrails(tx, attached, BEGAN, NOW);
    });
    return orm;
  };
  let plain: Orm;
  let json: Orm;
  beforeAll(async () => {
    [plain, json] = [await fresh(), await fresh()];
  }, 120_000);
  afterAll(async () => {
    for (const one of opened) await one.close();
  });

  /** In batches, half of them told twice. */
  async function tellAll(orm: Orm, way: Way): Promise<NewFact[]> {
    const kept: NewFact[] = [];
    for (let i = 0; i < told.length; i += 20) {
      const batch = [...told.slice(i, i + 20), ...told.slice(Math.max(0, i - 10), i + 10)];
      for (const lane of [1, 2, 3, 4]) {
        const own = batch.filter((fact) => laneOf(fact) === lane);
        if (own.length > 0) kept.push(...(await way(orm, lane, own, new Date(NOW.getTime() + i))));
      }
    }
    return kept;
  }

  const rowsIn = async (orm: Orm) =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(TABLES).map(async ([table, columns]) => [
          table,
          (
            await rowsOf<{ line: string }>(
              orm,
              sql`select x::text as line from (select ${sql.raw(columns)} from ${sql.raw(table)}) x order by 1`,
            )
          ).map(({ line }) => line),
        ]),
      ),
    ) as Record<string, string[]>;

  it('is kept and folded as if it had come as any other JSON', async () => {
    const kept = await tellAll(plain, ingest);
    expect(kept).toEqual(await tellAll(json, asJson));
    const rows = await rowsIn(plain);
    expect(rows).toEqual(await rowsIn(json));
    expect(rows.facts!.length).toBe(new Set(told.map((fact) => fact.meaning)).size);
    for (const table of ['alert_lines', 'outbox', 'webhook_deliveries', 'tallies', 'posture_flips'])
      expect(rows[table]!.length).toBeGreaterThan(0);
    expect(await verifyLedger(plain)).toMatchObject({ ok: true });
  });

  it('is known however it comes again', async () => {
    const before = await rowsIn(plain);
    const [fact] = told as [NewFact];
    const lane = laneOf(fact);
    expect(await asJson(plain, lane, [fact], NOW)).toEqual([]);
    expect(await ingest(json, lane, [fact], NOW)).toEqual([]);
    expect(await rowsIn(plain)).toEqual(before);
  });

  it('is taken together with what is told otherwise, or not at all', async () => {
    const lane = laneOf(told[0]!);
    const next = (n: number, changes: Partial<NewFact> = {}): NewFact => ({
      ...{ ...told[0]!, id: `aws:next:${n}`, meaning: `next:${n}`, version: BEGAN + 9_000_000 + n },
      ...changes,
    });
    const both = [next(1), next(2, { data: { ...told[0]!.data, annotation: 'a "word"' } }), next(3)];
    const kept = await ingest(plain, lane, both, NOW);
    expect(kept.map((fact) => fact.id).sort()).toEqual(both.map((fact) => fact.id));
    const before = await rowsIn(plain);
    const bad = [next(4), next(5, { data: { ...told[0]!.data, annotation: 'a\u0000' } })];
    await expect(ingest(plain, lane, bad, NOW)).rejects.toThrow();
    expect(await rowsIn(plain)).toEqual(before);
  });
});
