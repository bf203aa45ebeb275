import pg from 'pg';
import { openDatabase } from '../../db/open.ts';
import { openServer } from '../../services/http/server.node.ts';
import { openBenchApp } from './app.ts';

/** A statement as it went to the driver, and the connection that it went over. */
export type Sent = { connection: number; text: string; values: unknown[]; name?: string };

/**
 * The application as a process of its own. Asked for `{ path, cookie }` it answers with the statements that the page sent.
 */
const { url } = JSON.parse(process.argv[2] ?? '') as { url: string };
const { app } = openBenchApp(await openDatabase({ url }));
const server = await openServer(app.fetch, 0);

let heard: Sent[] | undefined;
const connections = new Map<unknown, number>();
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
  if (heard) {
    const [first, second] = args as [string | { text: string; values?: unknown[]; name?: string }, unknown];
    const given = typeof first === 'string' ? { text: first } : first;
    if (!connections.has(this)) connections.set(this, connections.size);
    heard.push({
      connection: connections.get(this) ?? 0,
      text: given.text,
      values: Array.isArray(second) ? second : (given.values ?? []),
      ...(given.name === undefined ? {} : { name: given.name }),
    });
  }
  return Reflect.apply(query, this, args);
} as typeof query;

process.on('message', async ({ path, cookie }: { path: string; cookie: string }) => {
  heard = [];
  const answer = await app.request(`${server.url}${path}`, { headers: { cookie, accept: 'text/html' } });
  const bytes = (await answer.text()).length;
  const sent = heard;
  heard = undefined;
  process.send?.({ status: answer.status, bytes, sent });
});
process.send?.({ url: server.url });
process.on('disconnect', () => process.exit());
