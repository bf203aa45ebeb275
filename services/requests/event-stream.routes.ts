import { streamSSE } from 'hono/streaming';
import type { Orm } from '../../db/client.ts';
import type { Principal } from '../access/principal.ts';
import type { Bell } from '../ledger/bell.ts';
import { isTerminal } from '../ledger/request-view.ts';
import { timelineItem } from '../ledger/timeline.ts';
import { requestAnswer } from './request-answer.ts';
import { getRequest, requestTimeline } from './requests.pg.ts';

/**
 * The request's state and its facts as they happen. `id` is the ledger position, so Last-Event-ID goes on where a
 * broken connection stopped. Ends when nothing more can happen.
 */
export async function eventStream(
  c: Parameters<typeof streamSSE>[0],
  deps: { orm: Orm; bell: Bell },
  who: Principal,
  requestId: string,
) {
  await getRequest(deps.orm, who, requestId);
  return streamSSE(c, async (stream) => {
    let after = Number(c.req.header('last-event-id') ?? 0) || 0;
    let ring = () => {};
    let rung = true;
    const off = deps.bell.subscribe(requestId, () => {
      rung = true;
      ring();
    });
    stream.onAbort(() => {
      off();
      ring();
    });
    while (!stream.aborted && !stream.closed) {
      rung = false;
      const { row, facts } = await requestTimeline(deps.orm, who, requestId, after);
      for (const fact of facts) {
        await stream.writeSSE({
          id: String(fact.seq),
          event: 'fact',
          data: JSON.stringify(timelineItem(fact)),
        });
        after = fact.seq;
      }
      await stream.writeSSE({
        id: String(after),
        event: 'request',
        data: JSON.stringify(requestAnswer(row)),
      });
      if (isTerminal(row.state.status) || row.state.steps.every((s) => s.status === 'succeeded')) break;
      // A comment every 20 seconds keeps proxies from closing the connection.
      while (!rung && !stream.aborted && !stream.closed) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 20_000);
          ring = () => {
            clearTimeout(timer);
            resolve();
          };
          if (rung) ring();
        });
        if (!rung && !stream.aborted) await stream.write(': still here\n\n');
      }
    }
    off();
  });
}
