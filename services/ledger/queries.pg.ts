import { and, asc, desc, eq, gt, ilike, ne, or, sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { accountGuardrails, accountPosture, accounts, compliance } from '../../db/schema/index.ts';
import { ofOwnTeams, ownTeams } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { askAs, readAs } from '../access/read-as.pg.ts';
import { driftOf } from '../drift/drift.pg.ts';
import { CONTROL_MISSING, OWN_RULE } from '../drift/findings.ts';
import { exceptionOf, type InForce } from '../exceptions/cover.ts';
import { exceptionsInForce } from '../exceptions/in-force.pg.ts';
import { violationsByRule } from '../exceptions/violations.ts';
import { containing } from '../kernel/containing.ts';
import { notOurs } from '../kernel/cursor.ts';
import { notFound } from '../kernel/errors.ts';
import { readCursor, writeCursor } from './as-of.pg.ts';
import { ofBlueprint } from './blueprints.pg.ts';
import { type AccountVerification, verificationOf } from './evidence.ts';
import { LANES } from './fact.ts';
import { type Places, placesAfter } from './places.ts';

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
  ...(row.blueprint === null ? {} : { blueprint: row.blueprint as { name: string; version?: string } }),
  createdAt: row.createdAt.toISOString(),
});

const visible = (who: Principal) => ofOwnTeams(who, accounts.team);

export type AccountQuery = {
  status?: string | undefined;
  ou?: string | undefined;
  team?: string | undefined;
  q?: string | undefined;
  /** A control: accounts that do not have it. */
  without?: string | undefined;
  /** `standard`, or `standard@1.3.0`. */
  blueprint?: string | undefined;
  cursor?: string | undefined;
  limit: number;
};

/** Accounts by id; `q` looks in name, e-mail and id. */
export const listAccounts = (orm: Orm, who: Principal, query: AccountQuery) =>
  readAs(orm, who, async (reader) => {
    const like = query.q === undefined ? undefined : containing(query.q);
    const rows = await reader
      .select()
      .from(accounts)
      .where(
        and(
          visible(who),
          query.status ? eq(accounts.status, query.status) : undefined,
          query.ou ? eq(accounts.organizationalUnitId, query.ou) : undefined,
          query.team ? eq(accounts.team, query.team) : undefined,
          query.without
            ? sql`not exists (select from account_guardrails g
                where g.account_id = ${accounts.accountId} and g.control = ${query.without})`
            : undefined,
          query.blueprint ? ofBlueprint(sql`${accounts.blueprint}`, query.blueprint) : undefined,
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

/** Facts as `ask_timeline` tells them; nulls where there are none. */
type TimelineTold = [
  lanes: number[] | null,
  seqs: number[],
  ids: string[],
  types: string[],
  actors: (string | null)[],
  occurredAt: number[],
  recordedAt: number[],
  data: Record<string, unknown>[],
];

/** Without a limit: all of them. */
const ALL = 2_147_483_647;

/**
 * Facts of the account and of the requests that made and changed it, in ledger order: those behind `places`, which stands
 * behind the last of them afterwards, or is null when there are no more.
 * @throws Problem not-found
 */
export async function accountTimeline(
  orm: Orm,
  who: Principal,
  accountId: string,
  { places = {}, limit }: { places?: Places; limit?: number } = {},
) {
  const from = LANES.map((lane) => places[lane] ?? 0);
  const told = await askAs<TimelineTold>(
    orm,
    who,
    'ask_timeline',
    ownTeams(who),
    accountId,
    from,
    limit === undefined ? ALL : limit + 1,
  );
  if (!told) throw notFound('account');
  const [lanes, seqs, ids, types, actors, occurredAt, recordedAt, data] = told;
  const facts = (lanes ?? []).slice(0, limit).map((lane, i) => ({
    lane,
    seq: seqs[i]!,
    id: ids[i]!,
    type: types[i]!,
    actor: actors[i] ?? undefined,
    occurredAt: new Date(occurredAt[i]!).toISOString(),
    recordedAt: new Date(recordedAt[i]!).toISOString(),
    data: data[i]!,
  }));
  return { facts, next: (lanes?.length ?? 0) > facts.length ? placesAfter(places, facts) : null };
}

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
      .where(and(eq(compliance.accountId, accountId), ne(compliance.status, 'REMOVED')))
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
    const since = await openSince(reader, accountId);
    const violations = violationsByRule(
      findings.map((f) => ({ ...f, since: (since.get(f.key) ?? f.evaluatedAt).toISOString() })),
      inForce,
    );
    const drift = await driftOf(reader, accountId);
    return { accountId, items, violations, ...(drift === undefined ? {} : { drift }) };
  });

/** Since when each violation of an account has been one, however often it was found again: by the key of its finding. */
async function openSince(reader: Orm, accountId: string): Promise<Map<string, Date>> {
  const rows = await rowsOf<{ key: string; since: number | string | null }>(
    reader,
    sql`select c.key, (select min(h.version) from compliance_history h where h.key = c.key and h.version > coalesce((
          select max(b.version) from compliance_history b where b.key = c.key and b.status <> 'NON_COMPLIANT'), -1)) as since
        from compliance c where c.account_id = ${accountId} and c.status = 'NON_COMPLIANT'`,
  );
  return new Map(
    rows.flatMap(({ key, since }) => (since === null ? [] : [[key, new Date(Number(since))] as const])),
  );
}

function exceptionNote(found: typeof compliance.$inferSelect, inForce: readonly InForce[]) {
  const exception = found.status === 'NON_COMPLIANT' ? exceptionOf(found, inForce) : undefined;
  return exception === undefined ? {} : { exception };
}

export type ComplianceQuery = {
  status?: string | undefined;
  control?: string | undefined;
  ou?: string | undefined;
  /** Our own findings: what was taken away or changed beside us. */
  drift?: boolean | undefined;
  cursor?: string | undefined;
  limit: number;
};

/** Findings, one row for each resource and rule, in the order of account, rule and finding. */
export const listCompliance = (orm: Orm, who: Principal, query: ComplianceQuery) =>
  readAs(orm, who, async (reader) => {
    const after = readCursor(query.cursor);
    const rows = await reader
      .select({ row: compliance, name: accounts.name, organizationalUnitId: accounts.organizationalUnitId })
      .from(compliance)
      .innerJoin(accounts, eq(accounts.accountId, compliance.accountId))
      .where(
        and(
          visible(who),
          query.status ? eq(compliance.status, query.status) : ne(compliance.status, 'REMOVED'),
          query.control ? eq(compliance.control, query.control) : undefined,
          query.ou ? eq(accounts.organizationalUnitId, query.ou) : undefined,
          query.drift === undefined
            ? undefined
            : sql`starts_with(${compliance.rule}, ${OWN_RULE}) = ${query.drift}`,
          after
            ? sql`(${compliance.accountId}, ${compliance.rule}, ${compliance.key}) > (${after.accountId}, ${after.rule}, ${after.key}::uuid)`
            : undefined,
        ),
      )
      .orderBy(compliance.accountId, compliance.rule, compliance.key)
      .limit(query.limit + 1);
    const page = rows.slice(0, query.limit);
    const last = page.at(-1)?.row;
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
      nextCursor: rows.length > query.limit && last ? writeCursor(last) : null,
    };
  });

/** An account with what is open in it. */
export type OpenAccount = {
  accountId: string;
  name: string;
  organizationalUnitId: string | null;
  team: string | null;
  violations: number;
};

export type OpenQuery = {
  ou?: string | undefined;
  team?: string | undefined;
  control?: string | undefined;
  cursor?: string | undefined;
  limit: number;
};

/** Accounts with violations of guardrails, those with most first; by unit, team and control. */
export async function nonCompliantAccounts(orm: Orm, who: Principal, query: OpenQuery) {
  const after = /^(\d{1,15})\.(\d{12})$/.exec(query.cursor ?? '');
  if (query.cursor !== undefined && !after) throw notOurs();
  const place = { open: after ? Number(after[1]) : Number.MAX_SAFE_INTEGER, accountId: after?.[2] ?? '' };
  const rows = await (query.ou === undefined
    ? openOfAll(orm, who, query, place)
    : openOfUnit(orm, who, query.ou, query, place));
  const items = rows.slice(0, query.limit);
  const last = items.at(-1);
  return {
    items,
    nextCursor: rows.length > query.limit && last ? `${last.violations}.${last.accountId}` : null,
  };
}

type OpenPlace = { open: number; accountId: string };

async function openOfUnit(orm: Orm, who: Principal, ou: string, query: OpenQuery, after: OpenPlace) {
  const [accountIds, names, teams, open] =
    (await askAs<[string[] | null, string[], (string | null)[], number[]]>(
      orm,
      who,
      'ask_noncompliant',
      ownTeams(who),
      ou,
      query.team ?? null,
      query.control ?? null,
      after.open,
      after.accountId,
      query.limit + 1,
    )) ?? [];
  return (accountIds ?? []).map(
    (accountId, i): OpenAccount => ({
      accountId,
      name: names?.[i] ?? '',
      organizationalUnitId: ou,
      team: teams?.[i] ?? null,
      violations: open?.[i] ?? 0,
    }),
  );
}

const openOfAll = (orm: Orm, who: Principal, query: OpenQuery, after: OpenPlace): Promise<OpenAccount[]> =>
  readAs(orm, who, async (reader) => {
    const rows = await reader
      .select({ posture: accountPosture, name: accounts.name })
      .from(accountPosture)
      .innerJoin(accounts, eq(accounts.accountId, accountPosture.accountId))
      .where(
        and(
          ofOwnTeams(who, accountPosture.team),
          gt(accountPosture.open, 0),
          query.team ? eq(accountPosture.team, query.team) : undefined,
          query.control
            ? sql`exists (select from ${compliance} where ${compliance.accountId} = ${accountPosture.accountId}
                and ${compliance.control} = ${query.control} and ${compliance.status} = 'NON_COMPLIANT')`
            : undefined,
          sql`(${accountPosture.open} < ${after.open} or (${accountPosture.open} = ${after.open} and ${accountPosture.accountId} > ${after.accountId}))`,
        ),
      )
      .orderBy(desc(accountPosture.open), accountPosture.accountId)
      .limit(query.limit + 1);
    return rows.map(({ posture, name }) => ({
      accountId: posture.accountId,
      name,
      organizationalUnitId: posture.organizationalUnitId,
      team: posture.team,
      violations: posture.open,
    }));
  });

function worst(statuses: readonly string[]): string {
  if (statuses.includes('NON_COMPLIANT')) return 'NON_COMPLIANT';
  return statuses.some((s) => s === 'COMPLIANT' || s === 'NOT_APPLICABLE') ? 'COMPLIANT' : 'UNKNOWN';
}

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
