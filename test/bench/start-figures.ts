import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { buildService, freePort, startProcess } from '../chaos/service-process.ts';
import { benchCluster } from './cluster.ts';
import type { Figure, Sides } from './figure.ts';

/** From the start of the process to the first good answer of /readyz, on a database that has a snapshot. */
export const startFigures = (): Figure[] => [
  {
    name: 'start.ready',
    unit: 'ms',
    yardstickName: 'node -e 0, and one query on a connection of its own',
    gate: { atMost: 6 },
    open: openStart,
  },
];

async function openStart(): Promise<Sides> {
  const databaseUrl = await (await benchCluster()).fresh();
  const build = buildService();
  const dataDir = mkdtempSync(join(tmpdir(), 'jetway-bench-'));
  const awsPort = String(await freePort());
  const args = ['--port', awsPort, '--data-dir', join(dataDir, 'aws'), '--time-scale', '60'];
  const aws = startProcess(build, 'infra/local/serve.js', args, { LOG_LEVEL: 'warn' });
  const settings = {
    DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${awsPort}`,
    LOG_LEVEL: 'warn',
  };
  return {
    async ours() {
      const port = String(await freePort());
      const began = performance.now();
      const service = startProcess(build, 'services/main.js', [], { ...settings, PORT: port });
      for (;;) {
        const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
        if (answer?.ok) break;
        if (service.hasEnded()) throw new Error(`the service did not start: ${service.output()}`);
        await sleep(5);
      }
      const took = performance.now() - began;
      await service.stop();
      return took;
    },
    async yardstick() {
      const began = performance.now();
      await new Promise((done) => spawn(process.execPath, ['-e', '0']).once('exit', done));
      const client = new pg.Client({ connectionString: databaseUrl });
      await client.connect();
      await client.query('select 1');
      const took = performance.now() - began;
      await client.end();
      return took;
    },
    async close() {
      await aws.stop();
      build.remove();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
