import { Command } from 'commander';
import { connects, examples, runs, timeout } from '../cli/declare.ts';
import { EXIT } from '../cli/exit.ts';

const AFTER = `
Exit codes: 0 done, or nothing to do · 2 wrong use, or a file that is not accepted
            3 something has to be done by hand first, or a person said no
            4 it failed, or the service or AWS does not answer · 5 time was up
Environment: JETWAY_URL, JETWAY_TOKEN; JETWAY_AWS=real for real AWS with your credentials, AWS_ENDPOINT_URL, DATA_DIR`;

const program = new Command('landing-zone')
  .description('Compares a landing-zone file with the organization and the service, and brings them to it.')
  .addHelpText('after', AFTER);

const both = (command: Command): Command =>
  command
    .argument('<file>', 'YAML or JSON (docs/landing-zone.md)')
    .option('--all', 'show what stays as it is, too', false)
    .option(
      '--organization-only',
      'leave the settings of the service, and what somebody approves, out',
      false,
    );

const plan = both(program.command('plan').description('Say what an apply would do; changes nothing.')).action(
  runs(async () => (await import('./command-run.task.ts')).plan),
);
examples(connects(plan), ['npm run landing-zone -- plan examples/landing-zone/small.yaml']);

const apply = both(
  program.command('apply').description('Do it: what is there stays, and nothing is removed.'),
)
  .option('--yes', 'do not ask')
  .option('--approve-as <subject>', 'local service: approve at once as this person (for demos)')
  .addOption(timeout())
  .action(runs(async () => (await import('./command-run.task.ts')).apply));
examples(connects(apply), ['npm run landing-zone -- apply examples/landing-zone/small.yaml --yes']);

for (const command of [program, ...program.commands])
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT.usage));
await program.parseAsync();
