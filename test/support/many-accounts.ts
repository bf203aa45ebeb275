import { sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';

const CONTROLS = [
  'AWS-GR_ENCRYPTED_VOLUMES',
  'AWS-GR_RESTRICTED_SSH',
  'AWS-GR_RESTRICTED_COMMON_PORTS',
  'AWS-GR_ROOT_ACCOUNT_MFA_ENABLED',
  'AWS-GR_S3_BUCKET_PUBLIC_READ_PROHIBITED',
  'AWS-GR_S3_BUCKET_PUBLIC_WRITE_PROHIBITED',
  'AWS-GR_EBS_OPTIMIZED_INSTANCE',
  'AWS-GR_RDS_STORAGE_ENCRYPTED',
];
const MANDATORY = ['AWS-GR_CLOUDTRAIL_ENABLED', 'AWS-GR_CONFIG_ENABLED', 'AWS-GR_LOG_GROUP_POLICY'];
const UNITS = ['ou-ab12-workloadsprod', 'ou-ab12-workloadstest', 'ou-ab12-workloads', 'ou-ab12-sandboxes'];

/**
 * Accounts written straight into the projections, to look at pages with many of them: each detective control is violated
 * here and there, and some are not known yet.
 */
export async function manyAccounts(orm: Orm, accounts: number): Promise<void> {
  const list = (words: readonly string[]) => sql`string_to_array(${words.join(' ')}, ' ')`;
  await orm.execute(sql`insert into accounts (account_id, name, email, email_canonical, organizational_unit_id, team, status,
      origin, created_at, updated_at)
    select (300000000000 + n)::text, 'workload-' || lpad(n::text, 4, '0'), 'w' || n || '@example.com', 'w' || n || '@example.com',
      (${list(UNITS)})[1 + (n * 7) % 4], (array['payments', 'search', 'ledger'])[1 + n % 3], 'ACTIVE', 'VENDED',
      now() - make_interval(days => (n * 37) % 1300), now() from generate_series(1, ${accounts}::int) n`);
  await orm.execute(sql`insert into account_guardrails (account_id, control, kind, status, version)
    select a.account_id, c, 'detective', 'ATTACHED', 1 from accounts a, unnest(${list(CONTROLS)}) with ordinality as x(c, i)
    where a.name like 'workload-%' and (right(a.account_id, 3)::int + i) % 9 <> 0
    union all
    select a.account_id, c, 'inherited', 'ATTACHED', 1 from accounts a, unnest(${list(MANDATORY)}) c where a.name like 'workload-%'`);
  await orm.execute(sql`insert into compliance (key, account_id, region, rule, resource_type, resource_id, control, status,
      version, fact_id, evaluated_at)
    select gen_random_uuid(), g.account_id, 'us-east-1', 'jetway-' || lower(g.control), 'AWS::EC2::Volume', 'vol-' || n, g.control,
      case when (hashtext(g.account_id || g.control) % 31 = 0 and n < 3) then 'NON_COMPLIANT' else 'COMPLIANT' end, 1, 'seed', now()
    from account_guardrails g join accounts a on a.account_id = g.account_id, generate_series(1, 4) n
    where a.name like 'workload-%' and g.kind = 'detective' and hashtext(g.control || g.account_id) % 40 <> 0`);
  await orm.execute(sql`insert into account_posture (account_id, team, organizational_unit_id, open, passed, detective, guardrails)
    select a.account_id, a.team, a.organizational_unit_id, count(*) filter (where c.status = 'NON_COMPLIANT'),
      count(*) filter (where c.status = 'COMPLIANT'), 7, 10
    from accounts a left join compliance c on c.account_id = a.account_id where a.name like 'workload-%'
    group by a.account_id, a.team, a.organizational_unit_id`);
  await orm.execute(sql`insert into tallies (scope, measure, level, start, key, lane, n)
    select '*', m.measure, level, m.start, m.key, 4, m.n from (
      select 'accounts' as measure, 0 as start, 'ACTIVE' as key, count(*) as n from account_posture where guardrails = 10
      union all select 'compliance', 0, posture_state(open, passed, detective, guardrails), count(*) from account_posture
        where guardrails = 10 group by 3
      union all select 'guardrails', 0, control, count(*) from account_guardrails group by 3) m, generate_series(0, 1) level
    where m.key is not null
    on conflict (scope, measure, level, start, key, lane) do update set n = tallies.n + excluded.n`);
}
