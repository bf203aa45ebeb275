import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startPostgres } from '../support/postgres-cluster.ts';
import { buildService, freePort, type OwnProcess, readiness, startProcess } from './service-process.ts';

/** A service that can be killed and started again on the same data, at the same address. */
export type Killable = {
  readonly url: string;
  /** Where the embedded AWS keeps its memory. */
  readonly awsDir: string;
  readonly database: { url: string } | { dir: string };
  start(): void;
  ready(): Promise<void>;
  kill(): Promise<void>;
  /** Cuts the service's connections to the database, which must be a real one. */
  cut(): Promise<void>;
  /** Gently, with the AWS that runs beside it; the database stays until `close`. */
  stop(): Promise<void>;
  close(): Promise<void>;
  /** Process ids by what they are, for measuring. */
  pids(): Record<string, number>;
};

type InstallationOptions = { dataDir: string; timeScale: number; apart: boolean };

export async function openInstallation({
  dataDir,
  timeScale,
  apart,
}: InstallationOptions): Promise<Killable> {
  const build = buildService();
  const port = await freePort();
  const awsDir = join(dataDir, 'aws');
  mkdirSync(awsDir, { recursive: true });
  const beside = apart ? await startBeside(build, awsDir, timeScale) : undefined;
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    PORT: String(port),
    DATA_DIR: dataDir,
    TIME_SCALE: String(timeScale),
    LOG_LEVEL: 'warn',
    DATABASE_URL: beside?.databaseUrl ?? '',
    AWS_ENDPOINT_URL: beside?.awsUrl ?? '',
  };
  let service: OwnProcess | undefined;
  const kill = async () => void (await service?.kill());
  return {
    url,
    awsDir,
    database: beside ? { url: beside.databaseUrl } : { dir: join(dataDir, 'postgres') },
    start() {
      service = startProcess(build, 'services/main.js', [], settings);
    },
    ready: () => readiness(service!, url),
    kill,
    cut: async () => void (beside && (await cutConnections(beside.databaseUrl))),
    async stop() {
      await service?.stop();
      await beside?.stopAws();
    },
    async close() {
      await kill();
      await beside?.close();
      build.remove();
    },
    pids: () => ({ service: service?.pid ?? 0, ...(beside ? { aws: beside.awsPid } : {}) }),
  };
}

async function cutConnections(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'jetway%'",
  );
  await client.end();
}

/** The embedded AWS as a process of its own, and a real Postgres. */
async function startBeside(build: ReturnType<typeof buildService>, awsDir: string, timeScale: number) {
  const cluster = await startPostgres();
  const databaseUrl = await cluster.createDatabase('jetway');
  const port = await freePort();
  const args = ['--port', String(port), '--data-dir', awsDir, '--time-scale', String(timeScale)];
  const aws = startProcess(build, 'infra/local/serve.js', args, { LOG_LEVEL: 'warn' });
  const awsUrl = `http://127.0.0.1:${port}`;
  while (!aws.output().includes(awsUrl)) {
    if (aws.hasEnded()) throw new Error(`the embedded AWS did not start:\n${aws.output()}`);
    await sleep(50);
  }
  return {
    databaseUrl,
    awsUrl,
    awsPid: aws.pid,
    stopAws: () => aws.stop(),
    async close() {
      await aws.kill();
      await cluster.stop();
    },
  };
}
