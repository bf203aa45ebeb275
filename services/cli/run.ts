import { type CliConfig, readCliConfig } from './config.ts';
import type { ConnectionOptions } from './connect.ts';
import { explain } from './explain.ts';
import { openScreen, type Screen } from './screen.ts';

export type Context = { screen: Screen; config: CliConfig };
export type CommonOptions = ConnectionOptions & { json?: boolean };

/** What a command does. @returns the exit code */
export type Work = (context: Context, options: never, ...args: never[]) => Promise<number>;

/** Runs a command and tells what went wrong. @returns the exit code */
export async function run(
  load: () => Promise<Work>,
  options: CommonOptions,
  args: readonly unknown[],
): Promise<number> {
  const config = readCliConfig();
  const streams = { out: process.stdout, err: process.stderr };
  const screen = openScreen(streams, options.json === true, config.mayColour);
  try {
    const work = await load();
    return await work({ screen, config }, options as never, ...(args as never[]));
  } catch (error) {
    const { code, lines, value } = explain(error);
    screen.fail(lines, value);
    return code;
  }
}
