import { pino } from 'pino';
import { DirectoryInUse } from '../db/directory-lock.ts';
import { RolesMissing, TooMuchPower } from '../db/roles.ts';
import { SchemaTooOld } from '../db/schema-age.ts';
import { BadConfig, readConfig, silenceSdkNotice } from './config.ts';
import { type Prepared, preparedAssets } from './planning/prepared-assets.node.ts';
import { type Jetway, migrateDatabase, startJetway } from './start.ts';

export { prepareAssets } from './planning/prepared-assets.node.ts';

const startedAt = Date.now();

/** Secrets and people's addresses never reach the log. */
const logger = (level: string) =>
  pino({
    level,
    base: { service: 'jetway' },
    redact: {
      paths: [
        '*.authorization',
        '*.token',
        '*.taskToken',
        '*.email',
        'req.headers.authorization',
        'req.headers.cookie',
        '*.webhook-signature',
      ],
      censor: '[redacted]',
    },
  });

async function run(prepared: Prepared): Promise<void> {
  const config = readConfig();
  silenceSdkNotice();
  if (config.role === 'migrate') {
    await migrateDatabase(config);
    process.stdout.write('The database has the schema of this version.\n');
    return;
  }
  const jetway = await startJetway(config, logger(config.logLevel), {
    assets: () => preparedAssets(prepared),
  });
  let ending = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // A second Ctrl-C means now; everything is durable at any moment anyway.
      if (ending) process.exit(130);
      ending = true;
      void jetway.close().then(() => process.exit(0));
    });
  }
  await ready(jetway);
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say(`Jetway is ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s: ${jetway.url}`);
  if (!config.realAws) sayWhereToBegin(jetway.url, config.port, config.oidc === null, say);
}

function sayWhereToBegin(at: string, port: number, local: boolean, say: (line: string) => void): void {
  say(`  sign in     ${at}/sign-in`);
  if (local) say(`  local chat  ${at}/dev/chat`);
  say(`  reference   ${at}/docs`);
  const url = port === 8080 ? '' : ` --url ${at}`;
  say(`First account: npm run vend -- examples/payments-prod.yaml${url}`);
}

/**
 * Ready means that the organization has been read once and planning can begin. The service asks itself, not over HTTP: what a
 * first call of ours has to load would be in the way of the first that others make.
 */
async function ready({ waitingFor }: Jetway): Promise<void> {
  while ((await waitingFor().catch(() => 'an answer')) !== undefined)
    await new Promise((resolve) => setTimeout(resolve, 100));
}

/**
 * The process: `dist/services/main.js` calls it. Nothing happens before, so that the build can evaluate the service.
 * @param prepared what the build has read already
 */
export async function main(prepared: Prepared): Promise<void> {
  try {
    await run(prepared);
  } catch (error) {
    const known = [BadConfig, DirectoryInUse, RolesMissing, TooMuchPower, SchemaTooOld].some(
      (kind) => error instanceof kind,
    );
    const portTaken = (error as { code?: string }).code === 'EADDRINUSE';
    const text = portTaken
      ? 'The port is in use. Stop the other process or choose another port: PORT=8081 npm start'
      : known
        ? (error as Error).message
        : ((error as Error).stack ?? String(error));
    process.stderr.write(`${text}\n`);
    process.exit(known || portTaken ? 2 : 1);
  }
}
