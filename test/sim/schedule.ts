import { seededRandom } from '../../infra/local/random.ts';
import { checkEnd } from './check-end.ts';
import { casesOf, checkSafety } from './check-safety.ts';
import { type Counts, conduct, count } from './conductor.ts';
import type { SimDatabase } from './database.ts';
import { gatherEvidence } from './evidence.ts';
import { ask } from './http.ts';
import { curse, forge, turnHostile } from './nature.ts';
import { type Asked, type Crowd, newAsked, OPERATOR, play, SCRIPTS, type Script } from './people.ts';
import { drawProfile, type Profile, type Rates, wished } from './profile.ts';
import { openTrace } from './trace.ts';
import { newOwner } from './turns.ts';
import { openWorld, type SimWorld, START } from './world.ts';

/** What a schedule is to be like, in place of what would be drawn. */
export type Wish = { rates?: Partial<Rates>; script?: Script };

export type Outcome = {
  seed: number;
  profile: Profile;
  violations: string[];
  faults: Counts;
  reached: Counts;
  traceHash: string;
  turns: number;
  virtualMs: number;
};

const MINUTE = 60_000;
/** Turns until somebody has to look: a schedule takes some hundreds to some thousands. */
const MOST_TURNS = 60_000;
/** Ends that a request rests in. */
const ENDS = ['DENIED', 'EXPIRED', 'CANCELLED', 'REJECTED'];

/** One course of events from one seed: trouble first, then calm, then the questions. */
export async function runSchedule(
  database: SimDatabase,
  seed: number,
  { tell, wish = {} }: { tell?: ((line: string) => void) | undefined; wish?: Wish | undefined } = {},
): Promise<Outcome> {
  const profile = wish.rates ? wished(wish.rates) : drawProfile(seededRandom(seed ^ 0x5eed));
  const trace = openTrace(tell);
  const world = await openWorld(database, seed, profile, trace);
  const violations: string[] = [];
  try {
    count(world.reached, `schedule-${profile.name}`);
    await course(world, profile, wish, violations);
    for (const violation of violations) trace.add(`VIOLATION ${violation}`);
  } finally {
    await world.close();
  }
  return {
    ...{ seed, profile, violations, faults: world.faults, reached: world.reached },
    traceHash: trace.hash(),
    turns: trace.lines,
    virtualMs: world.clock.now() - START,
  };
}

async function course(world: SimWorld, profile: Profile, wish: Wish, violations: string[]): Promise<void> {
  const { stage, turns, random, nature, reached } = world;
  const evidence = gatherEvidence(world);
  const endHostility = turnHostile(world, profile.rates);
  const people = newOwner('people');
  const crowd: Crowd = {
    ...{ owner: people, turns, random, reached, trace: stage.trace },
    ...{ api: world.api, tokenOf: world.tokenOf, nowMs: () => world.clock.now() },
  };
  const asked: Asked[] = [];
  const read = (path: string) => ask(world.observer, world.tokenOf, { path, who: OPERATOR });
  const ready = async () => (await read('/readyz')).status === 200;
  if (!(await conduct(stage, ready, MOST_TURNS))) {
    violations.push('L1 the organization was never read');
    return;
  }

  // Mostly one at a time: what several share is the slots and the ledger.
  const number = profile.name === 'quiet' ? 1 : [1, 1, 1, 2, 2, 3][random.below(6)]!;
  for (let n = 1; n <= number; n++) {
    const one = newAsked(n, random, wish.script ?? SCRIPTS[random.below(SCRIPTS.length)]!);
    asked.push(one);
    curse(world, one, profile.rates);
    play(crowd, one).catch((error: unknown) => violations.push(`a person stopped: ${error}`));
  }
  forge(world, asked, profile.rates).catch((error: unknown) => violations.push(`a forger stopped: ${error}`));

  const troubleMs = world.clock.now() + (30 + random.below(120)) * MINUTE;
  const allPlayed = () => asked.every((one) => one.done) && world.clock.now() >= troubleMs;
  turns.sleep(nature, troubleMs - world.clock.now(), 'trouble lasts').catch(() => {});
  if (!(await conduct(stage, allPlayed, MOST_TURNS)))
    violations.push('L1 people never got to the end of what they do');

  stage.calm = true;
  endHostility();
  world.heal();
  stage.trace.add('calm');
  const settled = async () => {
    for (const one of asked) if (!(await isSettled(one))) return false;
    return (await world.place.outboxDueMs()) === undefined && world.place.inboxIsEmpty();
  };
  const isSettled = async ({ id }: Asked): Promise<boolean> => {
    if (id === undefined) return true;
    const { body } = await read(`/v1/account-requests/${id}`);
    if (ENDS.includes(body.status)) return true;
    return body.status === 'ACTIVE' && body.steps.every((s: { status: string }) => s.status === 'succeeded');
  };
  operate(crowd, asked, () => stage.calm).catch(() => {});
  if (!(await conduct(stage, settled, MOST_TURNS))) violations.push(`L1 ${await unsettled(asked, read)}`);
  // Two readings more, so that what was missed is known.
  const until = world.clock.now() + 2 * world.place.reconcileEveryMs + 30 * MINUTE;
  turns.sleep(nature, until - world.clock.now(), 'two readings').catch(() => {});
  await conduct(
    stage,
    () => world.clock.now() >= until && world.place.outboxDueMs() === undefined,
    MOST_TURNS,
  );

  const dryRun = ({ body, requester: who }: Asked) =>
    ask(world.observer, world.tokenOf, {
      method: 'POST',
      path: '/v1/account-requests?dryRun=true',
      who,
      body,
    });
  const judged = { world, evidence, asked, read, dryRun };
  const cases = await casesOf(judged);
  violations.push(...(await checkSafety(judged, cases)), ...(await checkEnd(judged, cases)));
  for (const { request, asked: one } of cases) {
    stage.trace.add(`end ${one.script} ${JSON.stringify(request)}`);
    count(reached, `ended-${request.status}`);
  }
}

/** An operator who looks now and then, and resumes what has stopped. */
async function operate(crowd: Crowd, asked: readonly Asked[], goesOn: () => boolean): Promise<void> {
  while (goesOn()) {
    await crowd.turns.sleep(crowd.owner, 15 * MINUTE, 'the operator looks again');
    for (const { id } of asked) {
      if (id === undefined) continue;
      const path = `/v1/account-requests/${id}`;
      const answer = await ask(crowd.api(), crowd.tokenOf, { path, who: OPERATOR });
      if (answer.body.status !== 'QUARANTINED') continue;
      count(crowd.reached, 'resumed-by-operator');
      await ask(crowd.api(), crowd.tokenOf, { method: 'POST', path: `${path}/resume`, who: OPERATOR });
    }
  }
}

async function unsettled(
  asked: readonly Asked[],
  // biome-ignore lint/suspicious/noExplicitAny: answers of the API
  read: (path: string) => Promise<{ body: any }>,
): Promise<string> {
  const states = [];
  for (const { id, script } of asked) {
    if (id === undefined) continue;
    const { body } = await read(`/v1/account-requests/${id}`);
    states.push(`${id} (${script}) is ${body.status} ${JSON.stringify(body.failure ?? '')}`);
  }
  return `not settled: ${states.join('; ')}`;
}
