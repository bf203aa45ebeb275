import { type Command, Option } from 'commander';
import { asOf, connects, examples, pages, runs, several, timeout, whole } from './declare.ts';

/** What there is and how it stands. */
export function accountCommands(program: Command): void {
  program.commandsGroup('Accounts and compliance:');
  const accounts = program
    .command('accounts')
    .description('List accounts.')
    .option('--status <status>', 'as in ACTIVE')
    .option('--ou <id>', 'organizational unit')
    .option('--team <team>', 'of one team')
    .option('--search <text>', 'in name, e-mail or id')
    .option('--without <control>', 'accounts that do not have this control');
  pages(asOf(accounts)).action(runs(async () => (await import('./commands/accounts.ts')).accounts));
  examples(connects(accounts), [
    'jetway accounts --team payments',
    'jetway accounts --as-of 2026-03-04T10:00:00Z --all --json',
  ]);
  const account = program
    .command('account')
    .description('One account: who has it, its guardrails, what happened last.')
    .argument('<account>', 'its id, or its name')
    .option('--facts <n>', 'how many of the last facts', whole(0, 1_000), 10);
  asOf(account).action(runs(async () => (await import('./commands/accounts.ts')).account));
  examples(connects(account), ['jetway account payments-prod', 'jetway account 123456789012 --facts 0']);
  complianceCommand(program);
  exceptionCommands(program);
  whatIfCommands(program);
  program.commandsGroup('Ledger:');
  const ledger = program.command('ledger').description('The ledger of facts.');
  const verify = ledger
    .command('verify')
    .description('Walk the hash chains and checkpoints. Ends with 4 when the ledger is not whole.')
    .action(runs(async () => (await import('./commands/ledger.ts')).verify));
  examples(connects(verify), ['jetway ledger verify']);
}

const STATES = ['COMPLIANT', 'NON_COMPLIANT', 'NOT_APPLICABLE', 'INSUFFICIENT_DATA'];

function complianceCommand(program: Command): void {
  const compliance = program
    .command('compliance')
    .description('Compliance in numbers, of one account, or finding by finding.')
    .argument('[account]', 'its id, or its name')
    .option('--findings', 'every finding of detective controls')
    .addOption(new Option('--status <status>', 'findings: only these').choices(STATES))
    .option('--control <id>', 'findings: of one control')
    .option('--ou <id>', 'findings: of one organizational unit')
    .option('--drift', 'findings: what is not as the plan promised')
    .option('--check', 'end with 4 when something is violated');
  pages(asOf(compliance)).action(runs(async () => (await import('./commands/compliance.ts')).compliance));
  examples(connects(compliance), [
    'jetway compliance',
    'jetway compliance payments-prod --check',
    'jetway compliance --findings --status NON_COMPLIANT',
  ]);
}

function exceptionCommands(program: Command): void {
  const list = program
    .command('exceptions')
    .description('List exceptions: violations that may stand for a while.')
    .argument('[account]', 'its id, or its name')
    .option('--state <state>', 'as in ACTIVE')
    .option('--control <id>', 'of one control')
    .option('--team <team>', 'of one team')
    .action(runs(async () => (await import('./commands/exceptions.ts')).exceptions));
  examples(connects(pages(list)), ['jetway exceptions', 'jetway exceptions payments-prod --state ACTIVE']);
  const exception = program.command('exception').description('Ask for an exception, or end one.');
  const request = exception
    .command('request')
    .description('Ask that violations of a control may stand for a while.')
    .argument('<account>', 'its id, or its name')
    .requiredOption('--control <id>', 'a detective control of the account')
    .option('--resource <id>', 'this resource alone, as the finding names it')
    .requiredOption('--reason <words>', 'why')
    .requiredOption('--until <time>', 'a day (its end, UTC), or an instant; at most a year away')
    .option('--owner <email>', 'who answers for it (default: the owner of the account)')
    .option('--dry-run', 'only plan, and show the plan')
    .option('--detach', 'only send; do not wait')
    .addOption(timeout())
    .action(runs(async () => (await import('./commands/exceptions.ts')).ask));
  examples(connects(request), [
    'jetway exception request payments-prod --control AWS-GR_RESTRICTED_SSH --until 2027-05-31 --reason "The old bastion"',
  ]);
  const revoke = exception
    .command('revoke')
    .description('End an exception before its time; nobody has to agree.')
    .argument('<exceptionId>', 'as jetway exceptions shows it')
    .requiredOption('--reason <words>', 'why')
    .action(runs(async () => (await import('./commands/exceptions.ts')).revoke));
  examples(connects(revoke), ['jetway exception revoke req-… --reason "The bastion is gone"']);
}

function whatIfCommands(program: Command): void {
  program.commandsGroup('What if:');
  const guardrails = program.command('guardrails').description('What guardrails would deny.');
  const simulate = guardrails
    .command('simulate')
    .description('What guardrails, a unit or an account would deny.')
    .option('-f, --file <path>', 'the whole question, YAML or JSON (docs: POST /v1/guardrails/simulate)')
    .option('--guardrail <id>', 'a guardrail (again for more)', several)
    .option('--ou <id>', 'what is attached to this unit')
    .option('--account <id>', 'what binds this account')
    .option('--action <action>', 'a call, as in s3:ListAllMyBuckets (again for more)', several)
    .option('--resource <arn>', 'what it is called on (default: *)')
    .option('--principal <arn>', 'who calls')
    .option('--region <region>', 'where')
    .option('--cloudtrail <path>', 'calls that were made: a file of CloudTrail')
    .option('--check', 'end with 3 when a call is not allowed')
    .action(runs(async () => (await import('./commands/guardrails.ts')).simulate));
  examples(connects(simulate), [
    'jetway guardrails simulate --guardrail AWS-GR_RESTRICT_ROOT_USER --action s3:ListAllMyBuckets --principal arn:aws:iam::444455556666:root',
  ]);
  const mirror = program
    .command('mirror')
    .description('What Traffic Mirroring would copy, and what arrives.');
  const evaluate = mirror
    .command('evaluate')
    .description('Which session and rule would mirror a packet.')
    .option(
      '-f, --file <path>',
      'sessions and packet, YAML or JSON (docs: POST /v1/traffic-mirroring/evaluate)',
    )
    .option('--interface <id>', 'the sessions of this network interface instead')
    .addOption(new Option('--direction <direction>', 'of the packet').choices(['ingress', 'egress']))
    .option('--protocol <protocol>', 'its number, as in 6 for TCP')
    .option('--from <address>', 'where it comes from, as in 10.0.0.5:49152')
    .option('--to <address>', 'where it goes, as in 10.0.1.9:443')
    .option('--length <bytes>', 'how long it is', whole(1, 65_535))
    .action(runs(async () => (await import('./commands/mirror.ts')).evaluate));
  examples(connects(evaluate), ['jetway mirror evaluate -f examples/mirror-packet.yaml']);
  const listen = mirror
    .command('listen')
    .description('Hear copies as a hub does, until interrupted: a line for each.')
    .option('--port <port>', 'UDP port; 0 is any that is free', whole(0, 65_535), 4_789)
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--tell', 'tell the service, whose dashboard shows the newest; needs the role operator')
    .action(runs(async () => (await import('./commands/mirror-listen.ts')).listen));
  examples(connects(listen), ['jetway mirror listen', 'jetway mirror listen --host 100.64.0.10 --tell']);
}
