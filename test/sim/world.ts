import { type VirtualClock, virtualClock } from '../../infra/local/clock.ts';
import type { LocalAws } from '../../infra/local/index.ts';
import { openLocalAws } from '../../infra/local/open.ts';
import { seededRandom } from '../../infra/local/random.ts';
import type { MessageState } from '../../infra/local/services/sqs/queue.ts';
import type { Random } from '../../infra/local/world.ts';
import { nextDue } from '../../services/outbox/outbox.pg.ts';
import { type History, watch } from './cloud.ts';
import { type Counts, count, type Stage } from './conductor.ts';
import type { SimDatabase } from './database.ts';
import { type Api, openTokens } from './http.ts';
import type { Profile } from './profile.ts';
import { assets, openApi, type Place, startWorker } from './service.ts';
import { useMachine } from './time.ts';
import type { Trace } from './trace.ts';
import { newOwner, type Owner, openTurns, type Turn, type Turns } from './turns.ts';

export const START = Date.parse('2026-03-04T10:00:00Z');
const RECONCILE_MINUTES = [30, 120];

/** A service of two workers and an API, an AWS and a database, in one process and at one pace. */
export type SimWorld = {
  clock: VirtualClock;
  aws: LocalAws;
  turns: Turns;
  random: Random;
  stage: Stage;
  history: History;
  nature: Owner;
  place: Place;
  faults: Counts;
  reached: Counts;
  api: () => Api;
  /** The application without turns and faults: what it answers is what is committed now. */
  observer: Api;
  tokenOf: ReturnType<typeof openTokens>;
  /** Brings back to life who is dead and wakes up who stands still. */
  heal(): void;
  close(): Promise<void>;
};

export async function openWorld(
  database: SimDatabase,
  seed: number,
  profile: Profile,
  trace: Trace,
): Promise<SimWorld> {
  await database.reset();
  const random = seededRandom(seed);
  const clock = virtualClock(START);
  const turns = openTurns(() => clock.now());
  const nature = newOwner('nature');
  useMachine({
    nowMs: () => clock.now(),
    random,
    sleep: (ms) => turns.sleep(nature, ms, 'timer'),
    track: turns.track,
  });
  const aws = await openLocalAws({
    dataDir: null,
    timeScale: 1,
    clock,
    seed,
    port: null,
    artifact: assets.artifact,
  });
  const slots = [1, 2, 5][random.below(3)]!;
  aws.setLimit('accountOperations', slots);
  trace.add(`account operations at once: ${slots}`);
  const history = watch(aws, trace, () => clock.now());
  const [faults, reached]: Counts[] = [new Map(), new Map()];
  const due = dueOf(database, aws);
  const place: Place = {
    database,
    aws,
    turns,
    clock: { now: () => new Date(clock.now()) },
    random,
    outboxDueMs: due.outbox,
    inboxIsEmpty: () => due.inbox() === undefined,
    inboxHasMessages: () => (due.inbox() ?? Number.POSITIVE_INFINITY) <= clock.now(),
    reconcileEveryMs: RECONCILE_MINUTES[random.below(RECONCILE_MINUTES.length)]! * 60_000,
  };
  const stage: Stage = {
    ...{ clock, aws, turns, random, trace, faults: faults!, rates: profile.rates },
    calm: false,
    services: new Set(),
    onDeath: () => {},
    between: due.look,
    dueMs: () => {
      const next = due.next();
      return next !== undefined && next > clock.now() ? next : undefined;
    },
  };
  const processes = startProcesses(place, stage, nature, reached!);
  const observing = newOwner('observer');
  const free: Turns = { ...turns, take: async (_owner, _kind, _what, run) => run() };
  return {
    ...{ clock, aws, turns, random, stage, history, nature, place, faults: faults!, reached: reached! },
    api: processes.api,
    observer: { app: openApi({ ...place, turns: free }, observing), owner: observing },
    tokenOf: openTokens(() => clock.now()),
    heal: processes.heal,
    async close() {
      await aws.close();
      useMachine(undefined);
    },
  };
}

/** When messages are due that nobody waits for by time. */
function dueOf(database: SimDatabase, aws: LocalAws) {
  let outbox: number | undefined;
  const inbox = (): number | undefined => {
    let first: number | undefined;
    for (const { visibleAtMs } of aws.world.store.values<MessageState>('sqs/messages/jetway-inbox'))
      if (first === undefined || visibleAtMs < first) first = visibleAtMs;
    return first;
  };
  return {
    outbox: () => outbox,
    inbox,
    next(): number | undefined {
      const all = [outbox, inbox()].filter((at) => at !== undefined);
      return all.length === 0 ? undefined : Math.min(...all);
    },
    async look(last: Turn | undefined): Promise<void> {
      const changed =
        last?.kind === 'transaction' || (last?.kind === 'sql' && /outbox|with due/.test(last.what));
      if (changed) outbox = (await nextDue(database.orm))?.getTime();
    },
  };
}

function startProcesses(place: Place, stage: Stage, nature: Owner, reached: Counts) {
  const { turns, random, trace, services } = stage;
  const missing = new Set<() => void>();
  let api: Api;
  let born = 0;
  const starters = {
    api: () => {
      const owner = newOwner(`api-${++born}`);
      services.add(owner);
      api = { app: openApi(place, owner), owner };
    },
    worker: () => {
      const owner = newOwner(`worker-${++born}`);
      services.add(owner);
      startWorker(place, owner, (error) => trace.add(`  ${owner.name} says ${firstLine(error)}`));
    },
  };
  stage.onDeath = (owner) => {
    const start = starters[owner.name.startsWith('api') ? 'api' : 'worker'];
    const again = () => {
      if (!missing.delete(again)) return;
      count(reached, 'process-restarted');
      start();
    };
    missing.add(again);
    const afterMs = random.below(random.below(4) === 0 ? 600_000 : 20_000);
    turns.sleep(nature, afterMs, `${owner.name} is replaced`).then(again, () => {});
  };
  starters.api();
  starters.worker();
  starters.worker();
  return {
    api: () => api,
    heal() {
      for (const again of [...missing]) again();
      for (const owner of services) owner.pausedUntilMs = 0;
    },
  };
}

const firstLine = (error: unknown): string =>
  String((error as Error)?.message)
    .split('\n')[0]!
    .slice(0, 120);
