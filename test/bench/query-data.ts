import pg from 'pg';
import { laneOf } from '../../services/ledger/fact.ts';
import { type Fleet, fillComplianceRows } from './compliance-rows.ts';
import { accountIdOf } from './envelopes.ts';

/** What the questions are asked about. The name changes with what is built. */
export const QUERY_DATA = { name: 'questions_3', fleet: { accounts: 100_000, controls: 50, open: 0.01 } };

const BEGAN = Date.parse('2025-03-04T00:00:00Z');
const YEAR_MS = 365 * 86_400_000;

/** An instant within the year of the data, another for each `n`. */
export const randomInstant = (n: number): Date =>
  new Date(BEGAN + Math.floor(((n * 0.754_877_666_2) % 1) * YEAR_MS));

/** Of each account: what AWS was observed to do within the year, and what its vend said of itself. */
const OBSERVED = 50;
const VEND = [
  'AccountRequested',
  'AccountPlanned',
  'ApprovalRequested',
  'ApprovalDecided',
  'AccountQueued',
  'AccountProvisioned',
  'GuardrailsAttached',
  'AccountVended',
];

/**
 * The rows of a fleet, and the facts of its timelines: 50 observations and 8 facts of a vend for each account, over the
 * parts of twelve months, which are over and in the order of accounts, as housekeeping leaves them. Their links are not chained:
 * nobody walks them here.
 */
export async function fillQueryData(url: string, fleet: Fleet): Promise<void> {
  await fillComplianceRows(url, fleet);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `set work_mem = '256MB'; set maintenance_work_mem = '512MB'; set synchronous_commit = off`,
    );
    const { rows: months } = await client.query<{ era: string }>(
      `select to_char(month, 'YYYY-MM') as era
        from generate_series('2025-03-01'::timestamp, '2026-03-01'::timestamp, '1 month') as month`,
    );
    for (const { era } of months) await client.query('select ledger_add_era($1)', [era]);
    const { rows: indexes } = await client.query<{ name: string; make: string }>(
      `select indexname as name, indexdef as make from pg_indexes where tablename = 'facts' and indexname <> 'facts_lane_seq_era_pk'`,
    );
    for (const { name } of indexes) await client.query(`drop index ${name}`);
    for (const statement of factsOf(fleet)) await client.query(statement);
    for (const { make } of indexes) await client.query(make.replace(' ON ONLY ', ' ON '));
    // What housekeeping does in the background.
    let marked = 1;
    while (marked > 0)
      marked = (await client.query(`select ledger_mark_days(${BEGAN + YEAR_MS - 86_400_000}) as made`))
        .rows[0].made;
    for (const { era } of months) await client.query('select ledger_seal_era($1)', [era]);
    await client.query('vacuum (analyze)');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

function factsOf({ accounts, controls }: Fleet): string[] {
  const lanes = Array.from({ length: accounts }, (_, n) =>
    laneOf({ source: 'aws.config', accountId: accountIdOf(n), data: {} }),
  );
  return [
    `create unlogged table lane_of as select n - 1 as n, lane from unnest('{${lanes.join()}}'::smallint[]) with ordinality as l(lane, n)`,
    // In the order of time, as they came: the facts of one account lie far from each other.
    `create unlogged table told as
      select (100000000000 + n)::text as account_id, n, m, l.lane, at, row_number() over (order by at) + ${accounts * VEND.length} as seq
      from lane_of l cross join generate_series(0, ${OBSERVED - 1}) as m
      cross join lateral (select ${BEGAN} + (hashint8extended(n * 1000 + m, 7) & 2147483647) * ${YEAR_MS / 1_000} / 2147483648 * 1000 as at) t`,
    `insert into facts (lane, seq, era, id, meaning, type, source, account_id, version, occurred_at, recorded_at, data, hash)
      select lane, seq, to_char(to_timestamp(at / 1000.0) at time zone 'UTC', 'YYYY-MM'), 'aws:' || account_id || ':' || md5(seq::text)::uuid,
        'compliance:' || account_id || ':us-east-1:' || seq, 'ComplianceChanged', 'aws.config', account_id, at,
        to_timestamp(at / 1000.0), to_timestamp(at / 1000.0),
        jsonb_build_object('region', 'us-east-1', 'rule', 'AWSControlTower_AWS-GR_CONTROL_' || lpad((m % ${controls})::text, 3, '0'),
          'resourceType', 'AWS::S3::Bucket', 'resourceId', account_id || '-exports-' || lpad((m % ${controls})::text, 3, '0'),
          'status', 'COMPLIANT', 'before', 'NON_COMPLIANT',
          'annotation', 'The bucket ' || account_id || ' was looked at because its configuration had changed.'),
        'sha256:' || md5(seq::text) || md5(at::text)
      from told order by seq`,
    `insert into request_views (request_id, team, status, terminal, account_id, account_name, organizational_unit_id, view, created_at, updated_at)
      select 'req-' || l.n, a.team, 'ACTIVE', false, a.account_id, a.name, a.organizational_unit_id, '{}', a.created_at, a.created_at
      from lane_of l join accounts a on a.account_id = (100000000000 + l.n)::text`,
    `insert into facts (lane, seq, era, id, meaning, type, source, request_id, account_id, version, occurred_at, recorded_at, data, hash)
      select 0, row_number() over (order by a.created_at, nth), 'governance', 'req-' || l.n || ':' || nth, 'req-' || l.n || ':' || nth,
        (string_to_array('${VEND.join()}', ','))[nth], 'jetway', 'req-' || l.n, case when nth > 5 then a.account_id end, nth, a.created_at, a.created_at,
        jsonb_build_object('step', nth, 'name', a.name, 'words', repeat('what the vend has said of it ', 10)), 'sha256:' || md5(l.n::text) || md5(nth::text)
      from lane_of l join accounts a on a.account_id = (100000000000 + l.n)::text cross join generate_series(1, ${VEND.length}) as nth`,
    `update ledger_lanes l set seq = f.seq, facts = f.n from (select lane, max(seq) as seq, count(*) as n from facts group by 1) f where f.lane = l.lane`,
    `select setval('fact_seq', ${accounts * (VEND.length + OBSERVED)})`,
    'drop table told, lane_of',
  ];
}
