import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SchemaTooOld } from '../../db/schema-age.ts';
import type { LocalAws } from '../../infra/local/index.ts';
import { openLocalAws } from '../../infra/local/open.ts';
import { readConfig } from '../../services/config.ts';
import { type Jetway, migrateDatabase, startJetway } from '../../services/start.ts';
import { deploymentSettings } from '../support/deployment-settings.ts';
import { type PostgresCluster, startPostgres } from '../support/postgres-cluster.ts';

/** The three parts of one image, as a deployment runs them: here against the embedded AWS at its endpoint. */
let cluster: PostgresCluster;
let aws: LocalAws;
let env: Record<string, string>;
const running: Jetway[] = [];
const METRICS_TOKEN = 'collects-metrics-and-nothing-else';
const log = pino({ level: 'silent' });

beforeAll(async () => {
  cluster = await startPostgres();
  aws = await openLocalAws({ dataDir: null, timeScale: 0, artifact: () => undefined });
  // The provider of credentials of a task is a role; here the environment gives some.
  process.env.AWS_ACCESS_KEY_ID = 'local';
  process.env.AWS_SECRET_ACCESS_KEY = 'local';
  env = {
    ...deploymentSettings({
      awsUrl: aws.endpointUrl,
      databaseUrl: await cluster.createDatabase('roles'),
      checkpoints: mkdtempSync(join(tmpdir(), 'jetway-checkpoints-')),
    }),
    JETWAY_METRICS_TOKEN: METRICS_TOKEN,
    PORT: '0',
    LOG_LEVEL: 'silent',
  };
}, 90_000);

afterAll(async () => {
  for (const one of running.reverse()) await one.close();
  await aws?.close();
  await cluster?.stop();
});

const configOf = (JETWAY_ROLE: string) =>
  readConfig({ ...env, JETWAY_ROLE, DATA_DIR: mkdtempSync(join(tmpdir(), `jetway-${JETWAY_ROLE}-`)) });
async function start(role: string): Promise<{ jetway: Jetway; dataDir: string }> {
  const config = configOf(role);
  const jetway = await startJetway(config, log);
  running.push(jetway);
  return { jetway, dataDir: config.dataDir };
}
const get = async (jetway: Jetway, path: string) => fetch(`${jetway.url}${path}`);

it('do not work with a schema that is older than they are', async () => {
  await expect(startJetway(configOf('api'), log)).rejects.toBeInstanceOf(SchemaTooOld);
  await expect(startJetway(configOf('worker'), log)).rejects.toThrow(/JETWAY_ROLE=migrate/);
});

it('begin with the task that migrates, which may run twice at once and again', async () => {
  await Promise.all([migrateDatabase(configOf('migrate')), migrateDatabase(configOf('migrate'))]);
  await migrateDatabase(configOf('migrate'));
});

it('share the work: the API waits until the worker has read the organization', async () => {
  const { jetway: api, dataDir } = await start('api');
  expect((await get(api, '/healthz')).status).toBe(200);
  expect((await get(api, '/readyz')).status).toBe(503);

  const { jetway: worker } = await start('worker');
  expect((await get(worker, '/readyz')).status).toBe(200);
  await expect.poll(async () => (await get(api, '/readyz')).status, { timeout: 60_000 }).toBe(200);

  // Nobody reaches anything at the worker, and nobody is anybody at the API.
  expect((await get(worker, '/v1/accounts')).status).toBe(404);
  expect((await get(api, '/v1/accounts')).status).toBe(401);
  expect((await get(api, '/dev/chat/messages')).status).toBe(404);
  // Who collects metrics gets them from both; nobody else gets them from a worker.
  for (const one of [api, worker]) {
    const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
    const metrics = await fetch(`${one.url}/metrics`, { headers });
    expect(metrics.status).toBe(200);
    expect(await metrics.text()).toMatch(/^jetway_accounts\{status="ACTIVE"\} \d+$/m);
  }
  expect((await get(worker, '/metrics')).status).toBe(404);
  expect((await get(api, '/metrics')).status).toBe(401);
  // The API keeps nothing where it runs.
  expect(readdirSync(dataDir).filter((name) => /secret|postgres|aws/.test(name))).toEqual([]);
});

it('stop within ten seconds', async () => {
  const since = Date.now();
  for (const one of running.splice(0).reverse()) await one.close();
  expect(Date.now() - since).toBeLessThan(10_000);
});
