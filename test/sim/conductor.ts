import type { VirtualClock } from '../../infra/local/clock.ts';
import type { LocalAws } from '../../infra/local/index.ts';
import type { Random } from '../../infra/local/world.ts';
import type { Rates } from './profile.ts';
import type { Trace } from './trace.ts';
import type { Owner, Turn, Turns } from './turns.ts';

/** What has gone wrong, and what has been survived, by name. */
export type Counts = Map<string, number>;
export const count = (counts: Counts, name: string, by = 1): void =>
  void counts.set(name, (counts.get(name) ?? 0) + by);

export type Stage = {
  clock: VirtualClock;
  aws: LocalAws;
  turns: Turns;
  random: Random;
  trace: Trace;
  faults: Counts;
  /** Nothing goes wrong any more once it is calm. */
  calm: boolean;
  rates: Rates;
  /** Service processes; only these die, stand still and lose connections. */
  services: Set<Owner>;
  /** A process has died: brings up another one, later. */
  onDeath: (owner: Owner) => void;
  /** Runs between two turns, when everybody stands still. */
  between: (turn: Turn | undefined) => Promise<void>;
  /** When something is due that nobody waits for by time: messages of outbox and queue. */
  dueMs: () => number | undefined;
};

const connectionLost = () =>
  Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
const serializationFailure = () =>
  Object.assign(new Error('could not serialize access due to concurrent update'), { code: '40001' });

const hits = (random: Random, rate: number) => rate > 0 && random.below(1_000_000) < rate * 1_000_000;

/** Lets one after the other go ahead until `over`, or until so many turns were taken. @returns whether it was over */
export async function conduct(
  stage: Stage,
  over: () => boolean | Promise<boolean>,
  mostTurns: number,
): Promise<boolean> {
  const { clock, aws, turns, random } = stage;
  let last: Turn | undefined;
  let written = true;
  for (let taken = 0; taken < mostTurns; ) {
    await aws.engine.idle();
    await turns.quiet();
    await stage.between(last);
    written ||= last?.kind === 'transaction' || last?.kind === 'sql';
    last = undefined;
    clock.advanceTo(clock.now() + 1);
    await aws.engine.idle();
    const ready = turns.ready();
    if (ready.length === 0) {
      // Asked when everybody waits for time to pass, and only when something may have changed.
      if (written && (await over())) return true;
      written = false;
      const next = nextMs(stage);
      if (next === undefined) return false;
      clock.advanceTo(next);
      continue;
    }
    taken += 1;
    last = ready[random.below(ready.length)]!;
    await perform(stage, last);
  }
  return false;
}

function nextMs({ clock, turns, dueMs }: Stage): number | undefined {
  const all = [clock.next(), turns.nextMs(), dueMs()].filter((at) => at !== undefined);
  return all.length === 0 ? undefined : Math.max(clock.now() + 1, Math.min(...all));
}

async function perform(stage: Stage, turn: Turn): Promise<void> {
  const { turns, clock, trace, services, faults, random } = stage;
  const { owner, kind, what } = turn;
  turns.remove(turn);
  const mayFail = !stage.calm && services.has(owner);
  const line = `${clock.now()} ${owner.name} ${kind} ${what}`;
  const fault = mayFail ? faultOf(stage, turn) : undefined;
  trace.add(fault ? `${line} !${fault}` : line);
  if (fault) count(faults, fault);
  if (fault === 'stands-still') {
    owner.pausedUntilMs = clock.now() + 1_000 + random.below(random.below(2) === 0 ? 60_000 : 900_000);
    return putBack(turns, turn);
  }
  if (fault === 'crash-before') return die(stage, owner);
  if (fault === 'connection-lost-before') return turn.reject(connectionLost());
  if (fault === 'serialization-failure') return turn.reject(serializationFailure());
  try {
    const value = await turn.run();
    if (fault === 'crash-after') return die(stage, owner);
    if (fault === 'connection-lost-after') return turn.reject(connectionLost());
    turn.resolve(value);
  } catch (error) {
    trace.add(
      `  failed: ${String((error as Error).message)
        .split('\n')[0]
        ?.slice(0, 200)}`,
    );
    turn.reject(error);
  }
}

function faultOf({ random, rates }: Stage, { kind }: Turn): string | undefined {
  const half = () => random.below(2) === 0;
  if (kind === 'pause') return undefined;
  if (hits(random, rates.crash)) return half() ? 'crash-before' : 'crash-after';
  if (hits(random, rates.pause)) return 'stands-still';
  if (kind === 'aws') return undefined;
  if (hits(random, rates.lostCommit)) return half() ? 'connection-lost-before' : 'connection-lost-after';
  if (kind === 'transaction' && hits(random, rates.serialization)) return 'serialization-failure';
  return undefined;
}

/** It goes on with what it was about to do, as a thread does that was not scheduled. */
function putBack(turns: Turns, { owner, kind, what, run, resolve, reject }: Turn): void {
  turns.take(owner, kind, what, run).then(resolve, reject);
}

function die({ turns, services, onDeath }: Stage, owner: Owner): void {
  services.delete(owner);
  owner.kill();
  turns.forget(owner);
  onDeath(owner);
}
