import { Argument, Command } from 'commander';
import { VERSION } from '../kernel/version.ts';
import { type Completable, completionScript, type Shell } from './completion.ts';
import { examples } from './declare.ts';
import { accountCommands } from './program-accounts.ts';
import { requestCommands } from './program-requests.ts';
import { signInCommands } from './program-sign-in.ts';

const AFTER = `
A first account on this machine:
  $ npm start                                        (in another terminal)
  $ jetway request examples/payments-prod.yaml
  $ jetway approve req-… --yes                        (in a third one)

Exit codes: 0 done · 2 wrong use, or input that is not accepted · 3 the service or a person said no
            4 it failed, or the service does not answer · 5 time was up · 130 Ctrl-C
Environment: JETWAY_URL, JETWAY_TOKEN, NO_COLOR`;

/** The whole command line; nothing that a command needs is loaded yet. */
export function openProgram(): Command {
  const program = new Command('jetway')
    .description('Asks for AWS accounts, decides about them, shows how they stand.')
    .version(VERSION)
    .showHelpAfterError('(--help says more)')
    .addHelpText('after', AFTER);
  requestCommands(program);
  accountCommands(program);
  signInCommands(program);
  completionCommand(program);
  // A command inherits nothing by itself: errors of all of them end in one place.
  for (const command of everyCommand(program))
    command.exitOverride().showHelpAfterError('(--help says more)');
  return program;
}

/** With all commands under it, at any depth. */
export const everyCommand = (command: Command): Command[] => [
  command,
  ...command.commands.flatMap((one) => everyCommand(one)),
];

function completionCommand(program: Command): void {
  program.commandsGroup('Shell:');
  const command = program
    .command('completion')
    .description('Print a script that completes commands and options.')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action((shell: Shell) => {
      process.stdout.write(completionScript(shell, completable(program)));
    });
  examples(command, ['jetway completion bash > ~/.local/share/bash-completion/completions/jetway']);
}

const completable = (command: Command): Completable => ({
  name: command.name(),
  words: [...command.options.flatMap((option) => option.long ?? []), '--help'],
  children: command.commands.map(completable),
});
