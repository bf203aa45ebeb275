import { eq, lt, sql } from 'drizzle-orm';
import type { Store } from 'hono-rate-limiter';
import { type Orm, rowsOf } from '../../db/client.ts';
import { rateWindows } from '../../db/schema/index.ts';
import type { Clock } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';
import type { AppEnv } from './env.ts';

export const WINDOW_MS = 60_000;

/** Several things that one call counts for, as one key of the limiter. */
export const keyOf = (...things: string[]): string => JSON.stringify([...new Set(things)].sort());

/**
 * Counts in the database, so that a restart forgives nothing: one statement for each call, whatever it counts for.
 * @param whenAway `refuse`: a call that cannot be counted is refused; `pass`: it goes through
 */
export function rateStore(orm: Orm, clock: Clock, whenAway: 'refuse' | 'pass'): Store<AppEnv> {
  return {
    async increment(key) {
      const now = clock.now();
      try {
        const rows = await count(orm, JSON.parse(key) as string[], now);
        const fullest = rows.reduce((a, b) => (Number(b.hits) > Number(a.hits) ? b : a));
        return {
          totalHits: Number(fullest.hits),
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

/** A window begins with the first call in it. One that begins in the future is from before the clock was set back. */
function count(orm: Orm, keys: readonly string[], now: Date) {
  const at = now.toISOString();
  const over = sql`(w.started_at <= ${new Date(now.getTime() - WINDOW_MS).toISOString()}::timestamptz
    or w.started_at > ${at}::timestamptz)`;
  const values = sql.join(
    keys.map((key) => sql`(${key}, ${at}::timestamptz, 1)`),
    sql`, `,
  );
  return rowsOf<{ hits: number; started: string | Date }>(
    orm,
    sql`insert into rate_windows as w (key, started_at, hits) values ${values}
        on conflict (key) do update set
          hits = case when ${over} then 1 else w.hits + 1 end,
          started_at = case when ${over} then excluded.started_at else w.started_at end
        returning hits, started_at as started`,
  );
}

/** Forgets windows that are long over. */
export async function sweepRateWindows(orm: Orm, now: Date): Promise<void> {
  await orm.delete(rateWindows).where(lt(rateWindows.startedAt, new Date(now.getTime() - 10 * WINDOW_MS)));
}
