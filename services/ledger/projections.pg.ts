import { inArray, sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { accountRequests, accounts } from '../../db/schema/index.ts';
import { OWN_RULE } from '../drift/findings.ts';
import { canonicalEmail } from '../requests/holds.pg.ts';
import { AccountRequest } from '../requests/request.schema.ts';
import { type Subject, subjectOf } from '../requests/subject.ts';
import type { Fact } from './fact.ts';
import { guardrailRows } from './guardrail-view.ts';
import { factsOfRequests } from './ledger.pg.ts';
import { foldRequest, isTerminal, type RequestState } from './request-view.ts';

/**
 * Folds the requests again from all their facts and writes what came out, in one statement for each table. A request
 * has some thirty facts, so a whole fold is cheaper than being clever, and it cannot depend on arrival.
 */
export async function projectRequests(tx: Orm, requestIds: readonly string[], now: Date): Promise<void> {
  const ids = [...new Set(requestIds)];
  if (ids.length === 0) return;
  const requests = await tx.select().from(accountRequests).where(inArray(accountRequests.id, ids));
  const byRequest = groupFacts(await factsOfRequests(tx, ids));
  const rows = requests.map((request) => rowOf(request, byRequest.get(request.id) ?? []));
  await writeViews(tx, rows, now);
  await writeAccounts(tx, rows, now);
  await followPlans(tx, accountsWith(rows, FINISHES));
  await writeGuardrails(tx, accountsWith(rows, ['GuardrailsAttached']));
}

/** Requests that were made in this transaction, from all the facts that they have: nothing has to be read again. */
export async function projectNew(
  tx: Orm,
  requests: readonly Row['request'][],
  facts: readonly Fact[],
  now: Date,
): Promise<Map<string, RequestState>> {
  const byRequest = groupFacts(facts);
  const rows = requests.map((request) => rowOf(request, byRequest.get(request.id) ?? []));
  await writeViews(tx, rows, now);
  return new Map(rows.map(({ request, state }) => [request.id, state]));
}

function rowOf(request: Row['request'], facts: Fact[]): Row {
  const subject = subjectOf(request);
  const folded = foldRequest(facts, request.kind);
  const state = subject.accountId === null ? folded : { ...folded, accountId: subject.accountId };
  return { request, subject, facts, state };
}

const FINISHES = ['AccountVended', 'AccountChanged'];

const accountsWith = (rows: readonly Row[], types: readonly string[]): string[] => [
  ...new Set(
    rows.flatMap(({ facts, state }) =>
      state.accountId !== undefined && facts.some((f) => types.includes(f.type)) ? [state.accountId] : [],
    ),
  ),
];

type Row = {
  request: typeof accountRequests.$inferSelect;
  subject: Subject;
  facts: Fact[];
  state: RequestState;
};

function groupFacts(facts: readonly Fact[]): Map<string, Fact[]> {
  const groups = new Map<string, Fact[]>();
  for (const fact of facts) {
    const key = fact.requestId ?? '';
    const group = groups.get(key);
    if (group) group.push(fact);
    else groups.set(key, [fact]);
  }
  return groups;
}

async function writeViews(tx: Orm, rows: readonly Row[], now: Date): Promise<void> {
  const values = rows.map(({ request, subject, state }) => ({
    request_id: request.id,
    team: request.team,
    status: state.status,
    terminal: isTerminal(state.status),
    account_id: state.accountId ?? null,
    account_name: subject.accountName,
    organizational_unit_id: subject.organizationalUnitId,
    view: state,
    created_at: request.createdAt.toISOString(),
    updated_at: now.toISOString(),
  }));
  await tx.execute(sql`
    insert into request_views
    select * from jsonb_to_recordset(${JSON.stringify(values)}::jsonb) as v(
      request_id text, team text, status text, terminal boolean, account_id text, account_name text,
      organizational_unit_id text, view jsonb, created_at timestamptz, updated_at timestamptz)
    order by request_id
    on conflict (request_id) do update set status = excluded.status, terminal = excluded.terminal,
      account_id = excluded.account_id, view = excluded.view, updated_at = excluded.updated_at`);
}

/** Accounts that our requests made. A reconcile keeps name, e-mail and place true afterwards. */
async function writeAccounts(tx: Orm, rows: readonly Row[], now: Date): Promise<void> {
  const values = rows.flatMap(({ request, state }) => {
    if (request.kind !== 'account' || state.accountId === undefined) return [];
    const { account, blueprint } = AccountRequest.parse(request.body);
    return [
      {
        account_id: state.accountId,
        name: account.name,
        email: account.email,
        email_canonical: canonicalEmail(account.email),
        organizational_unit_id: account.organizationalUnitId,
        team: request.team,
        status: state.status,
        request_id: request.id,
        blueprint,
        at: now.toISOString(),
      },
    ];
  });
  if (values.length === 0) return;
  await tx.execute(sql`
    insert into accounts (account_id, name, email, email_canonical, organizational_unit_id, team, status, origin,
      request_id, blueprint, created_at, updated_at)
    select account_id, name, email, email_canonical, organizational_unit_id, team, status, 'VENDED', request_id,
      blueprint, at, at
    from jsonb_to_recordset(${JSON.stringify(values)}::jsonb) as v(account_id text, name text, email text,
      email_canonical text, organizational_unit_id text, team text, status text, request_id text, blueprint jsonb,
      at timestamptz)
    order by account_id
    on conflict (account_id) do update set team = excluded.team, status = excluded.status, origin = 'VENDED',
      request_id = excluded.request_id, updated_at = excluded.updated_at,
      blueprint = case when accounts.plan_request_id is null then excluded.blueprint else accounts.blueprint end`);
}

/**
 * An account follows the plan of its newest request that was carried out. Its requests come one after another, so the
 * order in which they were asked for is the order of their ends, whatever the order in which those are told.
 */
async function followPlans(tx: Orm, accountIds: readonly string[]): Promise<void> {
  if (accountIds.length === 0) return;
  await tx.execute(sql`
    update accounts a set plan_request_id = newest.id, blueprint = newest.blueprint
    from (select distinct on (v.account_id) v.account_id, r.id,
        case when r.kind = 'account-change' then r.plan_text::jsonb->'wanted'->'blueprint'
          else r.body->'blueprint' end as blueprint
      from request_views v join account_requests r on r.id = v.request_id
      where v.account_id in (select jsonb_array_elements_text(${JSON.stringify(accountIds)}::jsonb))
        and exists (select from facts f where f.request_id = r.id
          and f.type in (select jsonb_array_elements_text(${JSON.stringify(FINISHES)}::jsonb)))
      order by v.account_id, r.created_at desc, r.id desc) newest
    where a.account_id = newest.account_id`);
}

/** What the request that each account follows has put there; of a vend that is not over yet, what it has so far. */
async function writeGuardrails(tx: Orm, accountIds: readonly string[]): Promise<void> {
  if (accountIds.length === 0) return;
  const followed = await tx
    .select({ requestId: sql<string>`coalesce(${accounts.planRequestId}, ${accounts.requestId})` })
    .from(accounts)
    .where(inArray(accounts.accountId, [...accountIds]));
  const facts = await factsOfRequests(
    tx,
    followed.map((row) => row.requestId),
  );
  const values = guardrailRows(facts);
  if (values.length === 0) return;
  const ids = JSON.stringify([...new Set(values.map((v) => v.account_id))]);
  await tx.execute(sql`
    delete from account_guardrails g
    where g.account_id in (select jsonb_array_elements_text(${ids}::jsonb)) and not exists (
      select from jsonb_to_recordset(${JSON.stringify(values)}::jsonb) as v(account_id text, control text)
      where v.account_id = g.account_id and v.control = g.control)`);
  await tx.execute(sql`
    insert into account_guardrails (account_id, control, kind, carrier, status, version)
    select * from jsonb_to_recordset(${JSON.stringify(values)}::jsonb) as v(
      account_id text, control text, kind text, carrier text, status text, version bigint)
    order by account_id, control
    on conflict (account_id, control) do update set kind = excluded.kind, carrier = excluded.carrier,
      status = excluded.status, version = excluded.version`);
  // Config may have spoken before the workflow said which control its rule belongs to.
  await tx.execute(sql`
    update compliance c set control = g.control from account_guardrails g
    where c.control is null and g.account_id = c.account_id and g.carrier = c.rule
      and c.account_id in (select jsonb_array_elements_text(${ids}::jsonb))`);
}

/** The newest evaluation of a resource by Config's own order wins, whenever it arrives. */
export async function projectCompliance(tx: Orm, facts: readonly Fact[]): Promise<void> {
  const newest = new Map<string, Record<string, unknown>>();
  for (const fact of facts) {
    // Our own findings have their own fold; an account's rule of such a name does not speak for them.
    if (fact.type !== 'ComplianceChanged' || fact.accountId === undefined) continue;
    if (String(fact.data.rule).startsWith(OWN_RULE)) continue;
    const d = fact.data;
    const key = [fact.accountId, d.region, d.rule, d.resourceType, d.resourceId].join('\u0000');
    const known = newest.get(key);
    // Of two with the same time the greater id wins, here and below, so that no order of arrival matters.
    const newer =
      !known ||
      fact.version > Number(known.version) ||
      (fact.version === known.version && fact.id > String(known.fact_id));
    if (!newer) continue;
    newest.set(key, {
      account_id: fact.accountId,
      region: d.region,
      rule: d.rule,
      resource_type: d.resourceType,
      resource_id: d.resourceId,
      status: d.status,
      version: fact.version,
      fact_id: fact.id,
      annotation: d.annotation ?? null,
      evaluated_at: fact.occurredAt,
    });
  }
  if (newest.size === 0) return;
  await tx.execute(sql`
    insert into compliance (account_id, region, rule, resource_type, resource_id, control, status, version, fact_id,
      annotation, evaluated_at)
    select v.account_id, v.region, v.rule, v.resource_type, v.resource_id,
      (select g.control from account_guardrails g where g.account_id = v.account_id and g.carrier = v.rule limit 1),
      v.status, v.version, v.fact_id, v.annotation, v.evaluated_at
    from jsonb_to_recordset(${JSON.stringify([...newest.values()])}::jsonb) as v(account_id text, region text, rule text,
      resource_type text, resource_id text, status text, version bigint, fact_id text, annotation text,
      evaluated_at timestamptz)
    order by v.account_id, v.region, v.rule, v.resource_type, v.resource_id
    on conflict (account_id, region, rule, resource_type, resource_id) do update set control = coalesce(excluded.control,
      compliance.control), status = excluded.status, version = excluded.version, fact_id = excluded.fact_id,
      annotation = excluded.annotation, evaluated_at = excluded.evaluated_at
    where (compliance.version, compliance.fact_id collate "C") < (excluded.version, excluded.fact_id collate "C")`);
}
