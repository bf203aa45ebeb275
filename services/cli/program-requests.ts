import { type Command, Option } from 'commander';
import { connects, examples, runs, several, timeout } from './declare.ts';

/** Asking, watching, deciding. */
export function requestCommands(program: Command): void {
  program.commandsGroup('Requests:');
  requestCommand(program);
  applyCommand(program);
  watchCommands(program);
  decideCommands(program);
  vendCommand(program);
}

function requestCommand(program: Command): void {
  const command = program
    .command('request')
    .description('Ask for accounts and follow them until they are usable.')
    .argument('[file]', 'YAML or JSON: one request, a list, or several documents; - reads standard input')
    .optionsGroup('The request, instead of a file or over it:')
    .option('--name <name>', 'name of the account')
    .option('--email <email>', 'its root e-mail address')
    .option('--ou <id>', 'organizational unit, as in ou-ab12-workloads')
    .option('--team <team>', 'the team that asks')
    .option('--owner <person>', 'as in "Ana Lopez <ana@example.com>"')
    .option('--justification <words>', 'why')
    .option('--blueprint <name>', 'blueprint')
    .option('--set <parameter=value>', 'a parameter of the blueprint, as in vpc.size=medium', several)
    .option('--guardrail <id>', 'a guardrail (again for more)', several)
    .option('--access <group=set>', 'a permission set for a group (again for more)', several)
    .option('--tag <name=value>', 'a tag (again for more)', several)
    .option('--expires <time>', 'until when it is wanted')
    .optionsGroup('Other:')
    .option('--dry-run', 'only plan, and show the plan');
  sending(command).action(runs(async () => (await import('./commands/request.ts')).request));
  examples(connects(command), [
    'jetway request examples/payments-prod.yaml',
    'jetway request examples/payments-prod.yaml --dry-run',
    'jetway request examples/analytics-sandbox.yaml --name analytics-lab --email aws+analytics-lab@example.com --detach',
  ]);
}

function applyCommand(program: Command): void {
  const command = program
    .command('apply')
    .description('Make what there is into what files say: shows the difference first, then asks.')
    .requiredOption('-f, --file <path>', 'a folder of request files, or one file')
    .option('--dry-run', 'only show the difference')
    .option('--yes', 'do not ask')
    .option('--wait', 'follow everything that was asked for')
    .addOption(timeout())
    .action(runs(async () => (await import('./commands/apply.ts')).apply));
  examples(connects(command), [
    'jetway apply -f accounts/ --dry-run',
    'jetway apply -f accounts/ --yes --wait',
  ]);
}

const sending = (command: Command): Command =>
  command
    .option('--approve-as <subject>', 'local service: approve at once as this person (for demos)')
    .option('--again', 'send it anew although the same content was sent before', false)
    .option('--detach', 'only send; do not wait', false)
    .addOption(timeout());

/** What `npm run vend` has always been. */
function vendCommand(program: Command): void {
  const command = program
    .command('vend')
    .description('The same as request, for npm run vend: what keeps it from asking ends with 2.')
    .argument('<file>', 'one request, a list of requests, or several YAML documents');
  sending(command).action(runs(async () => (await import('./commands/request.ts')).vend));
  examples(connects(command), ['npm run vend -- examples/payments-prod.yaml']);
}

function watchCommands(program: Command): void {
  const watch = program
    .command('watch')
    .description('Follow a request: steps on a terminal, facts in a pipe. Ctrl-C leaves it alone.')
    .argument('<requestId>')
    .option('--after <event>', 'only what came after this event; Ctrl-C says which that is')
    .addOption(timeout())
    .action(runs(async () => (await import('./commands/requests.ts')).watch));
  examples(connects(watch), [
    'jetway watch req-…',
    'jetway watch req-… --after 12',
    'jetway watch req-… --json',
  ]);
  const plan = program
    .command('plan')
    .description('Show the frozen plan of a request, as its approver sees it.')
    .argument('<requestId>')
    .action(runs(async () => (await import('./commands/requests.ts')).plan));
  examples(connects(plan), ['jetway plan req-…', 'jetway plan req-… --json | jq .components']);
}

function decideCommands(program: Command): void {
  const digest = () =>
    new Option('--digest <digest>', 'decide about exactly this plan (sha256:…), as `jetway plan` shows it');
  const approve = program
    .command('approve')
    .description('Say yes to a plan: it is shown first, unless its digest is given.')
    .argument('<requestId>')
    .addOption(digest())
    .option('--comment <words>', 'why')
    .option('--yes', 'do not ask')
    .option('--watch', 'follow it afterwards')
    .addOption(timeout())
    .action(runs(async () => (await import('./commands/requests.ts')).approve));
  examples(connects(approve), ['jetway approve req-…', 'jetway approve req-… --digest sha256:… --watch']);
  const deny = program
    .command('deny')
    .description('Say no.')
    .argument('<requestId>')
    .addOption(digest())
    .option('--comment <words>', 'why')
    .action(runs(async () => (await import('./commands/requests.ts')).deny));
  examples(connects(deny), ['jetway deny req-… --comment "Sandbox is enough"']);
  const cancel = program
    .command('cancel')
    .description('Take a request back, before its work has begun.')
    .argument('<requestId>')
    .action(runs(async () => (await import('./commands/requests.ts')).cancel));
  examples(connects(cancel), ['jetway cancel req-…']);
  const resume = program
    .command('resume')
    .description('Let a request go on that is in quarantine, from the step that failed.')
    .argument('<requestId>')
    .option('--watch', 'follow it afterwards')
    .addOption(timeout())
    .action(runs(async () => (await import('./commands/requests.ts')).resume));
  examples(connects(resume), ['jetway resume req-… --watch']);
}
