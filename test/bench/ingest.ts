import type { Database } from '../../db/client.ts';
import { openDatabase } from '../../db/open.ts';
import { startInbox } from '../../services/inbox/inbox.task.ts';
import type { InboxQueue, QueueMessage } from '../../services/inbox/queue.port.ts';
import { addEras } from '../../services/ledger/housekeeping.pg.ts';
import { openService, silent } from '../support/service.ts';

/** As a queue of AWS hands them out. */
const PORTION = 10;
/** As many as read the queue at once, as in `queue.aws.ts`. */
const READERS = 512;

/**
 * The whole inbox path over a database: parsed, without doubles, chained, every projection, what leaves in the outbox. Only
 * the queue is in memory.
 */
export const openIngest = async (url: string) => ingestInto(await openDatabase({ url }));

/** The same over any database; it is closed with the path. */
export async function ingestInto(database: Database) {
  const { deps } = openService(database);
  // The month of recording, as housekeeping makes it before it begins.
  await addEras(database.orm, deps.clock.now());
  let handle: Parameters<InboxQueue['start']>[0] = async () => [];
  const queue: InboxQueue = {
    start: (given) => {
      handle = given;
    },
    deadLetter: async (_message, reason) => {
      throw new Error(`an envelope was refused: ${reason}`);
    },
    behindMs: () => 0,
    stop: async () => {},
  };
  const inbox = startInbox(queue, deps, silent);
  let taken = 0;
  return {
    async take(round: readonly string[]): Promise<void> {
      const waiting: QueueMessage[] = round.map((body) => ({ id: String(taken++), body }));
      const read = async () => {
        while (waiting.length > 0) {
          const portion = waiting.splice(0, PORTION);
          const done = await handle(portion);
          if (done.length !== portion.length) throw new Error('not every envelope was taken');
        }
      };
      await Promise.all(Array.from({ length: READERS }, read));
    },
    async close() {
      await inbox.stop();
      await database.close();
    },
  };
}
