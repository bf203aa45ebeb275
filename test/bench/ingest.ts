import { openDatabase } from '../../db/open.ts';
import { takeBatch } from '../../services/inbox/inbox.task.ts';
import { openService, silent } from '../support/service.ts';

/** As many messages as the worker takes together. */
const BATCH = 500;

/** The whole inbox path over a database: parsed, without doubles, chained, every projection, what leaves in the outbox. */
export async function openIngest(url: string) {
  const database = await openDatabase({ url });
  const { deps } = openService(database);
  let taken = 0;
  const queue = {
    deadLetter: async (_message: unknown, reason: string) => {
      throw new Error(`an envelope was refused: ${reason}`);
    },
  };
  return {
    async take(round: readonly string[]): Promise<void> {
      for (let from = 0; from < round.length; from += BATCH) {
        const batch = round.slice(from, from + BATCH).map((body) => ({ id: String(taken++), body }));
        const done = await takeBatch(queue as never, deps, silent, batch as never);
        if (done.length !== batch.length) throw new Error('not every envelope was taken');
      }
    },
    close: () => database.close(),
  };
}
