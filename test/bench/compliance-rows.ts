import pg from 'pg';
import { openDatabase } from '../../db/open.ts';

/** An organization of which Config has spoken for a year: one resource for each account and control. */
export type Fleet = {
  /** Their ids are those of `accountIdOf` in envelopes.ts, their rules and resources those of its envelopes. */
  accounts: number;
  /** Detective guardrails of each account. */
  controls: number;
  /** The share of findings that are open at the end; twice as many have been and are not. */
  open: number;
  /** Whether Config has spoken; without it there are only accounts and guardrails. */
  told?: boolean;
};

/** What there is of each: as much as an organization of Control Tower has. */
const ACCOUNTS_OF_A_UNIT = 500;
const ACCOUNTS_OF_A_TEAM = 100;
const END = Date.parse('2026-03-04T00:00:00Z');
const YEAR_MS = 365 * 86_400_000;

export const unitIdOf = (n: number): string => `ou-ab12-${String(n).padStart(8, '0')}`;
export const teamOf = (n: number): string => `team-${String(n).padStart(4, '0')}`;
export const controlOf = (n: number): string => `AWS-GR_CONTROL_${String(n).padStart(3, '0')}`;

/** Tables that are large: they are filled without indexes. */
const LARGE = [
  'account_guardrails',
  'guardrail_spans',
  'compliance',
  'compliance_history',
  'posture_steps',
  'posture_flips',
  'fact_meanings',
];

/**
 * Fills a database with the schema of now: accounts, their guardrails, what Config found, when it turned, and the counters
 * of all that, as if the events of a year had been folded. The same fleet is the same rows. Facts are left out; their
 * meanings are not, because what is told later is looked up among them.
 * @param url an empty database; its login is the owner
 */
export async function fillComplianceRows(url: string, fleet: Fleet): Promise<void> {
  await (await openDatabase({ url })).close();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const setting of [
      "maintenance_work_mem = '512MB'",
      "work_mem = '256MB'",
      'synchronous_commit = off',
    ])
      await client.query(`set ${setting}`);
    const indexes = await dropIndexes(client);
    for (const statement of statementsFor(fleet)) await client.query(statement);
    for (const index of indexes) await client.query(index);
    await client.query('vacuum (analyze)');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

/** @returns the statements that make them again */
async function dropIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ drop: string; make: string }>(
    `select format('alter table %I drop constraint %I', c.relname, k.conname) as drop,
        format('alter table %I add constraint %I %s', c.relname, k.conname, pg_get_constraintdef(k.oid)) as make
      from pg_constraint k join pg_class c on c.oid = k.conrelid where k.contype = 'p' and c.relname = any ($1)
      union all
      select format('drop index %I', x.relname), pg_get_indexdef(i.indexrelid)
      from pg_index i join pg_class c on c.oid = i.indrelid join pg_class x on x.oid = i.indexrelid
      where not i.indisprimary and c.relname = any ($1)`,
    [LARGE],
  );
  for (const { drop } of rows) await client.query(drop);
  return rows.map(({ make }) => make);
}

/** The SQL of a number from 0 until 1 that belongs to the finding, another for each `salt`. */
const share = (salt: number) =>
  `((hashint8extended(n * 1000 + m, ${salt}) & 2147483647) / 2147483648.0::float8)`;

const padded = (n: string, digits: number) => `lpad((${n})::text, ${digits}, '0')`;

function statementsFor({ accounts, controls, open, told = true }: Fleet): string[] {
  const began = END - YEAR_MS;
  return [
    `create unlogged table fleet as
      select n, (100000000000 + n)::text as account_id,
        'ou-ab12-' || ${padded(`n / ${ACCOUNTS_OF_A_UNIT}`, 8)} as unit,
        'team-' || ${padded(`n / ${ACCOUNTS_OF_A_TEAM}`, 4)} as team,
        -- A unit's accounts came in one wave, minute by minute.
        ${began} + (hashint8extended(n / ${ACCOUNTS_OF_A_UNIT}, 1) & 2147483647) * ${YEAR_MS / 2_000} / 2147483648 * 1000
          + n % ${ACCOUNTS_OF_A_UNIT} * 60000 as made,
        ${began} + (hashint8extended(n / ${ACCOUNTS_OF_A_UNIT}, 1) & 2147483647) * ${YEAR_MS / 2_000} / 2147483648 * 1000
          + ${ACCOUNTS_OF_A_UNIT * 60_000} as guarded
      from generate_series(0, ${accounts - 1}) as n`,
    `insert into accounts (account_id, name, email, email_canonical, organizational_unit_id, team, status, origin,
        created_at, updated_at)
      select account_id, 'workload-' || n, 'aws+' || n || '@example.com', 'aws+' || n || '@example.com', unit, team,
        'ACTIVE', 'ADOPTED', to_timestamp(made / 1000.0), to_timestamp(made / 1000.0) from fleet order by n`,
    // One of fifty was in trouble for its first hour.
    `insert into account_spans (account_id, from_at, to_at, status, organizational_unit_id, team, known_at)
      select account_id, made, made + 3600000, 'QUARANTINED', unit, team, to_timestamp(made / 1000.0) from fleet
        where n % 50 = 0
      union all
      select account_id, made + case when n % 50 = 0 then 3600000 else 0 end, null, 'ACTIVE', unit, team,
        to_timestamp(made / 1000.0) from fleet`,
    // What was found first, and of some, what was found next.
    `create unlogged table found as
      select f.*, 'aws:' || f.account_id || ':' || md5('first' || f.key)::uuid as first_id,
        case when f.second is not null then 'aws:' || f.account_id || ':' || md5('second' || f.key)::uuid end as second_id,
        f.first + 1 + (${share(3)} * (${END - 1} - f.first))::bigint as turned
      from (select a.n, m, a.account_id, a.guarded,
          'AWS-GR_CONTROL_' || ${padded('m', 3)} as control,
          'AWSControlTower_AWS-GR_CONTROL_' || ${padded('m', 3)} as rule,
          a.account_id || '-exports-' || ${padded('m', 3)} as resource_id,
          finding_key(a.account_id, 'us-east-1', 'AWSControlTower_AWS-GR_CONTROL_' || ${padded('m', 3)}, 'AWS::S3::Bucket',
            a.account_id || '-exports-' || ${padded('m', 3)}) as key,
          a.guarded + 60000 + (${share(2)} * ${YEAR_MS / 4})::bigint as first,
          case when ${share(4)} < ${open * 3} and ${share(4)} >= ${open} then 'NON_COMPLIANT' else 'COMPLIANT' end as was,
          case when ${share(4)} < ${open} then 'NON_COMPLIANT' when ${share(4)} < ${open * 3} then 'COMPLIANT' end as second
        from fleet a cross join generate_series(0, ${controls - 1}) as m order by a.n, m) f`,
    `insert into account_guardrails (account_id, control, kind, carrier, status, version)
      select account_id, control, 'detective', rule, 'ATTACHED', 1 from found`,
    `insert into guardrail_spans (account_id, control, kind, from_at, to_at, known_at)
      select account_id, control, 'detective', guarded, null, to_timestamp(guarded / 1000.0) from found`,
    `insert into compliance (key, account_id, region, rule, resource_type, resource_id, control, status, version, fact_id,
        annotation, evaluated_at)
      select key, account_id, 'us-east-1', rule, 'AWS::S3::Bucket', resource_id, control, coalesce(second, was),
        case when second is null then first else turned end, coalesce(second_id, first_id),
        'The bucket ' || resource_id || ' was looked at because its configuration had changed.',
        to_timestamp(case when second is null then first else turned end / 1000.0) from found where ${told}`,
    `insert into compliance_history (key, version, status, fact_id, recorded_at, account_id)
      select key, first, was, first_id, to_timestamp(first / 1000.0), account_id from found where ${told}
      union all
      select key, turned, second, second_id, to_timestamp(turned / 1000.0), account_id from found
        where second is not null and ${told}`,
    `insert into fact_meanings (meaning) select fingerprint(fact_id) from compliance_history`,
    `insert into posture_steps (account_id, at, control, open, passed, detective, guardrails)
      select account_id, guarded, control, 0, 0, 1, 1 from found
      union all
      select account_id, first, control, is_open(was), is_passed(was, false), 0, 0 from found where ${told}
      union all
      select account_id, turned, control, is_open(second) - is_open(was), is_passed(second, false) - is_passed(was, false),
        0, 0 from found where second is not null and ${told}`,
    `insert into posture_flips (account_id, at, state, n)
      select account_id, at, turn.state, turn.n from (
        select account_id, at, state, lag(state) over (partition by account_id order by at) as before from (
          select account_id, at, posture_state((sum(open) over upto)::bigint, (sum(passed) over upto)::bigint,
            (sum(detective) over upto)::bigint, (sum(guardrails) over upto)::bigint) as state
          from (select account_id, at, sum(open) as open, sum(passed) as passed, sum(detective) as detective,
            sum(guardrails) as guardrails from posture_steps group by 1, 2) sums
          window upto as (partition by account_id order by at)) states) turned
      cross join lateral (values (turned.state, 1), (turned.before, -1)) as turn(state, n)
      where turned.state is distinct from turned.before and turn.state is not null`,
    `insert into account_posture (account_id, team, organizational_unit_id, open, passed, detective, guardrails)
      select s.account_id, f.team, f.unit, s.open, s.passed, s.detective, s.guardrails
      from (select account_id, sum(open) as open, sum(passed) as passed, sum(detective) as detective,
        sum(guardrails) as guardrails from posture_steps group by 1) s join fleet f using (account_id) order by f.n`,
    ...[
      `select 'accounts' as measure, s.status as key, s.team, e.at, e.n from account_spans s
        cross join lateral (values (s.from_at, 1), (s.to_at, -1)) as e(at, n) where e.at is not null`,
      `select 'guardrails' as measure, s.control as key, f.team, s.from_at as at, 1 as n
        from guardrail_spans s join fleet f using (account_id)`,
      `select 'compliance' as measure, p.state as key, f.team, p.at, p.n from posture_flips p join fleet f using (account_id)`,
      `select 'violations' as measure, control as key, null as team, at, open as n from posture_steps where open <> 0`,
    ].map(talliesOf),
    'drop table found, fleet',
  ];
}

/** Counters of changes. All are in the lane of governance: a lane adds to its own. */
const talliesOf = (changes: string): string => `
  insert into tallies (scope, measure, level, start, key, lane, n)
  with hourly as materialized (
    select measure, key, team, at - at % 3600000 as hour, sum(n) as n from (${changes}) c group by 1, 2, 3, 4
  ), months as materialized (
    select hour, month_start(hour) as month from (select distinct hour from hourly) h
  )
  select s.scope, c.measure, b.level, b.start, c.key, 0, sum(c.n)
  from hourly c join months using (hour)
  cross join lateral (values ('*'), ('team:' || c.team)) as s(scope)
  cross join lateral (values (0, 0::bigint), (1, months.month), (2, c.hour - c.hour % 86400000), (3, c.hour))
    as b(level, start)
  where s.scope is not null and (c.measure <> 'violations' or b.level = 2)
  group by 1, 2, 3, 4, 5 having sum(c.n) <> 0 order by 1, 2, 3, 4, 5`;
