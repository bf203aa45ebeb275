import { eq, lt, sql } from 'drizzle-orm';
import type { Store } from 'hono-rate-limiter';
import { type Orm, rowsOf } from '../../db/client.ts';
import { rateWindows } from '../../db/schema/index.ts';
import { coalesce, perDatabase } from '../kernel/coalesce.ts';
import type { Clock } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';
import type { AppEnv } from './env.ts';

export const WINDOW_MS = 60_000;

/** Several things that one call counts for, as one key of the limiter. */
export const keyOf = (...things: string[]): string => JSON.stringify([...new Set(things)].sort());

/**
 * Counts in the database, so that a restart forgives nothing. Calls that come while a count is under way are counted
 * together by the next.
 * @param whenAway `refuse`: a call that cannot be counted is refused; `pass`: it goes through
 */
export function rateStore(orm: Orm, clock: Clock, whenAway: 'refuse' | 'pass'): Store<AppEnv> {
  return {
    async increment(key) {
      const now = clock.now();
      try {
        const rows = await counters(orm)({ keys: JSON.parse(key) as string[], now });
        const fullest = rows.reduce((a, b) => (b.hits > a.hits ? b : a));
        return {
          totalHits: fullest.hits,
          resetTime: new Date(new Date(fullest.started).getTime() + WINDOW_MS),
        };
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
      for (const one of JSON.parse(key) as string[])
        await orm.delete(rateWindows).where(eq(rateWindows.key, one));
    },
  };
}

type Call = { keys: readonly string[]; now: Date };
type Window = { hits: number; started: string | Date };

const counters = perDatabase((orm) =>
  coalesce(async (calls: readonly Call[]) => {
    const hits = new Map<string, number>();
    for (const key of calls.flatMap(({ keys }) => keys)) hits.set(key, (hits.get(key) ?? 0) + 1);
    const windows = await count(orm as Orm, hits, calls.at(-1)?.now ?? new Date(0));
    // Each call sees the count as it was after it, as if they had come one by one.
    for (const [key, more] of hits) {
      const window = windows.get(key);
      if (window) window.hits -= more;
    }
    return calls.map(({ keys }) => ({
      value: keys.flatMap((key): Window[] => {
        const window = windows.get(key);
        if (!window) return [];
        window.hits += 1;
        return [{ ...window }];
      }),
    }));
  }),
);

/**
 * A window begins with the first call in it. One that begins in the future is from before the clock was set back. The
 * commit does not wait for the disk: a crash of the database may forgive its last moment, one of ours nothing.
 */
async function count(orm: Orm, hits: ReadonlyMap<string, number>, now: Date): Promise<Map<string, Window>> {
  const at = now.toISOString();
  const over = sql`(w.started_at <= ${new Date(now.getTime() - WINDOW_MS).toISOString()}::timestamptz
    or w.started_at > ${at}::timestamptz)`;
  const rows = await rowsOf<{ key: string; hits: number; started: string | Date }>(
    orm,
    sql`insert into rate_windows as w (key, started_at, hits)
        select h.key, ${at}::timestamptz, h.value::int
        from (select set_config('synchronous_commit', 'off', true)) lazily,
          jsonb_each_text(${JSON.stringify(Object.fromEntries(hits))}::jsonb) h
        order by h.key
        on conflict (key) do update set
          hits = case when ${over} then excluded.hits else w.hits + excluded.hits end,
          started_at = case when ${over} then excluded.started_at else w.started_at end
        returning key, hits, started_at as started`,
  );
  return new Map(rows.map(({ key, hits, started }) => [key, { hits: Number(hits), started }]));
}

/** Forgets windows that are long over. */
export async function sweepRateWindows(orm: Orm, now: Date): Promise<void> {
  await orm.delete(rateWindows).where(lt(rateWindows.startedAt, new Date(now.getTime() - 10 * WINDOW_MS)));
}
