import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalAws } from '../../infra/local/index.ts';
import { openLocalAws } from '../../infra/local/open.ts';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import {
  type Build,
  buildService,
  freePort,
  type OwnProcess,
  startProcess,
} from '../chaos/service-process.ts';
import { deploymentSettings } from '../support/deployment-settings.ts';
import { until } from '../support/jetway.ts';
import { type PostgresCluster, startPostgres } from '../support/postgres-cluster.ts';

/**
 * What the task definition of a deployment asks for, without a container engine: a user of no name, a root file system that is
 * read-only, and a folder /tmp of its own.
 */
const USER = '10001';
const CONFINED = `mount --make-rprivate / && mount --bind "$0" /mnt && mount -o remount,ro,bind /mnt &&
  mount -o remount,ro,bind / && mount -t tmpfs tmpfs /tmp &&
  case "$0" in /tmp/*) mkdir -p "$0" && mount -n --move /mnt "$0";; esac &&
  exec setpriv --reuid ${USER} --regid ${USER} --clear-groups "$@"`;
// A clone below /tmp is laid into the new one, as the image has the program elsewhere.
const confine = ['--mount', '--', 'sh', '-c', CONFINED, packageRoot()];

/** Why it cannot be tried here; undefined where it can. */
function obstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root may make a read-only root';
  const tried = spawnSync('unshare', [...confine, process.execPath, '-e', '0'], { cwd: packageRoot() });
  return tried.status === 0
    ? undefined
    : `no mount namespace: ${tried.error?.message ?? String(tried.stderr)}`;
}
const why = obstacle();
if (why !== undefined) console.log(`as its image runs: skipped, ${why}`);

describe.skipIf(why !== undefined)('the service, confined as its image is', () => {
  let cluster: PostgresCluster;
  let aws: LocalAws;
  let build: Build;
  let settings: Record<string, string>;
  const running: OwnProcess[] = [];

  beforeAll(async () => {
    cluster = await startPostgres();
    aws = await openLocalAws({ dataDir: null, timeScale: 0, artifact: () => undefined });
    build = buildService();
    settings = {
      ...deploymentSettings({
        awsUrl: aws.endpointUrl,
        databaseUrl: await cluster.createDatabase('image'),
        checkpoints: '/tmp/jetway/checkpoints',
      }),
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      DATA_DIR: '/tmp/jetway',
      LOG_LEVEL: 'warn',
    };
    const migrate = start('migrate', 0);
    await until('it has migrated', migrate.hasEnded, 60_000);
    expect(migrate.output()).toContain('The database has the schema of this version.');
  }, 180_000);
  afterAll(async () => {
    for (const one of running.reverse()) await one.stop();
    await aws?.close();
    await cluster?.stop();
    build?.remove();
  });

  function start(role: string, port: number): OwnProcess {
    const own = { ...settings, JETWAY_ROLE: role, PORT: String(port) };
    const process = startProcess(build, 'services/main.js', [], own, ['unshare', ...confine]);
    running.push(process);
    return process;
  }
  /** @returns seconds until it is ready */
  async function ready(one: OwnProcess, port: number, since: number): Promise<number> {
    for (;;) {
      if (one.hasEnded()) throw new Error(`it ended before it was ready:\n${one.output()}`);
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
      if (answer?.ok) return (Date.now() - since) / 1_000;
      await sleep(20);
    }
  }

  it('runs as nobody in particular and can write nowhere but in /tmp', async () => {
    const port = await freePort();
    const worker = start('worker', port);
    await ready(worker, port, Date.now());
    const status = readFileSync(`/proc/${worker.pid}/status`, 'utf8');
    expect(/^Uid:\s+(.+)$/m.exec(status)?.[1]?.split('\t')).toEqual(Array(4).fill(USER));
    expect(/^CapEff:\s+(\w+)$/m.exec(status)?.[1]).toMatch(/^0+$/);
    const mounts = readFileSync(`/proc/${worker.pid}/mountinfo`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    const at = (place: string) => mounts.filter((fields) => fields[4] === place).at(-1)?.[5];
    expect(at('/')).toMatch(/^ro\b/);
    expect(at('/tmp')).toMatch(/^rw\b/);
  }, 120_000);

  it('is ready in under two seconds on a database that is there', async () => {
    const times: number[] = [];
    // Another load of the machine must not be taken for ours: the best of some starts counts.
    for (let i = 0; i < 5 && !times.some((seconds) => seconds < 2); i++) {
      const port = await freePort();
      const since = Date.now();
      const api = start('api', port);
      times.push(await ready(api, port, since));
      await api.stop();
    }
    expect(Math.min(...times)).toBeLessThan(2);
  }, 120_000);

  it('stops cleanly within ten seconds while it is asked', async () => {
    const port = await freePort();
    const api = start('api', port);
    await ready(api, port, Date.now());
    const answers: number[] = [];
    let asking = true;
    const callers = Array.from({ length: 20 }, async () => {
      while (asking) {
        const answer = await fetch(`http://127.0.0.1:${port}/v1/accounts`).catch(() => undefined);
        if (answer) answers.push(answer.status);
        // What was begun is answered whole, also when the process is asked to end meanwhile.
        await answer?.text();
        if (!answer) await sleep(20);
      }
    });
    await expect.poll(() => answers.length, { timeout: 20_000 }).toBeGreaterThan(200);
    const since = Date.now();
    const code = await api.end();
    const seconds = (Date.now() - since) / 1_000;
    asking = false;
    await Promise.all(callers);
    expect([code, seconds < 10]).toEqual([0, true]);
    expect([...new Set(answers)]).toEqual([401]);
  }, 120_000);
});
