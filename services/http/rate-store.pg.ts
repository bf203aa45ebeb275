import { eq, lt } from 'drizzle-orm';
import type { Store } from 'hono-rate-limiter';
import { askNamed, type Named, type Orm } from '../../db/client.ts';
import { rateWindows } from '../../db/schema/index.ts';
import { coalesce } from '../kernel/coalesce.ts';
import type { Clock } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';
import type { AppEnv } from './env.ts';
import { openLeases, WINDOW_MS, type Window } from './rate-leases.ts';

/** Several things that one call counts for, as one key of the limiter. */
export const keyOf = (...things: string[]): string => JSON.stringify([...new Set(things)].sort());

/**
 * Counts in the database, so that a restart forgives nothing and several processes have one limit. A process counts a few
 * calls beforehand, a sixteenth of what is left and 64 at most, and lets that many through without asking: never do more
 * pass than the limit says, however many processes there are; what a process has counted and not used is lost to the others
 * until the window ends. Counts that are wanted while one is under way go together with the next.
 * @returns for each limit: `whenAway` `refuse`: a call that cannot be counted is refused; `pass`: it goes through
 */
export function rateStores(orm: Orm, clock: Clock) {
  const ask = coalesce(async (wishes: readonly Wish[]) =>
    (await count(orm, wishes)).map((value) => ({ value })),
  );
  const leases = openLeases((key, size, now) => ask({ key, size, now }));
  return (whenAway: 'refuse' | 'pass', limit: number): Store<AppEnv> => ({
    async increment(key) {
      const now = clock.now();
      try {
        const windows = await Promise.all(
          (JSON.parse(key) as string[]).map((one) => leases.take(one, limit, now)),
        );
        const fullest = windows.reduce((a, b) => (b.hits > a.hits ? b : a));
        return { totalHits: fullest.hits, resetTime: new Date(fullest.started + WINDOW_MS) };
      } catch (cause) {
        if (whenAway === 'pass') return { totalHits: 0, resetTime: new Date(now.getTime() + WINDOW_MS) };
        throw new Problem(
          'unavailable',
          'database',
          'The call cannot be counted, so it is not carried out. Nothing was lost; try again.',
          { cause, retryAfterSeconds: 5 },
        );
      }
    },
    async decrement() {
      // Every call counts, whatever comes of it.
    },
    async resetKey(key) {
      for (const one of JSON.parse(key) as string[]) {
        leases.forget(one);
        await orm.delete(rateWindows).where(eq(rateWindows.key, one));
      }
    },
  });
}

type Wish = { key: string; size: number; now: Date };

/**
 * A window begins with the first call in it. One that begins in the future is from before the clock was set back. The
 * commit does not wait for the disk: a crash of the database may forgive its last moment, one of ours nothing.
 */
const COUNT: Named = {
  name: 'count_calls',
  text: `insert into rate_windows as w (key, started_at, hits)
    select h.key, $1::timestamptz, h.value::int
    from (select set_config('synchronous_commit', 'off', true)) lazily, jsonb_each_text($3::jsonb) h
    order by h.key
    on conflict (key) do update set
      hits = case when w.started_at <= $2::timestamptz or w.started_at > $1::timestamptz then excluded.hits
        else w.hits + excluded.hits end,
      started_at = case when w.started_at <= $2::timestamptz or w.started_at > $1::timestamptz then excluded.started_at
        else w.started_at end
    returning key, hits, (extract(epoch from started_at) * 1000)::float8 as started`,
};

/** Each key is wished for once at a time. @returns the windows with all that was counted */
async function count(orm: Orm, wishes: readonly Wish[]): Promise<Window[]> {
  const now = wishes.at(-1)?.now ?? new Date(0);
  const sizes = Object.fromEntries(wishes.map(({ key, size }) => [key, size]));
  const rows = await askNamed<{ key: string; hits: number; started: number }>(orm, COUNT, [
    now.toISOString(),
    new Date(now.getTime() - WINDOW_MS).toISOString(),
    JSON.stringify(sizes),
  ]);
  const windows = new Map(rows.map((row) => [row.key, row]));
  return wishes.map(({ key }) => {
    const row = windows.get(key);
    if (!row) throw new Error('a call was not counted');
    return { hits: Number(row.hits), started: Number(row.started) };
  });
}

/** Forgets windows that are long over. */
export async function sweepRateWindows(orm: Orm, now: Date): Promise<void> {
  await orm.delete(rateWindows).where(lt(rateWindows.startedAt, new Date(now.getTime() - 10 * WINDOW_MS)));
}
