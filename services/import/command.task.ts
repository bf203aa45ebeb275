import { Command } from 'commander';
import { examples, runs, several } from '../cli/declare.ts';
import { EXIT } from '../cli/exit.ts';

const program = new Command('import')
  .description(
    'Makes a landing-zone file and request files from what another tool has, and says what stays behind.',
  )
  .addHelpText(
    'after',
    '\nExit codes: 0 written · 1 a fault of the program · 2 wrong use, or files that cannot be read',
  );

const importer = (name: string, what: string): Command =>
  program
    .command(name)
    .description(what)
    .argument('<folder>')
    .option('--out <folder>', 'where to write: an empty folder, or none yet', 'imported')
    .option('--team <team>', 'the team of accounts that name none', 'imported')
    .option('--unit <name=id>', 'the id of a unit, as in "Workloads/Prod=ou-…" (again for more)', several)
    .option('--json', 'for programs: JSON, one value a line');

examples(
  importer(
    'aft',
    'From the account requests of Account Factory for Terraform (module blocks in .tf files).',
  ).action(runs(async () => (await import('./command-run.task.ts')).aft)),
  ['npm run import -- aft ../aft-account-request --unit "Sandbox=ou-ab12-sandboxes"'],
);
examples(
  importer(
    'lza',
    'From the configuration of the Landing Zone Accelerator (accounts-config.yaml and beside).',
  ).action(runs(async () => (await import('./command-run.task.ts')).lza)),
  ['npm run import -- lza ../aws-accelerator-config --team platform'],
);

for (const command of [program, ...program.commands])
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT.usage));
await program.parseAsync();
