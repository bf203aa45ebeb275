import { sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { MIRROR_COVERAGE } from '../mirroring/findings.ts';

// Findings, postures and counters of all facts at once, into the tables `rebuilt_…` of a rebuild's transaction.

/** The newest word about each finding at each instant, and of all instants; in any order, which is why it is one statement. */
export async function reckonFindings(tx: Orm, told: readonly string[]): Promise<void> {
  const left = sql`array(select jsonb_array_elements_text(${JSON.stringify(told)}::jsonb))`;
  await tx.execute(sql`
    create temp table heard on commit drop as
    select finding_key(f.account_id, d.region, d.rule, d."resourceType", d."resourceId") as key, f.account_id, f.version,
      f.id collate "C" as fact_id, f.occurred_at, f.recorded_at, d.region, d.rule, d."resourceType" as resource_type,
      d."resourceId" as resource_id, d.status, d.annotation, d.control, f.source = 'jetway' as own
    from facts f cross join lateral jsonb_to_record(f.data) as d(region text, rule text, "resourceType" text,
      "resourceId" text, status text, annotation text, control text)
    where f.type = 'ComplianceChanged' and f.account_id is not null and f.account_id <> all (${left})
      and starts_with(d.rule, 'jetway:') = (f.source = 'jetway')`);
  await tx.execute(sql`
    insert into rebuilt_compliance_history (key, version, status, fact_id, recorded_at, account_id)
    select distinct on (key, version) key, version, status, fact_id, recorded_at, account_id from heard
    order by key, version, fact_id desc`);
  await tx.execute(sql`
    insert into rebuilt_compliance (key, account_id, region, rule, resource_type, resource_id, control, status, version,
      fact_id, annotation, evaluated_at)
    select n.key, n.account_id, n.region, n.rule, n.resource_type, n.resource_id,
      case when n.own then n.control else g.control end, n.status, n.version, n.fact_id,
      n.annotation, n.occurred_at
    from (select distinct on (key) * from heard where not own or rule = ${MIRROR_COVERAGE} order by key, version desc, fact_id desc) n
    left join (select account_id, carrier, min(control) as control from rebuilt_account_guardrails group by 1, 2) g
      on g.account_id = n.account_id and g.carrier = n.rule`);
  await tx.execute(sql.raw('analyze rebuilt_compliance'));
  await tx.execute(sql.raw('analyze rebuilt_compliance_history'));
}

/** What the sums of each account did when, and in which states that put it. */
export async function reckonPostures(tx: Orm): Promise<void> {
  await tx.execute(sql`
    insert into rebuilt_posture_steps (account_id, at, control, open, passed, detective, guardrails)
    select account_id, at, control, sum(open), sum(passed), sum(detective), sum(guardrails) from (
      select account_id, version as at, control, is_open(status) - coalesce(is_open(before), 0) as open,
        is_passed(status, own) - coalesce(is_passed(before, own), 0) as passed, 0 as detective, 0 as guardrails
      from (select h.account_id, h.version, h.status, c.own, coalesce(c.control, case when c.own then c.rule end) as control,
          lag(h.status) over (partition by h.key order by h.version) as before
        from rebuilt_compliance_history h
        join (select key, control, rule, starts_with(rule, 'jetway:') as own from rebuilt_compliance) c on c.key = h.key) turns
      where control is not null
      union all
      select s.account_id, e.at, s.control, 0, 0, case when s.kind = 'detective' then e.n else 0 end, e.n
      from rebuilt_guardrail_spans s cross join lateral (values (s.from_at, 1), (s.to_at, -1)) as e(at, n)
      where e.at is not null) steps
    group by 1, 2, 3 having (sum(open), sum(passed), sum(detective), sum(guardrails)) <> (0, 0, 0, 0)`);
  await tx.execute(sql.raw('analyze rebuilt_posture_steps'));
  await tx.execute(sql`
    insert into rebuilt_posture_flips (account_id, at, state, n)
    select account_id, at, turn.state, turn.n from (
      select account_id, at, state, lag(state) over (partition by account_id order by at) as before from (
        select account_id, at, posture_state((sum(open) over upto)::bigint, (sum(passed) over upto)::bigint,
          (sum(detective) over upto)::bigint, (sum(guardrails) over upto)::bigint) as state
        from (select account_id, at, sum(open) as open, sum(passed) as passed, sum(detective) as detective,
          sum(guardrails) as guardrails from rebuilt_posture_steps group by 1, 2) sums
        window upto as (partition by account_id order by at)) states) turned
    cross join lateral (values (turned.state, 1), (turned.before, -1)) as turn(state, n)
    where turned.state is distinct from turned.before and turn.state is not null`);
  await tx.execute(sql`
    insert into rebuilt_account_posture (account_id, team, organizational_unit_id, open, passed, detective, guardrails)
    select s.account_id, a.team, a.organizational_unit_id, s.open, s.passed, s.detective, s.guardrails
    from (select account_id, sum(open) as open, sum(passed) as passed, sum(detective) as detective,
      sum(guardrails) as guardrails from rebuilt_posture_steps group by 1) s
    left join rebuilt_accounts a using (account_id)`);
}

/** Counters are sums of the same changes, for everybody and for teams, of now and of months, days and hours. */
export async function reckonCounters(tx: Orm): Promise<void> {
  await tx.execute(sql`
    create temp table rebuilt_tallies on commit drop as
    with hourly as materialized (
      select measure, key, team, at - at % 3600000 as hour, sum(n) as n from (
        select 'accounts' as measure, s.status as key, s.team, e.at, e.n from rebuilt_account_spans s
        cross join lateral (values (s.from_at, 1), (s.to_at, -1)) as e(at, n) where e.at is not null
        union all
        select 'guardrails', s.control, a.team, e.at, e.n from rebuilt_guardrail_spans s
        left join rebuilt_accounts a using (account_id)
        cross join lateral (values (s.from_at, 1), (s.to_at, -1)) as e(at, n) where e.at is not null
        union all
        select 'compliance', f.state, a.team, f.at, f.n from rebuilt_posture_flips f
        left join rebuilt_accounts a using (account_id)
        union all
        select 'violations', control, null, at, open from rebuilt_posture_steps where open <> 0) changes
      group by 1, 2, 3, 4
    ), months as materialized (
      select hour, month_start(hour) as month from (select distinct hour from hourly) h
    )
    select s.scope, c.measure, b.level::smallint as level, b.start, c.key, sum(c.n)::bigint as n
    from hourly c join months using (hour)
    cross join lateral (values ('*'), ('team:' || c.team)) as s(scope)
    cross join lateral (values (0, 0::bigint), (1, months.month), (2, c.hour - c.hour % 86400000), (3, c.hour))
      as b(level, start)
    where s.scope is not null and (c.measure <> 'violations' or b.level = 2)
    group by 1, 2, 3, 4, 5 having sum(c.n) <> 0`);
}
