import { and, asc, eq, gt, ilike, or, sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { accountGuardrails, accounts, compliance, requestViews } from '../../db/schema/index.ts';
import { ofOwnTeams } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { driftOf } from '../drift/drift.pg.ts';
import { CONTROL_MISSING, OWN_RULE, STACK_DRIFT } from '../drift/findings.ts';
import { exceptionOf, type InForce } from '../exceptions/cover.ts';
import { exceptionsInForce } from '../exceptions/in-force.pg.ts';
import { violationsByRule } from '../exceptions/violations.ts';
import { notFound } from '../kernel/errors.ts';
import { type AccountVerification, verificationOf } from './evidence.ts';
import { factsOfAccounts, factsOfRequests } from './ledger.pg.ts';

export type AccountRow = typeof accounts.$inferSelect;

export const accountAnswer = (row: AccountRow) => ({
  accountId: row.accountId,
  name: row.name,
  email: row.email,
  organizationalUnitId: row.organizationalUnitId,
  team: row.team,
  status: row.status,
  origin: row.origin as 'VENDED' | 'ADOPTED' | 'ORPHAN' | 'FOREIGN',
  ...(row.requestId === null ? {} : { requestId: row.requestId }),
  ...(row.blueprint === null ? {} : { blueprint: row.blueprint as { name: string } }),
  createdAt: row.createdAt.toISOString(),
});

const visible = (who: Principal) => ofOwnTeams(who, accounts.team);

export type AccountQuery = {
  status?: string | undefined;
  ou?: string | undefined;
  team?: string | undefined;
  q?: string | undefined;
  cursor?: string | undefined;
  limit: number;
};

/** Accounts by id; `q` looks in name, e-mail and id. */
export const listAccounts = (orm: Orm, who: Principal, query: AccountQuery) =>
  readAs(orm, who, async (reader) => {
    const like = query.q === undefined ? undefined : `%${query.q.replace(/[%_\\]/g, '\\$&')}%`;
    const rows = await reader
      .select()
      .from(accounts)
      .where(
        and(
          visible(who),
          query.status ? eq(accounts.status, query.status) : undefined,
          query.ou ? eq(accounts.organizationalUnitId, query.ou) : undefined,
          query.team ? eq(accounts.team, query.team) : undefined,
          like
            ? or(ilike(accounts.name, like), ilike(accounts.email, like), ilike(accounts.accountId, like))
            : undefined,
          query.cursor ? gt(accounts.accountId, query.cursor) : undefined,
        ),
      )
      .orderBy(asc(accounts.accountId))
      .limit(query.limit + 1);
    const page = rows.slice(0, query.limit);
    return {
      items: page.map(accountAnswer),
      nextCursor: rows.length > query.limit ? (page.at(-1)?.accountId ?? null) : null,
    };
  });

/** @throws Problem not-found for absent and foreign alike */
export const getAccount = (orm: Orm, who: Principal, accountId: string): Promise<AccountRow> =>
  readAs(orm, who, async (reader) => {
    const [row] = await reader
      .select()
      .from(accounts)
      .where(and(eq(accounts.accountId, accountId), visible(who)));
    if (!row) throw notFound('account');
    return row;
  });

/** The newest fact that says what was read back; the table is named, because the column is called so in both. */
const newestEvidence = sql<unknown>`(
  select jsonb_build_object('id', f.id, 'requestId', f.request_id, 'at', f.occurred_at, 'verified', f.data -> 'verified')
  from facts f where f.account_id = accounts.account_id and f.data -> 'verified' is not null
  order by f.occurred_at desc, f.version desc limit 1)`;

/** What was read back of an account before it was called ACTIVE, in one statement. @throws Problem not-found */
export const accountVerification = (
  orm: Orm,
  who: Principal,
  accountId: string,
): Promise<AccountVerification> =>
  readAs(orm, who, async (reader) => {
    const [found] = await reader
      .select({ follows: accounts.planRequestId, evidence: newestEvidence })
      .from(accounts)
      .where(and(eq(accounts.accountId, accountId), visible(who)));
    const verification = verificationOf(found?.evidence);
    if (!verification) throw notFound('verification');
    return { ...verification, ...(found?.follows == null ? {} : { planRequestId: found.follows }) };
  });

/** Facts of the account and of the requests that made and changed it, in ledger order. */
export const accountTimeline = (orm: Orm, who: Principal, accountId: string) =>
  readAs(orm, who, async (reader) => {
    const row = await getAccount(reader, who, accountId);
    const own = await factsOfAccounts(reader, [row.accountId]);
    const asked = await reader
      .select({ id: requestViews.requestId })
      .from(requestViews)
      .where(eq(requestViews.accountId, row.accountId));
    const ofRequests = await factsOfRequests(
      reader,
      asked.map((request) => request.id),
    );
    return [...new Map([...own, ...ofRequests].map((f) => [f.seq, f])).values()].sort(
      (a, b) => a.seq - b.seq,
    );
  });

/** Every guardrail of the account with its worst finding, and its violations rule by rule; what is excepted says so. */
export const accountCompliance = (orm: Orm, who: Principal, accountId: string, now: Date) =>
  readAs(orm, who, async (reader) => {
    await getAccount(reader, who, accountId);
    const guardrails = await reader
      .select()
      .from(accountGuardrails)
      .where(eq(accountGuardrails.accountId, accountId))
      .orderBy(accountGuardrails.control);
    const findings = await reader
      .select()
      .from(compliance)
      .where(eq(compliance.accountId, accountId))
      .orderBy(compliance.rule, compliance.resourceId);
    const inForce = await exceptionsInForce(reader, [accountId], now);
    const items = guardrails.map((g) => {
      const about = findings.filter((f) => f.control === g.control);
      const own = about.filter((f) => !f.rule.startsWith(OWN_RULE));
      const missing = about.filter((f) => f.rule === CONTROL_MISSING && f.status === 'NON_COMPLIANT');
      return {
        control: g.control,
        kind: g.kind,
        carrier: g.carrier,
        // A preventive guardrail cannot be violated, only be missing; a detective one says what Config found.
        status:
          missing.length > 0
            ? 'NON_COMPLIANT'
            : g.kind === 'detective'
              ? worst(own.map((f) => f.status))
              : 'COMPLIANT',
        resources: [...missing, ...own].map((f) => ({
          resourceType: f.resourceType,
          resourceId: f.resourceId,
          region: f.region,
          status: f.status,
          evaluatedAt: f.evaluatedAt.toISOString(),
          ...(f.annotation === null ? {} : { annotation: f.annotation }),
          ...exceptionNote(f, inForce),
        })),
      };
    });
    const violations = violationsByRule(
      findings.map((f) => ({ ...f, since: f.evaluatedAt.toISOString() })),
      inForce,
    );
    const drift = await driftOf(reader, accountId);
    return { accountId, items, violations, ...(drift === undefined ? {} : { drift }) };
  });

function exceptionNote(found: typeof compliance.$inferSelect, inForce: readonly InForce[]) {
  const exception = found.status === 'NON_COMPLIANT' ? exceptionOf(found, inForce) : undefined;
  return exception === undefined ? {} : { exception };
}

export type ComplianceQuery = {
  status?: string | undefined;
  control?: string | undefined;
  ou?: string | undefined;
  cursor?: string | undefined;
  limit: number;
};

/** Findings, one row for each resource and rule, in the order of account, rule and resource. */
export const listCompliance = (orm: Orm, who: Principal, query: ComplianceQuery) =>
  readAs(orm, who, async (reader) => {
    const key = sql<string>`concat_ws('|', ${compliance.accountId}, ${compliance.region}, ${compliance.rule}, ${compliance.resourceType}, ${compliance.resourceId})`;
    const rows = await reader
      .select({
        row: compliance,
        key,
        name: accounts.name,
        organizationalUnitId: accounts.organizationalUnitId,
      })
      .from(compliance)
      .innerJoin(accounts, eq(accounts.accountId, compliance.accountId))
      .where(
        and(
          visible(who),
          query.status ? eq(compliance.status, query.status) : undefined,
          query.control ? eq(compliance.control, query.control) : undefined,
          query.ou ? eq(accounts.organizationalUnitId, query.ou) : undefined,
          query.cursor ? sql`${key} > ${Buffer.from(query.cursor, 'base64url').toString('utf8')}` : undefined,
        ),
      )
      .orderBy(key)
      .limit(query.limit + 1);
    const page = rows.slice(0, query.limit);
    return {
      items: page.map(({ row, name, organizationalUnitId }) => ({
        accountId: row.accountId,
        accountName: name,
        organizationalUnitId,
        region: row.region,
        rule: row.rule,
        control: row.control,
        resourceType: row.resourceType,
        resourceId: row.resourceId,
        status: row.status,
        evaluatedAt: row.evaluatedAt.toISOString(),
        ...(row.annotation === null ? {} : { annotation: row.annotation }),
      })),
      nextCursor: rows.length > query.limit ? Buffer.from(page.at(-1)!.key).toString('base64url') : null,
    };
  });

function worst(statuses: readonly string[]): string {
  if (statuses.includes('NON_COMPLIANT')) return 'NON_COMPLIANT';
  return statuses.some((s) => s === 'COMPLIANT' || s === 'NOT_APPLICABLE') ? 'COMPLIANT' : 'UNKNOWN';
}

/** Counts for the dashboard, each from one grouped statement. @param guidanceOf the catalogue's word for a control */
export const complianceSummary = (orm: Orm, who: Principal, guidanceOf: (control: string) => string) =>
  readAs(orm, who, async (reader) => {
    const scope = ofOwnTeams(who, sql`a.team`);
    const byStatus = await rowsOf<{ status: string; n: number | string }>(
      reader,
      sql`select a.status, count(*) as n from accounts a where ${scope} group by a.status order by a.status`,
    );
    const enabled = await rowsOf<{ control: string; n: number | string }>(
      reader,
      sql`select g.control, count(*) as n from account_guardrails g join accounts a on a.account_id = g.account_id
        where ${scope} group by g.control`,
    );
    const states = await rowsOf<{ state: string; n: number | string }>(
      reader,
      sql`select s.state, count(*) as n from (
          select case when bool_or(c.status = 'NON_COMPLIANT') then 'nonCompliant'
                      when bool_or(c.status in ('COMPLIANT', 'NOT_APPLICABLE') and c.rule not like ${`${OWN_RULE}%`})
                        or not bool_or(g.kind = 'detective') then 'compliant' else 'unknown' end as state
          from accounts a join account_guardrails g on g.account_id = a.account_id
          left join compliance c on c.account_id = g.account_id and (c.control = g.control or c.rule = ${STACK_DRIFT})
          where ${scope} group by a.account_id) s group by s.state`,
    );
    const byGuidance: Record<string, number> = {};
    for (const { control, n } of enabled)
      byGuidance[guidanceOf(control)] = (byGuidance[guidanceOf(control)] ?? 0) + Number(n);
    const state = (name: string) => Number(states.find((s) => s.state === name)?.n ?? 0);
    return {
      accounts: {
        total: byStatus.reduce((sum, r) => sum + Number(r.n), 0),
        byStatus: Object.fromEntries(byStatus.map((r) => [r.status, Number(r.n)])),
      },
      guardrails: { enabled: enabled.reduce((sum, r) => sum + Number(r.n), 0), byGuidance },
      compliance: {
        compliant: state('compliant'),
        nonCompliant: state('nonCompliant'),
        unknown: state('unknown'),
      },
    };
  });

/** Which accounts have a control by their own, for the catalogue's `enabledOn`. */
export const controlTargets = (
  orm: Orm,
  who: Principal,
): Promise<Map<string, { target: string; status: string }[]>> =>
  readAs(orm, who, async (reader) => {
    const rows = await reader
      .select({
        control: accountGuardrails.control,
        target: accountGuardrails.accountId,
        kind: accountGuardrails.kind,
        status: accountGuardrails.status,
      })
      .from(accountGuardrails)
      .innerJoin(accounts, eq(accounts.accountId, accountGuardrails.accountId))
      .where(visible(who));
    const targets = new Map<string, { target: string; status: string }[]>();
    for (const { control, target, kind, status } of rows) {
      // Inherited controls are enabled on the OU; the account only has them from there.
      if (kind === 'inherited') continue;
      targets.set(control, [...(targets.get(control) ?? []), { target, status }]);
    }
    return targets;
  });
