import { homedir } from 'node:os';
import { join } from 'node:path';

/** What the command line takes from the environment. */
export type CliConfig = {
  url: string | undefined;
  token: string | undefined;
  /** Where a sign-in is kept. */
  credentialsFile: string;
  /** False: NO_COLOR is set, or the terminal knows no colours. */
  mayColour: boolean;
  /** Where state machines are started, for the commands that do so. */
  aws: { real: boolean; endpointUrl: string | undefined; dataDir: string };
};

/**
 * The command line's own reader of the environment: services/config.ts checks the settings of the service, which are nothing
 * to it, and would be loaded before every `--help`.
 */
export function readCliConfig(env: Record<string, string | undefined> = process.env): CliConfig {
  // An empty variable is how shells say "not set"; NO_COLOR too (no-color.org).
  const given = (name: string) => (env[name] === '' ? undefined : env[name]);
  const folder = given('XDG_CONFIG_HOME') ?? join(given('HOME') ?? homedir(), '.config');
  return {
    url: given('JETWAY_URL'),
    token: given('JETWAY_TOKEN'),
    credentialsFile: join(folder, 'jetway', 'credentials.json'),
    mayColour: given('NO_COLOR') === undefined && env.TERM !== 'dumb',
    aws: {
      real: given('JETWAY_AWS') === 'real',
      endpointUrl: given('AWS_ENDPOINT_URL'),
      dataDir: given('DATA_DIR') ?? '.data',
    },
  };
}
