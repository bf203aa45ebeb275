import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../db/client.ts';
import { openEmbedded } from '../../db/embedded.ts';
import { openDatabase } from '../../db/open.ts';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import { rebuildProjections } from '../../services/ledger/rebuild.pg.ts';
import { openService } from '../support/service.ts';
import { vendedAccount } from '../support/vended.ts';
import { benchCluster } from './cluster.ts';
import { envelopes } from './envelopes.ts';
import type { Figure, Sides } from './figure.ts';
import { ingestInto, openIngest } from './ingest.ts';

const FACTS = 1_000_000;
const VENDS = 30;
const PORTION = 20_000;
const LIMIT_S = 60;

const ROUND = 3_000;
/** What was promised of two cores; nothing is gated by it. */
const EMBEDDED_PER_SECOND = 3_000;

/** The whole inbox path over the embedded database, which lives in the process that asks it. */
const embedded: Figure = {
  name: 'ledger.ingest.embedded',
  unit: 'events/s',
  yardstickName: 'what was promised of two cores, not gated',
  async open(): Promise<Sides> {
    const folder = mkdtempSync(join(tmpdir(), 'jetway-bench-embedded-'));
    const migrations = join(packageRoot(), 'db', 'migrations');
    const ingest = await ingestInto(await openEmbedded(join(folder, 'data'), migrations));
    let seed = 1;
    return {
      async ours() {
        const round = envelopes(ROUND, { seed: seed++ });
        const began = performance.now();
        await ingest.take(round);
        return round.length / ((performance.now() - began) / 1_000);
      },
      yardstick: () => EMBEDDED_PER_SECOND,
      async close() {
        await ingest.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};

/** All facts of a ledger folded anew and compared with what is there, as `npm run ledger -- rebuild` does. */
export const rebuildFigures = (): Figure[] => [
  embedded,
  {
    name: 'ledger.rebuild',
    unit: 's',
    yardstickName: 'the limit of 60 s for 1,000,000 facts',
    gate: { atMost: 1 },
    // A round is most of a minute and changes nothing; a warm-up would say what the first says.
    once: true,
    open: (): Sides => ({ ours: rebuild, yardstick: () => LIMIT_S }),
  },
];

/** @throws Error when a row differs: then it is no figure, but a bug */
async function rebuild(): Promise<number> {
  const url = await (await benchCluster()).dataSet(`rebuild_${FACTS}`, fillByTheInbox);
  const database = await openDatabase({ url });
  try {
    const began = performance.now();
    const { facts, tables, repaired } = await rebuildProjections(database.orm);
    const seconds = (performance.now() - began) / 1_000;
    const differing = tables.filter(({ hash }) => hash.live !== hash.rebuilt).map(({ table }) => table);
    if (repaired || differing.length > 0) throw new Error(`rebuilt otherwise: ${differing.join(', ')}`);
    return (seconds * FACTS) / facts;
  } finally {
    await database.close();
  }
}

/** Vended accounts, and then what Config says of many more, by the whole inbox path. */
async function fillByTheInbox(url: string): Promise<void> {
  const database = await openDatabase({ url });
  const service = openService(database);
  await service.setSnapshot();
  for (let n = 0; n < VENDS; n++) await vendedAccount(service);
  const ingest = await openIngest(url);
  try {
    for (let seed = 1; (await factsOf(database.orm)) < FACTS; seed++) {
      await ingest.take(envelopes(PORTION, { seed }));
      process.stderr.write('.');
    }
  } finally {
    process.stderr.write('\n');
    await ingest.close();
  }
  await database.orm.execute(sql`analyze`);
  await database.close();
}

async function factsOf(orm: Parameters<typeof rowsOf>[0]): Promise<number> {
  const [row] = await rowsOf<{ n: string }>(orm, sql`select sum(facts)::text as n from ledger_lanes`);
  return Number(row?.n);
}
