import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommonOptions, Work } from './run.ts';

/**
 * What a command does is loaded when it runs: `--help` and completion need none of it.
 * @param load the module with the work
 */
export const runs =
  (load: () => Promise<Work>) =>
  async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const { run } = await import('./run.ts');
    process.exitCode = await run(load, command.opts<CommonOptions>(), given.slice(0, -2));
  };

/** Options that every command has which speaks with a service. */
export function connects(command: Command): Command {
  return command
    .option('--json', 'for programs: JSON, one value a line')
    .optionsGroup('Service and sign-in:')
    .option('--url <url>', 'where the service answers (JETWAY_URL; default: http://127.0.0.1:8080)')
    .option('--token <token>', 'bearer token (better: JETWAY_TOKEN); without it the sign-in of jetway login')
    .option('--as <subject>', 'local service: who you are')
    .option('--as-team <team>', 'local service: a team of yours (again for more)', several)
    .option('--as-role <role>', 'local service: a role of yours (again for more)', several)
    .option('--patience <seconds>', 'how long an answer may take (default: 30)', positive('seconds'))
    .optionsGroup('Other:');
}

export const several = (value: string, before: string[] = []): string[] => [...before, value];

export const positive =
  (unit: string) =>
  (text: string): number => {
    const value = Number(text);
    if (!(value > 0)) throw new InvalidArgumentError(`must be a number of ${unit} above 0`);
    return value;
  };

export const minutes = (text: string): number => positive('minutes')(text) * 60_000;

export const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}`);
    return value;
  };

export const timeout = (): Option =>
  new Option('--timeout <minutes>', 'stop watching after this long; the request goes on')
    .argParser(minutes)
    .default(120 * 60_000, '120');

/** A page of a list. */
export const pages = (command: Command): Command =>
  command
    .option('--limit <n>', 'how many to a page', whole(1, 100), 50)
    .option('--cursor <cursor>', 'the page behind this place')
    .option('--all', 'every page');

export const asOf = (command: Command): Command =>
  command
    .option('--as-of <time>', 'what was true then, as in 2026-03-04T10:00:00Z')
    .option('--known-at <time>', 'as far as the ledger knew then; together with --as-of');

export const examples = (command: Command, lines: readonly string[]): Command =>
  command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`);
