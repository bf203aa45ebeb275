import { askNamed, type Named, type Orm, untilNoneIsInTheWay } from '../../db/client.ts';
import { askedFirst } from '../approvals/asked.pg.ts';
import { coalesce, type Outcome, perDatabase } from '../kernel/coalesce.ts';
import { factLine, isOutbound, type NewFact } from '../ledger/fact.ts';
import type { OutboxEntry } from '../ledger/ledger.pg.ts';
import { viewOfNew } from '../ledger/projections.pg.ts';
import type { RequestState } from '../ledger/request-view.ts';
import { type Ground, noteGround } from '../planning/ground.pg.ts';
import { canonicalEmail, nameKey } from './holds.pg.ts';
import type { Prepared } from './intake.ts';
import type { AccountRequest } from './request.schema.ts';
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
    return (await keepTogether(orm, drafts)).map((value) => ({ value }));
  } catch (error) {
    if (drafts.length === 1) return [{ error }];
    const outcomes: Outcome<Kept>[] = [];
    for (const draft of drafts) outcomes.push(...(await keepAll(orm, [draft])));
    return outcomes;
  }
}

async function keepTogether(orm: Orm, drafts: readonly Draft[]): Promise<Kept[]> {
  const ready = withoutRivals(drafts);
  const told = ready.map(factsOf);
  const views = ready.map(({ request }, i) => viewOfNew(request, subjectOf(request), told[i] ?? []));
  const kept = new Set(
    await write(
      orm,
      ready,
      told.flat(),
      views.map(({ values }) => values),
    ),
  );
  const states = new Map(ready.map(({ request }, i) => [request.id, views[i]?.state]));
  return drafts.map(({ request }) => {
    const state = states.get(request.id);
    return state && kept.has(request.id) ? { kept: state } : 'raced';
  });
}

/** Its body was read as a request for an account a moment ago. */
const subjectOf = ({ body }: StoredRequest) => {
  const { name: accountName, organizationalUnitId } = (body as AccountRequest).account;
  return { accountName, organizationalUnitId };
};

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

const KEEP_PLANNED: Named = {
  name: 'keep_planned',
  text: `select keep_planned($1::jsonb, $2::jsonb, $3::jsonb, $4, $5, $6::jsonb, $7, $8::jsonb, $9::timestamptz,
    $10::int) as kept`,
};

/**
 * Everything that they hold, and everything of those that got all of it and whose team has room, in one statement, which
 * is a transaction by itself. The database decides, whatever planners thought: it looks at the ground of each plan, at accounts
 * with its e-mail and name, and has constraints for the rest.
 * @returns the ids of those that were kept
 */
async function write(
  orm: Orm,
  drafts: readonly Draft[],
  facts: readonly NewFact[],
  views: readonly unknown[],
): Promise<string[]> {
  const now = drafts.at(-1)?.request.createdAt;
  if (now === undefined) return [];
  const told = facts.map(({ id, type, requestId }, n) => ({
    n: n + 1,
    request: requestId,
    id,
    type,
    outbound: isOutbound(type),
  }));
  const grounds = numbering<Ground>(JSON.stringify);
  const moulds = numbering<string>((mould) => mould);
  const plans = drafts.map(({ request, prepared: { cast } }) =>
    cast ? [moulds.of(cast.mould), ...cast.values].join(BESIDE) : request.planText,
  );
  const given = drafts.map((draft, n) => givenOf(draft, n, grounds));
  const [answer] = await untilNoneIsInTheWay(() =>
    askNamed<{ kept: string[] }>(orm, KEEP_PLANNED, [
      JSON.stringify(grounds.all),
      JSON.stringify(moulds.all),
      JSON.stringify(given),
      // JSON without line breaks, one line for each request: nothing has to be escaped again on the way.
      drafts.map(({ request }) => JSON.stringify(request.body)).join('\n'),
      plans.join('\n'),
      JSON.stringify(told),
      facts.map((fact) => factLine(fact, now.toISOString())).join('\n'),
      JSON.stringify(views),
      now.toISOString(),
      MOST_PENDING,
    ]),
  );
  const kept = answer?.kept ?? [];
  const [ground] = drafts.flatMap(({ request: { id }, prepared }) =>
    kept.includes(id) ? (prepared.ground ?? []) : [],
  );
  if (ground) noteGround(orm, ground);
  return kept;
}

/** Between the values of a plan that the database casts: no JSON has it. */
const BESIDE = '\u0001';

/** Numbers from 0 for things that are alike. */
function numbering<T>(keyOf: (thing: T) => string) {
  const numbers = new Map<string, number>();
  const all: T[] = [];
  return {
    all,
    of(thing: T): number {
      const key = keyOf(thing);
      const known = numbers.get(key) ?? all.push(thing) - 1;
      numbers.set(key, known);
      return known;
    },
  };
}

const givenOf = (
  { request, prepared: { holds, firstApprovers, ground } }: Draft,
  n: number,
  grounds: { of(ground: Ground): number },
) => ({
  n: n + 1,
  ground: ground ? grounds.of(ground) : null,
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
  ...askedFirst(request, firstApprovers),
});

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
