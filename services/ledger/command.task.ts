import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { Orm } from '../../db/client.ts';
import { DirectoryInUse, lockDirectory } from '../../db/directory-lock.ts';
import { openDatabase } from '../../db/open.ts';
import { RolesMissing, TooMuchPower } from '../../db/roles.ts';
import { BadConfig, type Config, readConfig } from '../config.ts';
import { localRootSecret, openSecrets } from '../kernel/secrets.node.ts';
import { checkpointFileName } from './checkpoint.ts';
import { checkpointFile } from './checkpoints.node.ts';
import { type CheckpointDeps, trustedCheckpoints, verificationAnswer } from './checkpoints.pg.ts';
import { PROJECTIONS, TALLIES } from './projection-tables.ts';
import { checkProjections, MissingFacts, type Rebuilt, rebuildProjections } from './rebuild.pg.ts';
import { verifyLedger } from './verify.pg.ts';

/** 0 it holds · 2 wrong use, or a database that cannot be used now · 3 it does not hold · 4 nobody knows: something failed */
const EXIT = { ok: 0, usage: 2, differs: 3, failed: 4 } as const;

class Usage extends Error {
  override readonly name = 'Usage';
}

type Open = { orm: Orm; custody: CheckpointDeps };
type Options = { json: boolean };
const say = (text: string) => process.stdout.write(`${text}\n`);

/** The database of the settings: a real one beside the service, the embedded one in place of it. */
async function withLedger<T>(config: Config, work: (open: Open) => Promise<T>): Promise<T> {
  const { dataDir, databaseUrl } = config;
  const root = join(dataDir, 'root-secret');
  if (!existsSync(root))
    throw new Usage(
      `${dataDir} is not the data directory of a Jetway: it has no root-secret, by which checkpoints are known. ` +
        'Name it with DATA_DIR, as for the service.',
    );
  const release = databaseUrl === null ? await lockDirectory(dataDir) : async () => {};
  try {
    const database = await openDatabase(
      databaseUrl === null ? { dir: join(dataDir, 'postgres') } : { url: databaseUrl },
    );
    try {
      const store = checkpointFile(join(dataDir, checkpointFileName(databaseUrl)));
      return await work({
        orm: database.orm,
        custody: { secrets: openSecrets(localRootSecret(root)), store },
      });
    } finally {
      await database.close();
    }
  } finally {
    await release();
  }
}

type Since = Options & { since?: string };

async function verify({ orm, custody }: Open, { json, since }: Since): Promise<number> {
  // Before the heads: no head can be older than a checkpoint then.
  const trusted = await trustedCheckpoints(custody);
  const { checkpoints, refused } = trusted;
  const from = since === undefined ? undefined : checkpoints.findLast(({ at }) => at <= since);
  if (since !== undefined && from === undefined)
    throw new Usage(`There is no checkpoint of ours from ${since} or before: leave out --since.`);
  const verified = await verifyLedger(orm, 1_000, (read) => read(orm), checkpoints, { from });
  const answer = verificationAnswer(verified, trusted);
  const {
    ok,
    checkpoints: { newest },
  } = answer;
  if (json) say(JSON.stringify({ ...answer, ...(from === undefined ? {} : { from: from.at }) }));
  else {
    say(`${ok ? 'whole' : 'NOT WHOLE'}: ${verified.facts} facts, head ${verified.head}`);
    if (from) say(`read from the checkpoint of ${from.at} on; the ${from.facts} facts before it were not`);
    say(`checkpoints: ${checkpoints.length} held, ${refused} refused${newest ? `, newest ${newest}` : ''}`);
    if (verified.brokenAt !== undefined)
      say(
        `seq ${verified.brokenAt} is the first fact that does not hold, or the one after which something is missing`,
      );
    if (refused > 0)
      say('checkpoints that are refused are not signed by this installation: somebody has written them');
  }
  return ok ? EXIT.ok : EXIT.differs;
}

function report({ facts, tables, repaired }: Rebuilt, only: readonly string[], { json }: Options): number {
  const shown = tables.filter(({ table }) => only.includes(table));
  const wrong = shown.filter(({ differing }) => differing > 0);
  const ok = repaired || wrong.length === 0;
  if (json) say(JSON.stringify({ ok, facts, repaired: repaired && wrong.length > 0, tables: shown }));
  else {
    for (const { table, rows, hash, differing, sample } of shown)
      say(
        differing === 0
          ? `  ${table.padEnd(20)} ${rows.live} rows, hash ${hash.live}`
          : `  ${table.padEnd(20)} DIFFERS in ${differing} rows (live ${rows.live}, rebuilt ${rows.rebuilt}): ${sample.join('; ')}${differing > sample.length ? '; …' : ''}`,
      );
    const n = `${wrong.length} of ${shown.length} tables`;
    say(
      wrong.length === 0
        ? `all are what ${facts} facts make of them`
        : repaired
          ? `${n} differed from what ${facts} facts make of them, and were put right`
          : `${n} differ from what ${facts} facts make of them; "rebuild" puts them right`,
    );
  }
  return ok ? EXIT.ok : EXIT.differs;
}

const ALL = [...PROJECTIONS, TALLIES].map(({ name }) => name);

const run = async (work: (open: Open) => Promise<number>): Promise<void> => {
  process.exitCode = await Promise.resolve()
    .then(() => withLedger(readConfig(), work))
    .catch(explain);
};

function explain(error: unknown): number {
  const kinds = [Usage, BadConfig, DirectoryInUse, RolesMissing, TooMuchPower];
  const known = kinds.some((kind) => error instanceof kind);
  const missing = error instanceof MissingFacts;
  const { message, stack } = error as Error;
  process.stderr.write(`${known || missing ? message : (stack ?? String(error))}\n`);
  return known ? EXIT.usage : missing ? EXIT.differs : EXIT.failed;
}

function instant(text: string): string {
  const ms = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError('is not a time, as in 2026-03-04T10:00:00Z');
  return new Date(ms).toISOString();
}

const program = new Command('ledger').description(
  'Looks after the ledger: is it whole, and is everything what it says?',
);
program
  .command('verify')
  .description('walks every lane from the first fact through every checkpoint to the head of now')
  .option('--since <time>', 'begins at the newest checkpoint of then or before (RFC 3339)', instant)
  .option('--json', 'one JSON object', false)
  .action((options: Since) => run((open) => verify(open, options)));
program
  .command('rebuild')
  .description('makes the projections what the facts say; readers have the answers of before until the end')
  .option('--check', 'only compare', false)
  .option('--json', 'one JSON object', false)
  .action((options: Options & { check: boolean }) =>
    run(async ({ orm }) =>
      report(await (options.check ? checkProjections(orm) : rebuildProjections(orm)), ALL, options),
    ),
  );
program
  .command('counters')
  .description('compares the counters with the facts')
  .option('--repair', 'puts those right that differ', false)
  .option('--json', 'one JSON object', false)
  .action((options: Options & { repair: boolean }) =>
    run(async ({ orm }) => {
      const only = [TALLIES.name];
      return report(
        await (options.repair ? rebuildProjections(orm, only) : checkProjections(orm)),
        only,
        options,
      );
    }),
  );
// Of every command, also where only a part of it is asked for.
for (const command of [program, ...program.commands])
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT.usage));
await program.parseAsync();
