import { VERSION } from '../kernel/version.ts';
import { NotUnderstood, Refused } from './client.ts';
import { type CliConfig, readCliConfig } from './config.ts';
import { addressOf, type ConnectionOptions } from './connect.ts';
import { explain, RefusedFile } from './explain.ts';
import { openScreen, type Screen } from './screen.ts';
import { misfit } from './versions.ts';

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
    const reason = await versionsDiffer(error, options, config);
    screen.fail(reason === undefined ? lines : [...lines, reason], {
      ...value,
      ...(reason ? { reason } : {}),
    });
    return code;
  }
}

const ASK_MS = 3_000;

/**
 * Of an answer that a service of the same version would hardly have given: whether it is of another one. Asked for only then,
 * and without the token.
 */
async function versionsDiffer(
  error: unknown,
  options: CommonOptions,
  config: CliConfig,
): Promise<string | undefined> {
  const refused = error instanceof RefusedFile ? error.refused : error;
  const odd =
    refused instanceof NotUnderstood ||
    (refused instanceof Refused && (refused.problem.code === 'no-route' || refused.status === 422));
  if (!odd) return undefined;
  try {
    const address = new URL('/.well-known/oauth-protected-resource', addressOf(options, config));
    const answer = await fetch(address, { signal: AbortSignal.timeout(ASK_MS) });
    const { jetway_version: theirs } = (await answer.json()) as { jetway_version?: unknown };
    return misfit(VERSION, typeof theirs === 'string' ? theirs : undefined);
  } catch {
    return undefined;
  }
}
