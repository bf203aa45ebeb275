import { readFileSync } from 'node:fs';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Orm, rowsOf, sqlState } from '../../db/client.ts';
import { exceptions } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { evaluation } from '../../test/support/messages.ts';
import { openService } from '../../test/support/service.ts';
import { planOf, vendedAccount } from '../../test/support/vended.ts';

/** Names that stay: whoever changes one breaks queries of people that nobody here knows. */
const VIEWS: Record<string, string> = {
  account_identities: 'account_id name email organizational_unit_id team valid_from valid_to known_at',
  account_history: 'account_id status organizational_unit_id team valid_from valid_to known_at end_known_at',
  accounts:
    'account_id name email team organizational_unit_id status origin request_id plan_request_id blueprint created_at guardrails violations compliance blueprint_version',
  approvals:
    'request_id person decision decided_by decided_at via stage on_behalf_of comment plan_digest outcome',
  compliance:
    'key account_id region rule control resource_type resource_id status annotation evaluated_at fact_id excepted',
  compliance_history:
    'account_id key region rule control resource_type resource_id status valid_from valid_to known_at fact_id',
  exceptions:
    'request_id account_id control resource owner reason requested_by approved_by requested_at granted_at expires_at ended_at ended_by end_reason state',
  facts: 'lane seq id type source request_id account_id actor occurred_at recorded_at data hash',
  guardrail_history: 'account_id control kind valid_from valid_to known_at end_known_at',
  guardrails: 'account_id control kind carrier',
  requests:
    'request_id kind team requested_by status ended account_id account_name organizational_unit_id reason failure plan_digest created_at updated_at',
  tallies_by_day: 'team measure key day change total',
};

const DOC = readFileSync(new URL('../../docs/ledger-sql.md', import.meta.url), 'utf8');
const QUERIES = [...DOC.matchAll(/\n([^\n]+\?)\n```sql\n([\s\S]+?)```/g)].map(
  ([, question = '', query = '']) => ({
    question,
    query,
  }),
);

describe.each(databases)('the ledger by SQL on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let orm: Orm;
  let tokens: string[];
  beforeAll(async () => {
    opened = await open();
    orm = opened.database.orm;
    const service = openService(opened.database);
    await service.setSnapshot();
    const { accountId, requestId } = await vendedAccount(service);
    const { guardrails } = await planOf(service, requestId);
    const { control, ruleName: rule } = guardrails.detective[0]!;
    const found = { accountId, rule, status: 'NON_COMPLIANT' as const };
    await service.receive(
      evaluation({ ...found, resourceId: 'vol-1', at: '2026-03-04T09:00:00.000Z' }),
      evaluation({ ...found, resourceId: 'vol-2', at: '2026-03-04T09:30:00.000Z' }),
    );
    await service.orm.insert(exceptions).values({
      requestId: 'req-exception',
      accountId,
      control,
      owner: 'ana@example.com',
      reason: 'for a while',
      requestedBy: 'ana@example.com',
      expiresAt: new Date('2099-01-01T00:00:00Z'),
      state: 'ACTIVE',
      requestedAt: new Date(),
    });
    tokens = (await rowsOf<{ secret: string }>(orm, sql`select token_cipher as secret from asks`)).map(
      (row) => row.secret,
    );
  }, 120_000);
  afterAll(() => opened.close());

  const asReaderOfSql = <T>(work: (reader: Orm) => Promise<T>): Promise<T> =>
    orm.transaction(async (tx) => {
      const reader = tx as unknown as Orm;
      await reader.execute(sql`set local role none`);
      await reader.execute(sql`set local role jetway_ledger_reader`);
      return work(reader);
    });

  it('has the views and columns that were promised, and no other', async () => {
    const rows = await rowsOf<{ view: string; columns: string }>(
      orm,
      sql`select c.relname as view, string_agg(a.attname, ' ' order by a.attnum) as columns
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        where c.relnamespace = 'ledger'::regnamespace group by 1 order by 1`,
    );
    expect(Object.fromEntries(rows.map(({ view, columns }) => [view, columns]))).toEqual(VIEWS);
    for (const view of Object.keys(VIEWS)) expect(DOC).toContain(`\`${view}\``);
  });

  it('shows no token, no key, no signature', async () => {
    expect(tokens.length).toBeGreaterThan(0);
    expect(Object.values(VIEWS).join(' ')).not.toMatch(/token|cipher|secret|signature|nonce|idempotency/);
    for (const view of Object.keys(VIEWS)) {
      const rows = await asReaderOfSql((reader) =>
        rowsOf<{ row: string }>(reader, sql`select to_jsonb(v)::text as row from ledger.${sql.raw(view)} v`),
      );
      expect(rows.length, view).toBeGreaterThan(0);
      for (const secret of tokens) expect(rows.some(({ row }) => row.includes(secret))).toBe(false);
    }
  });

  it('has ten queries in its document', () => expect(QUERIES).toHaveLength(10));

  it.each(QUERIES)('answers: $question', async ({ query }) => {
    const rows = await asReaderOfSql((reader) => rowsOf(reader, sql.raw(query)));
    expect(rows.length).toBeGreaterThan(0);
  });

  it('lets its role read the views and nothing else', async () => {
    const refusal = (statement: string) =>
      asReaderOfSql((reader) => reader.execute(sql.raw(statement))).then(
        () => undefined,
        (error: unknown) => sqlState(error),
      );
    const tables = await rowsOf<{ name: string }>(
      orm,
      sql`select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`,
    );
    expect(tables.length).toBeGreaterThan(40);
    for (const { name } of tables) expect(await refusal(`select from public.${name}`), name).toBe('42501');
    for (const statement of [
      `delete from ledger.facts`,
      // A view of one table could be written through.
      `update ledger.guardrails set carrier = 'x'`,
      `insert into ledger.guardrails values ('1', 'c', 'k', null)`,
      `select ledger_add_era('2030-01')`,
    ])
      expect(await refusal(statement), statement).toBe('42501');
    const [row] = await rowsOf<{ login: boolean }>(
      orm,
      sql`select rolcanlogin as login from pg_roles where rolname = 'jetway_ledger_reader'`,
    );
    expect(row).toEqual({ login: false });
  });

  it('says from when to when an evaluation was true', async () => {
    const history = await asReaderOfSql((reader) =>
      rowsOf<{ ends: boolean; resource_id: string }>(
        reader,
        sql`select resource_id, valid_to is null as ends from ledger.compliance_history order by resource_id`,
      ),
    );
    expect(history).toEqual([
      { resource_id: 'vol-1', ends: true },
      { resource_id: 'vol-2', ends: true },
    ]);
  });
});
