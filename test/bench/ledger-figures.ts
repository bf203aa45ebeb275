import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startChild } from './child.ts';
import { benchCluster } from './cluster.ts';
import { envelopes } from './envelopes.ts';
import type { Figure, Sides } from './figure.ts';
import { openIngest } from './ingest.ts';
import { installPeers, peer } from './peers.ts';

/** Envelopes of a round; a whole one takes seconds. */
const ROUND = 10_000;
/** Of the slow ones. */
const SHORT_ROUND = 2_000;

/** Envelopes a second by the whole inbox path, beside other ways to keep or to work off the same envelopes. */
export function ledgerFigures(): Figure[] {
  const figure = (
    name: string,
    yardstickName: string,
    atLeast: number,
    open: () => Promise<Sides>,
  ): Figure => ({ name: `ledger.ingest.${name}`, unit: 'events/s', yardstickName, gate: { atLeast }, open });
  return [
    figure('vs_copy', 'server-side COPY into a keyed jsonb table', 0.25, () => beside(openCopy, ROUND)),
    figure('vs_row_by_row', 'the same envelopes, one statement after the other', 5, () =>
      beside(openRowByRow, SHORT_ROUND),
    ),
    figure('vs_pgboss', 'pg-boss: insert, then fetch and complete, 500 at a time', 2, () =>
      beside(openQueue('pgboss'), ROUND),
    ),
    figure('vs_graphile', 'graphile-worker: addJobs, then run with its local queue, 500 at a time', 1.5, () =>
      beside(openQueue('graphile'), ROUND),
    ),
  ];
}

type Yardstick = {
  /** Before the clock starts. */
  prepare?(round: readonly string[]): void;
  take(round: readonly string[]): Promise<void>;
  close(): Promise<void>;
};

/** Every round has envelopes of its own, the same for both sides. */
async function beside(open: (url: string) => Promise<Yardstick>, size: number): Promise<Sides> {
  const cluster = await benchCluster();
  const ours = await openIngest(await cluster.fresh());
  const yardstick = await open(await cluster.bare());
  const round = ({ prepare, take }: Yardstick) => {
    let seed = 1;
    return async () => {
      const all = envelopes(size, { seed: seed++ });
      prepare?.(all);
      const began = performance.now();
      await take(all);
      return all.length / ((performance.now() - began) / 1_000);
    };
  };
  return {
    ours: round(ours),
    yardstick: round(yardstick),
    close: async () => {
      await ours.close();
      await yardstick.close();
    },
  };
}

const TABLE = `create table events (id bigint generated always as identity primary key, event_id text not null unique,
  body jsonb not null)`;

/** The ceiling: a file that the server reads, with each event once because COPY knows no conflict. */
async function openCopy(url: string): Promise<Yardstick> {
  const client = await connected(url);
  await client.query(TABLE);
  const folder = mkdtempSync(join(tmpdir(), 'jetway-bench-'));
  // The server runs as a user of its own.
  chmodSync(folder, 0o755);
  const file = join(folder, 'events.tsv');
  return {
    prepare(round) {
      const once = new Map(round.map((body) => [(JSON.parse(body) as { id: string }).id, body]));
      writeFileSync(
        file,
        [...once].map(([id, body]) => `${id}\t${body.replaceAll('\\', '\\\\')}`).join('\n'),
      );
    },
    async take() {
      await client.query(`copy events (event_id, body) from '${file.replaceAll("'", "''")}'`);
    },
    async close() {
      await client.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function openRowByRow(url: string): Promise<Yardstick> {
  const client = await connected(url);
  await client.query(TABLE);
  await client.query(`create table findings (key text primary key, status text not null, ordered_at timestamptz not null,
    event_id text not null)`);
  return {
    async take(round) {
      for (const body of round) {
        const { id, detail } = JSON.parse(body);
        const result = detail.newEvaluationResult;
        const key = [detail.awsAccountId, detail.awsRegion, detail.configRuleName, detail.resourceId].join();
        const at = result.evaluationResultIdentifier.orderingTimestamp;
        await client.query('begin');
        const { rowCount } = await client.query({
          name: 'event',
          text: 'insert into events (event_id, body) values ($1, $2) on conflict do nothing',
          values: [id, body],
        });
        if (rowCount === 1)
          await client.query({
            name: 'finding',
            text: `insert into findings values ($1, $2, $3, $4) on conflict (key) do update
              set status = excluded.status, ordered_at = excluded.ordered_at, event_id = excluded.event_id
              where (findings.ordered_at, findings.event_id) < (excluded.ordered_at, excluded.event_id)`,
            values: [key, result.complianceType, at, id],
          });
        await client.query('commit');
      }
    },
    close: () => client.end(),
  };
}

/** A queue in a process of its own, which says when it has worked everything off. */
const openQueue =
  (name: 'pgboss' | 'graphile') =>
  async (url: string): Promise<Yardstick> => {
    installPeers();
    const child = await startChild(peer('queues'), { url, name });
    return {
      async take(round) {
        const done = child.next();
        child.send(round);
        await done;
      },
      close: () => child.stop(),
    };
  };

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}
