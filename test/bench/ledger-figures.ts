import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { laneOf } from '../../services/ledger/fact.ts';
import { startChild } from './child.ts';
import { benchCluster } from './cluster.ts';
import { type Fleet, fillComplianceRows } from './compliance-rows.ts';
import { accountIdOf, envelopes } from './envelopes.ts';
import type { Figure, Sides } from './figure.ts';
import { openIngest } from './ingest.ts';
import { installPeers, peer } from './peers.ts';
import { openRowByRow } from './row-by-row.ts';

/** Envelopes of a round; a whole one takes seconds. */
const ROUND = 10_000;
/** Of the slow ones. */
const SHORT_ROUND = 2_000;
/** Whose findings are there before: 100,000 in each lane, and a tenth of them open. */
const FLEET: Fleet = { accounts: 8_000, controls: 50, open: 0.1 };
/** An organization ten times as large as Control Tower's own limit: 5,000,000 findings. */
const LARGE: Fleet = { accounts: 100_000, controls: 50, open: 0.01 };
const NOTHING_TOLD: Fleet = { accounts: 2_000, controls: 50, open: 0, told: false };

/** Envelopes a second by the whole inbox path, beside other ways to keep or to work off the same envelopes. */
export function ledgerFigures(): Figure[] {
  const figure = (
    name: string,
    yardstickName: string,
    atLeast: number,
    open: () => Promise<Sides>,
  ): Figure => ({ name: `ledger.ingest.${name}`, unit: 'events/s', yardstickName, gate: { atLeast }, open });
  return [
    figure('vs_copy', 'server-side COPY into a keyed jsonb table', 0.25, () =>
      beside(bare(openCopy), { size: ROUND, lanes: 1 }),
    ),
    figure('vs_copy_two_lanes', 'one server-side COPY into a keyed jsonb table', 0.4, () =>
      beside(bare(openCopy), { size: ROUND, lanes: 2 }),
    ),
    figure('vs_row_by_row', 'the same rows, one statement after the other', 5, () =>
      beside(async () => openRowByRow(await fleetOf(FLEET)), { size: SHORT_ROUND, lanes: 1 }),
    ),
    figure('vs_pgboss', 'pg-boss: insert, then fetch and complete, 500 at a time', 2, () =>
      beside(bare(openQueue('pgboss')), { size: ROUND }),
    ),
    figure('vs_graphile', 'graphile-worker: addJobs, then run with its local queue, 500 at a time', 1.5, () =>
      beside(bare(openQueue('graphile')), { size: ROUND }),
    ),
    figure('growth', 'the same with accounts and guardrails of which nothing was told yet', 0.6, openGrowth),
  ];
}

type Yardstick = {
  /** Before the clock starts. */
  prepare?(round: readonly string[]): void;
  take(round: readonly string[]): Promise<void>;
  close(): Promise<void>;
};

/** A copy of the fleet that may be written to. */
async function fleetOf(fleet: Fleet): Promise<string> {
  const cluster = await benchCluster();
  const name = `fleet_${fleet.accounts}_${fleet.controls}${fleet.told === false ? '_untold' : ''}`;
  await cluster.dataSet(name, (url) => fillComplianceRows(url, fleet));
  return cluster.copyOf(name);
}

const bare = (open: (url: string) => Promise<Yardstick>) => async (): Promise<Yardstick> =>
  open(await (await benchCluster()).bare());

/** Every round has envelopes of its own; another seed is another hour. */
const rounds = ({ prepare, take }: Yardstick, made: (seed: number) => string[]) => {
  let seed = 1;
  return async () => {
    const all = made(seed++);
    prepare?.(all);
    const began = performance.now();
    await take(all);
    return all.length / ((performance.now() - began) / 1_000);
  };
};

/** @param lanes whose accounts send them; without it all */
async function beside(
  open: () => Promise<Yardstick>,
  { size, lanes }: { size: number; lanes?: number },
): Promise<Sides> {
  const ours = await openIngest(await fleetOf(FLEET));
  const yardstick = await open();
  const accounts = Array.from({ length: FLEET.accounts }, (_, n) => accountIdOf(n)).filter(
    (accountId) => lanes === undefined || laneOf({ source: 'aws.config', accountId, data: {} }) <= lanes,
  );
  const made = (seed: number) =>
    envelopes(size, { seed, accounts: accounts.length }, (n) => accounts[n] as string);
  return {
    ours: rounds(ours, made),
    yardstick: rounds(yardstick, made),
    close: async () => {
      await ours.close();
      await yardstick.close();
    },
  };
}

async function openGrowth(): Promise<Sides> {
  const ours = await openIngest(await fleetOf(LARGE));
  const yardstick = await openIngest(await fleetOf(NOTHING_TOLD));
  return {
    ours: rounds(ours, (seed) => envelopes(ROUND, { seed, accounts: LARGE.accounts })),
    yardstick: rounds(yardstick, (seed) => envelopes(ROUND, { seed, accounts: NOTHING_TOLD.accounts })),
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
