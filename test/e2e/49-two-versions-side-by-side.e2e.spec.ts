import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../../db/postgres.ts';
import { deploy } from '../../infra/local/deploy.ts';
import type { LocalAws } from '../../infra/local/index.ts';
import { openLocalAws } from '../../infra/local/open.ts';
import { openClient, type RequestStatusAnswer } from '../../services/cli/client.ts';
import { isSettled } from '../../services/cli/vend-request.ts';
import { packageRoot } from '../../services/kernel/package-root.node.ts';
import { checkProjections } from '../../services/ledger/rebuild.pg.ts';
import { verifyLedger } from '../../services/ledger/verify.pg.ts';
import { readArtifacts } from '../../workflows/artifacts.node.ts';
import {
  type Build,
  buildService,
  freePort,
  type OwnProcess,
  readiness,
  startProcess,
} from '../chaos/service-process.ts';
import { buildEarlierVersion, machinesIn } from '../support/earlier-version.ts';
import { requestBody, until } from '../support/jetway.ts';
import { NEWEST_MIGRATIONS } from '../support/migrations.ts';
import { type PostgresCluster, startPostgres } from '../support/postgres-cluster.ts';

/**
 * A rolling update: the version before the newest migration is at work when this one comes, migrates and works beside it,
 * on one database and one queue.
 */
const earlier = buildEarlierVersion();
if (!earlier) console.log('skipped: no history of this repository to build the version before from');
afterAll(() => earlier?.remove());

describe.skipIf(!earlier)('two versions side by side', () => {
  const work = mkdtempSync(join(tmpdir(), 'jetway-rolling-'));
  let cluster: PostgresCluster;
  let aws: LocalAws;
  let databaseUrl: string;
  let now: Build;
  const running: OwnProcess[] = [];
  type Version = { url: string; process: OwnProcess };
  let before: Version;
  let after: Version;

  beforeAll(async () => {
    cluster = await startPostgres();
    databaseUrl = await cluster.createDatabase('rolling');
    // An update adds to the bucket of artifacts and removes nothing: plans of before name what was there then.
    const artifacts = new Map([
      ...earlier!.artifacts,
      ...readArtifacts().map(({ fileName, text }) => [fileName, text] as const),
    ]);
    aws = await openLocalAws({ dataDir: null, timeScale: 300, artifact: (name) => artifacts.get(name) });
    deploy(aws, earlier!.machines);
    now = buildService();
    before = await start(earlier!, 'before');
  }, 240_000);
  afterAll(async () => {
    for (const one of running.reverse()) await one.stop();
    await aws?.close();
    await cluster?.stop();
    now?.remove();
    rmSync(work, { recursive: true, force: true });
  });

  async function start(build: Build, name: string): Promise<Version> {
    const port = await freePort();
    const dataDir = join(work, name);
    mkdirSync(dataDir);
    // One installation has one root secret.
    if (name !== 'before') copyFileSync(join(work, 'before', 'root-secret'), join(dataDir, 'root-secret'));
    const process = startProcess(build, 'services/main.js', [], {
      PORT: String(port),
      DATA_DIR: dataDir,
      DATABASE_URL: databaseUrl,
      AWS_ENDPOINT_URL: aws.endpointUrl,
      TIME_SCALE: '300',
      LOG_LEVEL: 'warn',
    });
    running.push(process);
    const url = `http://127.0.0.1:${port}`;
    await readiness(process, url);
    return { url, process };
  }

  const as = ({ url }: Version, subject: string, ...roles: string[]) =>
    openClient(url).signIn({ subject, teams: ['payments'], roles });
  async function ask(version: Version, name: string): Promise<RequestStatusAnswer> {
    const ana = await as(version, 'ana@example.com', 'requester');
    const key = { 'idempotency-key': name };
    return (await ana.post<RequestStatusAnswer>('/v1/account-requests', requestBody(name, { name }), key))
      .answer;
  }
  const read = async (version: Version, { id }: RequestStatusAnswer) =>
    (await as(version, 'ana@example.com', 'requester')).get<RequestStatusAnswer>(
      `/v1/account-requests/${id}`,
    );
  async function approve(version: Version, { id, plan }: RequestStatusAnswer): Promise<void> {
    const bo = await as(version, 'bo@example.com', 'approver');
    await bo.post(`/v1/account-requests/${id}/decisions`, { decision: 'approve', planDigest: plan.digest });
  }
  async function accountsOf(version: Version): Promise<string[]> {
    const operator = await as(version, 'ops@example.com', 'operator', 'auditor');
    const { items } = await operator.get<{ items: { accountId: string; name: string; status: string }[] }>(
      '/v1/accounts?limit=100',
    );
    return items.map(({ accountId, name, status }) => `${accountId} ${name} ${status}`).sort();
  }
  const settled = async (version: Version, asked: RequestStatusAnswer) => {
    await until(`${asked.id} is settled`, async () => isSettled(await read(version, asked)), 120_000);
    const { status, failure } = await read(version, asked);
    return failure ? `${status}: ${failure.detail}` : status;
  };

  it('share the work of a rolling update: each goes on with what the other has begun', async () => {
    const waiting = await ask(before, 'waiting');
    const underWay = await ask(before, 'under-way');
    await approve(before, underWay);
    // The new version comes while the one before is carrying out a vend: its machines, then its schema and itself.
    deploy(aws, machinesIn(packageRoot()));
    after = await start(now, 'after');
    await approve(after, waiting);
    const askedOfOld = await ask(before, 'asked-of-old');
    const askedOfNew = await ask(after, 'asked-of-new');
    await approve(after, askedOfOld);
    await approve(before, askedOfNew);
    const all = [waiting, underWay, askedOfOld, askedOfNew];
    for (const one of all)
      expect([await settled(after, one), await settled(before, one)]).toEqual(['ACTIVE', 'ACTIVE']);
    const accounts = await accountsOf(after);
    expect(await accountsOf(before)).toEqual(accounts);
    for (const name of ['waiting', 'under-way', 'asked-of-old', 'asked-of-new'])
      expect(accounts.filter((line) => line.endsWith(` ${name} ACTIVE`))).toHaveLength(1);
  }, 300_000);

  it('go back: the one before starts on the newer schema and works alone', async () => {
    await after.process.stop();
    await before.process.stop();
    deploy(aws, earlier!.machines);
    before = await start(earlier!, 'back');
    const asked = await ask(before, 'gone-back');
    await approve(before, asked);
    expect(await settled(before, asked)).toBe('ACTIVE');
    await before.process.stop();
  }, 300_000);

  it('leave a whole ledger, and projections that are what its facts say', async () => {
    const database = await openPostgres(databaseUrl, NEWEST_MIGRATIONS);
    try {
      expect(await verifyLedger(database.orm)).toMatchObject({ ok: true });
      const { tables } = await checkProjections(database.orm);
      expect(tables.filter(({ differing }) => differing > 0)).toEqual([]);
    } finally {
      await database.close();
    }
  });
});
