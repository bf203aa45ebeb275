import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { Orm } from '../../db/client.ts';
import type { Principal } from '../access/principal.ts';
import { newsMark } from '../dashboard/news.ts';
import type { AppEnv } from '../http/env.ts';
import type { Clock } from '../kernel/context.ts';
import type { Bell } from '../ledger/bell.ts';
import { complianceSummary } from '../ledger/summary.pg.ts';
import { requestPulse } from './pulse.pg.ts';

export type NewsDeps = {
  orm: Orm;
  clock: Clock;
  bell: Bell;
  asApprover: (who: Principal) => Promise<Principal>;
  guidanceOf: (control: string) => string;
};

/** However much happens, a page asks for itself once a second at most. */
const PAUSE_MS = 1_000;
/** What rings no bell (counters of compliance) is looked at so often; it keeps proxies from closing the connection too. */
const LOOK_MS = 20_000;
/** Then the browser comes again, and has to show its session again. */
const LIFE_MS = 15 * 60_000;

/**
 * Tells a page of many requests that it is out of date. The id of an event is a mark of everything that was counted, so
 * that whoever comes back with the last one they had (`Last-Event-ID`, or `seen` at first) hears at once whether anything
 * happened meanwhile, and nothing when nothing did. `of=requests` leaves the counters out.
 */
export function newsRoutes(deps: NewsDeps) {
  const app = new Hono<AppEnv>();
  app.get('/events', async (c) => {
    const who = await deps.asApprover(c.get('who'));
    const until = deps.clock.now().getTime() + LIFE_MS;
    const ofRequests = c.req.query('of') === 'requests';
    let seen = c.req.header('last-event-id') ?? c.req.query('seen') ?? '';
    return streamSSE(c, async (stream) => {
      const ear = listen(deps.bell);
      stream.onAbort(ear.close);
      const open = () => !stream.aborted && !stream.closed;
      while (open() && deps.clock.now().getTime() < until) {
        ear.heard();
        const [pulse, summary] = await Promise.all([
          requestPulse(deps.orm, who),
          ofRequests
            ? undefined
            : complianceSummary(deps.orm, who, deps.guidanceOf, { now: deps.clock.now() }),
        ]);
        const id = newsMark(pulse, summary);
        const { mark: _, ...data } = pulse;
        if (id === seen) await stream.write(': nothing new\n\n');
        else await stream.writeSSE({ id, event: 'news', data: JSON.stringify(data) });
        seen = id;
        await stream.sleep(PAUSE_MS);
        if (open()) await ear.next(LOOK_MS);
      }
      ear.close();
    });
  });
  return app;
}

/** Waits for the bell, or for a while: what rings between two waits is not missed. */
function listen(bell: Bell) {
  let rung = false;
  let wake = () => {};
  const off = bell.subscribeAll(() => {
    rung = true;
    wake();
  });
  return {
    heard: () => {
      rung = false;
    },
    next: (ms: number) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (rung) wake();
      }),
    close: () => {
      off();
      wake();
    },
  };
}
