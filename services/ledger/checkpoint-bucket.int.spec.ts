import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transact } from '../../db/client.ts';
import { installedMoto, type MotoServer, startMoto } from '../../test/oracle/moto-server.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { openSecrets } from '../kernel/secrets.node.ts';
import { checkpointBucket } from './checkpoints.aws.ts';
import { makeCheckpoint, trustedCheckpoints } from './checkpoints.pg.ts';
import { newFact } from './fact.fixture.ts';
import { appendFacts } from './ledger.pg.ts';
import { verifyLedger } from './verify.pg.ts';

const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
const AT = '2026-03-04T10:00:00.000Z';
const place = { bucket: 'checkpoints', prefix: 'jetway/' };
const folder = 'jetway/ledger-checkpoints/';

const moto = installedMoto();
if (!moto) console.log('checkpoints under Object Lock: skipped, moto is not installed');
describe.skipIf(!moto)('checkpoints in a bucket under Object Lock, on moto', () => {
  let server: MotoServer;
  let client: S3Client;
  let opened: OpenedDatabase;
  const secrets = openSecrets(Buffer.alloc(32, 7));
  const custody = () => ({ secrets, store: checkpointBucket(client, place, 'ledger-checkpoints') });
  const add = async (n: number) => {
    await transact(opened.database.orm, (tx) =>
      appendFacts(tx, [newFact('AccountRequested', n, { id: `fact-${n}` })], new Date(AT)),
    );
    return makeCheckpoint(opened.database.orm, custody(), new Date(Date.parse(AT) + n * 300_000));
  };
  const versions = async () =>
    (await client.send(new ListObjectVersionsCommand({ Bucket: place.bucket, Prefix: folder }))).Versions ??
    [];

  beforeAll(async () => {
    server = await startMoto();
    client = new S3Client({ endpoint: server.url, region: 'us-east-1', forcePathStyle: true, credentials });
    // As the template of the stack `data` makes it.
    await client.send(new CreateBucketCommand({ Bucket: place.bucket, ObjectLockEnabledForBucket: true }));
    await client.send(
      new PutObjectLockConfigurationCommand({
        Bucket: place.bucket,
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 400 } },
        },
      }),
    );
    opened = await databases[0]!.open();
  }, 90_000);
  afterAll(async () => {
    client?.destroy();
    await opened?.close();
    await server?.stop();
  });

  it('are one object each, in the order of time, and the walk goes through all of them', async () => {
    for (const n of [1, 2, 3]) await add(n);
    const { checkpoints, refused } = await trustedCheckpoints(custody());
    expect(checkpoints.map(({ facts }) => facts)).toEqual([1, 2, 3]);
    expect(refused).toBe(0);
    expect(await versions()).toHaveLength(3);
    expect(await verifyLedger(opened.database.orm, 1_000, undefined, checkpoints)).toMatchObject({
      ok: true,
    });
  });

  it('cannot be taken away: not the object, and not by hiding it', async () => {
    const [oldest] = (await versions()).sort((a, b) => (String(a.Key) < String(b.Key) ? -1 : 1));
    await expect(
      client.send(
        new DeleteObjectCommand({ Bucket: place.bucket, Key: oldest?.Key, VersionId: oldest?.VersionId }),
      ),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
    // A delete marker may be put before it; it is read all the same.
    await client.send(new DeleteObjectCommand({ Bucket: place.bucket, Key: oldest?.Key }));
    expect((await trustedCheckpoints(custody())).checkpoints).toHaveLength(3);
  });

  it('that somebody else wrote in their place are refused, and theirs stay', async () => {
    const key = (await versions()).find(({ IsLatest }) => IsLatest)?.Key;
    const forged = { checkpoint: { at: AT, head: 'sha256:0', facts: 9, lanes: [] }, signature: 'mine' };
    for (const Body of [JSON.stringify(forged), 'no JSON'])
      await client.send(new PutObjectCommand({ Bucket: place.bucket, Key: key, Body }));
    expect(await trustedCheckpoints(custody())).toMatchObject({ refused: 2, checkpoints: { length: 3 } });
  });

  it('of another ledger in the same bucket are its own', async () => {
    const { kept } = await checkpointBucket(client, place, 'another').all();
    expect(kept).toEqual([]);
  });
});
