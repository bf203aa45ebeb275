import type { Random } from '../../infra/local/world.ts';

/** Shares from 0 to 1 of what may go wrong, drawn anew for each schedule. */
export type Rates = {
  /** Of turns of the service: its process dies before or after it. */
  crash: number;
  /** A process stands still for minutes, longer than its leases. */
  pause: number;
  /** The connection breaks at a statement or a COMMIT: done or not, nobody is told. */
  lostCommit: number;
  /** Postgres says that another transaction was in the way (40001). */
  serialization: number;
  throttle: number;
  error: number;
  lostReply: number;
  staleRead: number;
  dropEvents: number;
  doubleEvents: number;
  shuffleEventsMs: number;
  /** An account operation ends badly; see `Scenario` of the embedded AWS. */
  badOutcome: number;
  forgedEvents: number;
};

export type Profile = { name: 'quiet' | 'one-fault' | 'swarm'; rates: Rates };

const QUIET: Rates = {
  crash: 0,
  pause: 0,
  lostCommit: 0,
  serialization: 0,
  throttle: 0,
  error: 0,
  lostReply: 0,
  staleRead: 0,
  dropEvents: 0,
  doubleEvents: 0,
  shuffleEventsMs: 0,
  badOutcome: 0,
  forgedEvents: 0,
};

/** How bad it gets at most. */
const WORST: Rates = {
  crash: 0.02,
  pause: 0.01,
  lostCommit: 0.03,
  serialization: 0.03,
  throttle: 0.06,
  error: 0.02,
  lostReply: 0.03,
  staleRead: 0.1,
  dropEvents: 1,
  doubleEvents: 1,
  shuffleEventsMs: 2 * 3_600_000,
  badOutcome: 0.5,
  forgedEvents: 0.5,
};

const NAMES = Object.keys(QUIET) as (keyof Rates)[];

/** One schedule in twenty is quiet, one in four has one kind of fault alone, the others a handful of kinds. */
export function drawProfile(random: Random): Profile {
  const dice = random.below(20);
  if (dice === 0) return { name: 'quiet', rates: QUIET };
  const rates = { ...QUIET };
  const draw = (name: keyof Rates) => {
    rates[name] = WORST[name] * ((1 + random.below(100)) / 100);
  };
  if (dice <= 5) {
    draw(NAMES[random.below(NAMES.length)]!);
    return { name: 'one-fault', rates };
  }
  for (const name of NAMES) if (random.below(5) < 2) draw(name);
  return { name: 'swarm', rates };
}

/** A profile that somebody wants: only these faults, at these rates. */
export const wished = (rates: Partial<Rates>): Profile => ({
  name: 'one-fault',
  rates: { ...QUIET, ...rates },
});
