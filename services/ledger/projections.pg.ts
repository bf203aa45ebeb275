import { inArray, type SQL, sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { accountRequests, accounts } from '../../db/schema/index.ts';
import { canonicalEmail } from '../requests/holds.pg.ts';
import { AccountRequest } from '../requests/request.schema.ts';
import { type Subject, subjectOf } from '../requests/subject.ts';
import { type Fact, GOVERNANCE, type NewFact } from './fact.ts';
import { guardrailRows } from './guardrail-view.ts';
import { factsOfRequests, lockLanes } from './ledger.pg.ts';
import { foldRequest, type RequestState, viewColumns } from './request-view.ts';
import { type AccountSpan, guardrailSpans, statusSpans } from './spans.ts';

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
  await writeStatusSpans(tx, rows, now);
  await noteIdentities(tx, rows, now);
  await followPlans(tx, accountsWith(rows, FINISHES));
  await writeGuardrails(tx, accountsWith(rows, ['GuardrailsAttached']), now);
}

/** How a request is seen that is made just now, from all the facts that it has. */
export function viewOfNew(
  request: Row['request'],
  subject: Pick<Subject, 'accountName' | 'organizationalUnitId'>,
  facts: readonly NewFact[],
): { state: RequestState; values: ViewValues } {
  const state = foldRequest(facts, request.kind);
  return { state, values: viewValues({ request, subject, state }, request.createdAt) };
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

type ViewValues = ReturnType<typeof viewValues>;

const viewValues = (
  {
    request,
    subject,
    state,
  }: Pick<Row, 'request' | 'state'> & { subject: Pick<Subject, 'accountName' | 'organizationalUnitId'> },
  now: Date,
) =>
  viewColumns(request, subject, state, {
    createdAt: request.createdAt.toISOString(),
    updatedAt: now.toISOString(),
  });

async function writeViews(tx: Orm, rows: readonly Row[], now: Date): Promise<void> {
  const values = rows.map((row) => viewValues(row, now));
  await tx.execute(sql`
    insert into request_views
    select * from jsonb_to_recordset(${JSON.stringify(values)}::jsonb) as v(
      request_id text, team text, status text, terminal boolean, account_id text, account_name text,
      organizational_unit_id text, view jsonb, created_at timestamptz, updated_at timestamptz)
    order by request_id
    on conflict (request_id) do update set status = excluded.status, terminal = excluded.terminal,
      account_id = excluded.account_id, view = excluded.view, updated_at = excluded.updated_at`);
}

/** An account that has left or is closed stays so, whatever is told of its vend afterwards. */
const ENDED = sql.raw(`('DEPARTED', 'CLOSING', 'CLOSED', 'SUSPENDED')`);

/** What they were, from when on. */
async function writeStatusSpans(tx: Orm, rows: readonly Row[], now: Date): Promise<void> {
  const made = rows.filter(
    ({ request, state }) => request.kind === 'account' && state.accountId !== undefined,
  );
  if (made.length === 0) return;
  const spans = made.flatMap(({ request, subject, facts, state }) =>
    statusSpans(facts, request.kind, {
      accountId: state.accountId!,
      organizationalUnitId: subject.organizationalUnitId,
      team: request.team,
    }),
  );
  await setAccountSpans(
    tx,
    made.map(({ state }) => state.accountId!),
    spans,
    now,
  );
}

/** What they are called and where they are, where that has changed. */
async function noteIdentities(tx: Orm, rows: readonly Row[], now: Date): Promise<void> {
  const ids = [...new Set(rows.flatMap(({ state }) => state.accountId ?? []))];
  if (ids.length === 0) return;
  await tx.execute(
    sql`select note_identities(${textArray(JSON.stringify(ids))}, ${now.toISOString()}::timestamptz)`,
  );
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
    on conflict (account_id) do update set team = excluded.team, origin = 'VENDED',
      status = case when accounts.status in ${ENDED} then accounts.status else excluded.status end,
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
        ${blueprintOf(sql`r`)} as blueprint
      from request_views v join account_requests r on r.id = v.request_id
      cross join lateral (select r.plan_text::jsonb as plan) p
      where v.account_id in (select jsonb_array_elements_text(${JSON.stringify(accountIds)}::jsonb))
        and exists (select from facts f where f.era = 'governance' and f.request_id = r.id
          and f.type in (select jsonb_array_elements_text(${JSON.stringify(FINISHES)}::jsonb)))
      order by v.account_id, r.created_at desc, r.id desc) newest
    where a.account_id = newest.account_id`);
}

/** What was asked for, with the version that was planned: that is what the account has once it follows the request. */
const blueprintOf = (
  r: SQL,
): SQL => sql`(case when ${r}.kind = 'account-change' then p.plan->'wanted'->'blueprint'
  else ${r}.body->'blueprint' end) || jsonb_strip_nulls(jsonb_build_object('version', p.plan->'blueprint'->'version'))`;

/** What the request that each account follows has put there; of a vend that is not over yet, what it has so far. */
async function writeGuardrails(tx: Orm, accountIds: readonly string[], now: Date): Promise<void> {
  if (accountIds.length === 0) return;
  await lockLanes(tx);
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
  await writeGuardrailSpans(tx, ids, now);
  // Config may have spoken before the workflow said which control its rule belongs to.
  await tx.execute(sql`select adopt_findings(${GOVERNANCE}::smallint, ${textArray(ids)})`);
}

/** @param ids JSON array of accounts */
async function writeGuardrailSpans(tx: Orm, ids: string, now: Date): Promise<void> {
  const carriedOut = await rowsOf<{ account_id: string; request_id: string }>(
    tx,
    sql`select v.account_id, v.request_id from request_views v join account_requests r on r.id = v.request_id
      where v.account_id in (select jsonb_array_elements_text(${ids}::jsonb))
        and (r.kind = 'account' or (r.kind = 'account-change' and exists (select from facts f
          where f.era = 'governance' and f.request_id = r.id and f.type = 'AccountChanged')))
      order by v.account_id, r.created_at, r.id`,
  );
  const byRequest = groupFacts(
    await factsOfRequests(
      tx,
      carriedOut.map((one) => one.request_id),
    ),
  );
  const requestsOf = new Map<string, Fact[][]>();
  for (const { account_id, request_id } of carriedOut)
    requestsOf.set(account_id, [...(requestsOf.get(account_id) ?? []), byRequest.get(request_id) ?? []]);
  const spans = [...requestsOf.values()].flatMap((requests) => guardrailSpans(requests));
  await tx.execute(sql`select set_guardrail_spans(${GOVERNANCE}::smallint, ${textArray(ids)},
    ${JSON.stringify(spans)}::jsonb, ${now.toISOString()}::timestamptz)`);
}

const textArray = (json: string) => sql`array(select jsonb_array_elements_text(${json}::jsonb))`;

/** Replaces the spans of these accounts. Who calls it holds the lane of governance. */
export async function setAccountSpans(
  tx: Orm,
  accountIds: readonly string[],
  spans: readonly AccountSpan[],
  now: Date,
): Promise<void> {
  await tx.execute(sql`select set_account_spans(${GOVERNANCE}::smallint, ${textArray(JSON.stringify(accountIds))},
    ${JSON.stringify(spans)}::jsonb, ${now.toISOString()}::timestamptz)`);
}

/**
 * Folds findings among new facts: rows, history, postures and counters. Who calls it holds the lanes.
 */
export async function projectCompliance(tx: Orm, fresh: readonly Fact[]): Promise<void> {
  const told = fresh.filter((f) => f.type === 'ComplianceChanged');
  for (const lane of new Set(told.map((f) => f.lane))) {
    const seqs = told.flatMap((f) => (f.lane === lane ? [f.seq] : []));
    await tx.execute(
      sql`select project_findings(${lane}::smallint, ${Math.min(...seqs) - 1}::bigint, ${Math.max(...seqs)}::bigint)`,
    );
  }
}

/** Accounts that no request made, after a reading of the organization. Who calls it holds the lane of governance. */
export const projectObservedAccounts = async (tx: Orm, now: Date): Promise<void> =>
  void (await tx.execute(
    sql`select span_observed_accounts(${GOVERNANCE}::smallint, ${now.toISOString()}::timestamptz)`,
  ));
