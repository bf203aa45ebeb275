import { Command, InvalidArgumentError } from 'commander';
import { archivedFacts } from './archive.pg.ts';
import { type ArchiveOptions, archiveMonths } from './command-archive.task.ts';
import { report } from './command-report.task.ts';
import { EXIT, type Open, type Options, run } from './command-run.task.ts';
import { sealMonths } from './command-seal.task.ts';
import { type VerifyOptions, verify } from './command-verify.task.ts';
import { PROJECTIONS, TALLIES } from './projection-tables.ts';
import { checkProjections, rebuildProjections } from './rebuild.pg.ts';

const ALL = [...PROJECTIONS, TALLIES].map(({ name }) => name);

function instant(text: string): string {
  const ms = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError('is not a time, as in 2026-03-04T10:00:00Z');
  return new Date(ms).toISOString();
}

function wholeMonths(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('is not a number of months, 1 or more');
  return Number(text);
}

const archivedOf = ({ archive, custody }: Open) =>
  archivedFacts({ store: archive, secrets: custody.secrets });

const program = new Command('ledger').description(
  'Looks after the ledger: is it whole, and is everything what it says?',
);
program
  .command('verify')
  .description('walks every lane from the first fact through every checkpoint to the head of now')
  .option('--since <time>', 'begins at the newest checkpoint of then or before (RFC 3339)', instant)
  .option('--archive', 'reads the files of months that were archived, too', false)
  .option('--json', 'one JSON object', false)
  .action((options: VerifyOptions) => run((open) => verify(open, options)));
program
  .command('rebuild')
  .description('makes the projections what the facts say; readers have the answers of before until the end')
  .option('--check', 'only compare', false)
  .option('--json', 'one JSON object', false)
  .action((options: Options & { check: boolean }) =>
    run(async (open) => {
      const archived = archivedOf(open);
      const rebuilt = options.check
        ? checkProjections(open.orm, archived)
        : rebuildProjections(open.orm, undefined, archived);
      return report(await rebuilt, ALL, options);
    }),
  );
program
  .command('counters')
  .description('compares the counters with the facts')
  .option('--repair', 'puts those right that differ', false)
  .option('--json', 'one JSON object', false)
  .action((options: Options & { repair: boolean }) =>
    run(async (open) => {
      const only = [TALLIES.name];
      const archived = archivedOf(open);
      const rebuilt = options.repair
        ? rebuildProjections(open.orm, only, archived)
        : checkProjections(open.orm, archived);
      return report(await rebuilt, only, options);
    }),
  );
program
  .command('archive')
  .description(
    'takes old months of what AWS was observed to do out of the database, into files (JETWAY_ARCHIVE)',
  )
  .option('--months <n>', 'how many whole months stay, besides the one of now', wholeMonths, 13)
  .option('--keep', 'makes the files only; the facts stay in the database', false)
  .option('--json', 'one JSON object', false)
  .action((options: ArchiveOptions) => run((open) => archiveMonths(open, options, () => new Date())));
program
  .command('seal')
  .description(
    'writes the facts of months that are over in the order of accounts, as housekeeping does by itself',
  )
  .option('--json', 'one JSON object', false)
  .action((options: Options) => run((open) => sealMonths(open, options, () => new Date())));
// Of every command, also where only a part of it is asked for.
for (const command of [program, ...program.commands])
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT.usage));
await program.parseAsync();
