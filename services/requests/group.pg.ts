import { sql } from 'drizzle-orm';
import { type Orm, rowsOf, transact } from '../../db/client.ts';
import { putToFirst } from '../approvals/asked.pg.ts';
import { coalesce, type Outcome, perDatabase } from '../kernel/coalesce.ts';
import type { NewFact } from '../ledger/fact.ts';
import { appendFacts, enqueue, lockHead, type OutboxEntry } from '../ledger/ledger.pg.ts';
import { projectNew } from '../ledger/projections.pg.ts';
import type { RequestState } from '../ledger/request-view.ts';
import { canonicalEmail, nameKey, releaseHolds } from './holds.pg.ts';
import type { Prepared } from './intake.ts';
import type { StoredRequest } from './requests.pg.ts';

/** Requests of one team that wait for people or for a slot; more are refused (the example landing zone's limit). */
export const MOST_PENDING = 50;

/** A request for an account that was planned and is to be kept. */
export type Draft = { request: StoredRequest; prepared: Prepared };

/** `raced`: something that it needs went to another request meanwhile. To look again tells what. */
export type Kept = { kept: RequestState } | 'raced';

/**
 * Keeps a request: with its plan, its holds, its facts and the order to start the workflow, all or nothing, and answers
 * after the commit. Requests that come while a transaction is under way share the next one.
 */
export const keep = (orm: Orm, draft: Draft): Promise<Kept> => desks(orm)(draft);

const desks = perDatabase((orm) => coalesce((drafts: readonly Draft[]) => keepAll(orm as Orm, drafts)));

/** A request that breaks the transaction must not take its neighbours with it: then each has one of its own. */
async function keepAll(orm: Orm, drafts: readonly Draft[]): Promise<Outcome<Kept>[]> {
  try {
    return (await transact(orm, (tx) => keepTogether(tx, drafts))).map((value) => ({ value }));
  } catch (error) {
    if (drafts.length === 1) return [{ error }];
    const outcomes: Outcome<Kept>[] = [];
    for (const draft of drafts) outcomes.push(...(await keepAll(orm, [draft])));
    return outcomes;
  }
}

async function keepTogether(tx: Orm, drafts: readonly Draft[]): Promise<Kept[]> {
  // Nobody else is between here and the commit: what is counted now is true then.
  await lockHead(tx);
  const ready = withoutRivals(drafts);
  const whole = await take(tx, ready);
  const kept = ready.filter(({ request }) => whole.has(request.id));
  // Of what the others wanted, a part was theirs for a moment.
  await releaseHolds(
    tx,
    ready.flatMap(({ request }) => (whole.has(request.id) ? [] : [request.id])),
  );
  const states = await tell(tx, kept);
  return drafts.map(({ request }) => {
    const state = states.get(request.id);
    return state ? { kept: state } : 'raced';
  });
}

/** Of several that want the same, the first: the others see in their next look what became of it. */
function withoutRivals(drafts: readonly Draft[]): Draft[] {
  const wanted = new Set<string>();
  return drafts.filter((draft) => {
    const things = thingsOf(draft);
    if (things.some((thing) => wanted.has(thing))) return false;
    for (const thing of things) wanted.add(thing);
    return true;
  });
}

function thingsOf({ request, prepared }: Draft): string[] {
  const { identity, vpcCidr } = prepared.holds ?? { vpcCidr: null };
  return [
    JSON.stringify([request.requestedBy, request.idempotencyKey]),
    ...(identity
      ? [
          `email ${canonicalEmail(identity.email)}`,
          `name ${nameKey(identity.accountName, identity.organizationalUnitId)}`,
        ]
      : []),
    ...(vpcCidr === null ? [] : [`block ${vpcCidr}`]),
  ];
}

/**
 * Takes everything that they hold, and writes those that got all of it and whose team has room, in one statement. The
 * database's constraints decide, whatever planners thought. @returns the ids of those that were written
 */
async function take(tx: Orm, drafts: readonly Draft[]): Promise<Set<string>> {
  if (drafts.length === 0) return new Set();
  // JSON without line breaks, one line for each request: nothing has to be escaped again on the way.
  const bodies = drafts.map(({ request }) => JSON.stringify(request.body)).join('\n');
  const plans = drafts.map(({ request }) => request.planText).join('\n');
  const written = await rowsOf<{ id: string }>(
    tx,
    sql`
    with given as materialized (
      select g.*, row_number() over (partition by g.team order by g.n) as place
      from jsonb_to_recordset(${JSON.stringify(drafts.map(givenOf))}::jsonb) as g(n int, id text, kind text, team text,
        subject text, key text, body_digest text, plan_digest text, created_at timestamptz, email text, name text,
        block cidr)),
    email as (
      insert into email_holds (email_canonical, request_id) select email, id from given where email is not null order by n
      on conflict do nothing returning request_id),
    name as (
      insert into name_holds (key, request_id) select name, id from given where name is not null order by n
      on conflict do nothing returning request_id),
    block as (
      insert into cidr_holds (request_id, block) select id, block from given where block is not null order by n
      on conflict do nothing returning request_id)
    insert into account_requests (id, kind, team, requested_by, idempotency_key, body_digest, body, plan_digest,
      plan_text, created_at)
    select g.id, g.kind, g.team, g.subject, g.key, g.body_digest, t.body::jsonb, g.plan_digest, t.plan, g.created_at
    from rows from (string_to_table(${bodies}, E'\n'), string_to_table(${plans}, E'\n'))
      with ordinality as t(body, plan, n)
    join given g on g.n = t.n
    where (g.email is null or g.id in (select request_id from email))
      and (g.name is null or g.id in (select request_id from name))
      and (g.block is null or g.id in (select request_id from block))
      and g.place + (select count(*) from request_views v where v.team = g.team
        and v.status in ('PLANNED', 'AWAITING_APPROVAL', 'QUEUED')) <= ${MOST_PENDING}
    on conflict do nothing returning id`,
  );
  return new Set(written.map(({ id }) => id));
}

const givenOf = ({ request, prepared: { holds } }: Draft, n: number) => ({
  n: n + 1,
  id: request.id,
  kind: request.kind,
  team: request.team,
  subject: request.requestedBy,
  key: request.idempotencyKey,
  body_digest: request.bodyDigest,
  plan_digest: request.planDigest,
  created_at: request.createdAt.toISOString(),
  email: holds?.identity ? canonicalEmail(holds.identity.email) : null,
  name: holds?.identity ? nameKey(holds.identity.accountName, holds.identity.organizationalUnitId) : null,
  block: holds?.vpcCidr ?? null,
});

/** Facts, the requests as they are seen, and the orders to start their workflows. @returns the states by request */
async function tell(tx: Orm, drafts: readonly Draft[]): Promise<Map<string, RequestState>> {
  const now = drafts.at(-1)?.request.createdAt;
  if (now === undefined) return new Map();
  await putToFirst(
    tx,
    drafts.map(({ request }) => request),
  );
  const facts = await appendFacts(tx, drafts.flatMap(factsOf), now);
  await enqueue(
    tx,
    drafts.map(({ request }) => orderOf(request)),
    now,
  );
  return projectNew(
    tx,
    drafts.map(({ request }) => request),
    facts,
    now,
  );
}

/** The order to start its workflow. */
export const orderOf = ({ id }: StoredRequest): OutboxEntry => ({
  kind: 'start-execution',
  key: `start-execution:${id}:0`,
  payload: { requestId: id },
});

export const factsOf = ({ request, prepared }: Draft): NewFact[] =>
  prepared.facts.map(({ type, accountId, data }) => ({
    id: `${type}:${request.id}`,
    meaning: `${type}:${request.id}`,
    type,
    source: 'jetway',
    requestId: request.id,
    accountId,
    version: 0,
    actor: request.requestedBy,
    occurredAt: request.createdAt.toISOString(),
    data,
  }));
