import { and, eq, sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { compliance } from '../../db/schema/index.ts';
import { alertOn } from '../chat/alert-lines.pg.ts';
import type { Fact } from '../ledger/fact.ts';
import { appendFacts } from '../ledger/ledger.pg.ts';
import { projectCompliance } from '../ledger/projections.pg.ts';
import { type Coverage, foldCoverage } from './coverage.ts';
import { coverageNews, type KnownCoverage, MIRROR_COVERAGE } from './findings.ts';

/** Folds what runs of `mirror-attach` have said into the rows of their accounts. */
export async function projectMirroring(tx: Orm, fresh: readonly Fact[], now: Date): Promise<void> {
  const ids = fresh.flatMap((f) => (f.type === 'MirrorSessionChanged' && f.accountId ? [f.accountId] : []));
  for (const accountId of [...new Set(ids)].sort()) {
    // The row's lock puts the runs of an account in one order.
    const [known] = await rowsOf<{ version: string | null }>(
      tx,
      sql`insert into mirror_accounts (account_id, looked_at) values (${accountId}, ${now.toISOString()}::timestamptz)
          on conflict (account_id) do update set looked_at = excluded.looked_at returning version::text as version`,
    );
    const coverage = foldCoverage(await toldOf(tx, accountId, Number(known?.version ?? 0)));
    if (!coverage) continue;
    await writeCoverage(tx, accountId, coverage);
    const cause = told(fresh, accountId);
    const news = coverageNews(
      { accountId, region: coverage.region },
      coverage,
      await knownFindings(tx, accountId),
      cause,
    );
    const appended = await appendFacts(tx, news, now);
    await projectCompliance(tx, appended);
    await alertOn(tx, appended, now);
  }
}

/** Of several that are told at once the greatest name speaks for all. */
const told = (fresh: readonly Fact[], accountId: string): string =>
  fresh
    .flatMap((f) => (f.type === 'MirrorSessionChanged' && f.accountId === accountId ? [f.id] : []))
    .sort()
    .at(-1) ?? '';

/** What stands in the table by our own rule. */
const knownFindings = (tx: Orm, accountId: string): Promise<KnownCoverage[]> =>
  tx
    .select({
      region: compliance.region,
      resourceType: compliance.resourceType,
      resourceId: compliance.resourceId,
      status: compliance.status,
      annotation: compliance.annotation,
      version: compliance.version,
    })
    .from(compliance)
    .where(and(eq(compliance.accountId, accountId), eq(compliance.rule, MIRROR_COVERAGE)));

/** The newest whole look and what came after it; what is older is said anew by that look. */
async function toldOf(tx: Orm, accountId: string, since: number) {
  const rows = await rowsOf<{ id: string; version: string; data: Fact['data'] }>(
    tx,
    sql`select id, version::text as version, data from facts
        where era = 'governance' and account_id = ${accountId} and type = 'MirrorSessionChanged'
          and (data ->> 'look')::bigint >= ${since}`,
  );
  return rows.map((row) => ({ ...row, version: Number(row.version) }));
}

/** Rows as the tables have them, for the fold of a rebuild too. */
export function mirrorRows(accountId: string, { rows, ...account }: Coverage) {
  return {
    mirror_accounts: {
      ...{ account_id: accountId, version: account.version ?? null, status: account.status },
      ...{ reason: account.reason ?? null, profile: account.profile, target_id: account.targetId },
    },
    mirror_interfaces: [...rows.values()].map((row) => ({
      ...{ account_id: accountId, network_interface_id: row.networkInterfaceId },
      ...{ instance_id: row.instanceId, instance_type: row.instanceType, state: row.state },
      ...{ reason: row.reason ?? null, session_id: row.sessionId ?? null },
      ...{ session_number: row.sessionNumber ?? null, virtual_network_id: row.virtualNetworkId ?? null },
      ...{ target_id: row.targetId, profile: row.profile, version: row.version, fact_id: row.factId },
    })),
  };
}

async function writeCoverage(tx: Orm, accountId: string, coverage: Coverage): Promise<void> {
  const { mirror_accounts: account, mirror_interfaces: rows } = mirrorRows(accountId, coverage);
  await tx.execute(sql`update mirror_accounts m set version = a.version, status = a.status, reason = a.reason,
      profile = a.profile, target_id = a.target_id
    from jsonb_populate_record(null::mirror_accounts, ${JSON.stringify(account)}::jsonb) a
    where m.account_id = ${accountId}`);
  const json = JSON.stringify(rows);
  await tx.execute(sql`delete from mirror_interfaces m where m.account_id = ${accountId}
    and (m.network_interface_id, m.profile) not in (select network_interface_id, profile
      from jsonb_populate_recordset(null::mirror_interfaces, ${json}::jsonb))`);
  await tx.execute(sql`insert into mirror_interfaces as m
    select * from jsonb_populate_recordset(null::mirror_interfaces, ${json}::jsonb)
    on conflict (account_id, network_interface_id, profile) do update set instance_id = excluded.instance_id,
      instance_type = excluded.instance_type, state = excluded.state, reason = excluded.reason,
      session_id = excluded.session_id, session_number = excluded.session_number,
      virtual_network_id = excluded.virtual_network_id, target_id = excluded.target_id,
      version = excluded.version, fact_id = excluded.fact_id
    where m.fact_id <> excluded.fact_id`);
}
