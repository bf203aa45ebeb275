import type { Context, MiddlewareHandler } from 'hono';
import { rateLimiter, type Store } from 'hono-rate-limiter';
import { Problem } from '../kernel/errors.ts';
import { canonicalSubject } from '../people/person.ts';
import type { AppEnv } from './env.ts';
import { peerKey } from './peer-key.ts';

const WINDOW_MS = 60_000;
/** Nobody is known by an address: behind one there may be an office, or a proxy with everybody behind it. */
const PER_PEER = 6_000;

export type RateLimits = {
  /** Calls a minute of one person. */
  callsPerMinute: number;
  /** Writes a minute of one team. */
  teamWritesPerMinute: number;
};

export type LimitDeps = {
  limits: RateLimits;
  peer: (c: Context) => string | undefined;
  keyOf: (...things: string[]) => string;
  /** Counts that outlive the process. */
  store: (whenAway: 'refuse' | 'pass', limit: number) => Store<AppEnv>;
};

/**
 * Who calls too often is told when to come back. Signed callbacks are not counted: who sends them is known only after
 * the signature was checked, which costs less than counting, and a count from before would let forgers lock others out.
 */
export function rateLimits({ limits, peer, keyOf, store }: LimitDeps) {
  const rate = (c: Context<AppEnv>) => c.get('policy')?.rate;
  const shared = { windowMs: WINDOW_MS, handler: refuse } as const;
  const ofPeer = {
    ...shared,
    limit: PER_PEER,
    standardHeaders: false,
    keyGenerator: (c: Context) => peerKey(peer(c)),
  } as const;
  const ofPerson = {
    ...shared,
    limit: limits.callsPerMinute,
    standardHeaders: 'draft-7',
    keyGenerator: (c: Context<AppEnv>) => keyOf(`person:${canonicalSubject(c.get('who').subject)}`),
  } as const;
  const signedIn = (c: Context<AppEnv>, kind: 'read' | 'write') =>
    c.get('who') !== undefined && rate(c) === kind;
  return {
    /** Of who is not signed in. */
    peers: rateLimiter<AppEnv>({ ...ofPeer, skip: (c) => rate(c) !== 'peer' }),
    /** Tokens that are not good: the last of too many are no longer told why. */
    failures: rateLimiter<AppEnv>({ ...ofPeer }),
    reads: rateLimiter<AppEnv>({
      ...ofPerson,
      store: store('pass', limits.callsPerMinute),
      skip: (c) => !signedIn(c, 'read'),
    }),
    writes: rateLimiter<AppEnv>({
      ...ofPerson,
      store: store('refuse', limits.callsPerMinute),
      skip: (c) => !signedIn(c, 'write'),
    }),
    /** After the body was read: it may name the team. */
    teams: rateLimiter<AppEnv>({
      ...shared,
      limit: limits.teamWritesPerMinute,
      standardHeaders: false,
      store: store('refuse', limits.teamWritesPerMinute),
      keyGenerator: (c) => keyOf(...teamsOf(c).map((team) => `team:${team}`)),
      skip: (c) => !signedIn(c, 'write') || teamsOf(c).length === 0,
    }),
  } satisfies Record<string, MiddlewareHandler<AppEnv>>;
}

/** The team that is asked for, else every team of the caller. */
function teamsOf(c: Context<AppEnv>): readonly string[] {
  const { teams } = c.get('who');
  const named = c.get('bodyTeam');
  return named !== undefined && teams.includes(named) ? [named] : teams.slice(0, 20);
}

/** The limiter says when to come back only where it writes headers of its own. */
function refuse(c: Context): never {
  const seconds = Number(c.res.headers.get('Retry-After'));
  throw new Problem(
    'too-many',
    'rate-limited',
    'Too many calls within a minute. Go on after the time in Retry-After.',
    { retryAfterSeconds: seconds > 0 ? seconds : WINDOW_MS / 1_000 },
  );
}
