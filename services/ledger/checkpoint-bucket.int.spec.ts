import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transact } from '../../db/client.ts';
import { installedMoto, type MotoServer, startMoto } from '../../test/oracle/moto-server.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { asOwner } from '../../test/support/owner.ts';
import { openSecrets } from '../kernel/secrets.node.ts';
import { checkpointBucket } from './checkpoints.aws.ts';
import { gatherCheckpoints, makeCheckpoint, trustedCheckpoints } from './checkpoints.pg.ts';
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

  it('of days that are over are one object each day, and the walk fetches those alone', async () => {
    const days = ['2026-03-05', '2026-03-06', '2026-03-08'];
    const perDay = 20;
    for (const [d, day] of days.entries())
      for (let i = 0; i < perDay; i++) {
        const at = new Date(Date.parse(`${day}T00:00:00Z`) + i * 300_000);
        await transact(opened.database.orm, (tx) => {
          const id = `fact-${d}-${i}`;
          return appendFacts(tx, [newFact('AccountRequested', 100 + d * perDay + i, { id })], at);
        });
        await makeCheckpoint(opened.database.orm, custody(), at);
      }
    const before = await trustedCheckpoints(custody());
    expect(before.checkpoints.length).toBe(3 + days.length * perDay);
    const now = new Date('2026-03-08T12:00:00Z');
    expect(await gatherCheckpoints(custody(), now)).toBe(3);
    expect(await gatherCheckpoints(custody(), now)).toBe(0);

    let gets = 0;
    client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName === 'GetObjectCommand') gets += 1;
          return next(args);
        },
      { step: 'initialize', name: 'count' },
    );
    const after = await trustedCheckpoints(custody());
    client.middlewareStack.remove('count');
    // Of the first day two were written by somebody else: they are still told.
    expect(after).toEqual(before);
    expect(after.refused).toBe(2);
    expect(gets).toBe(3 + perDay);
    expect(await verifyLedger(opened.database.orm, 1_000, undefined, after.checkpoints)).toMatchObject({
      ok: true,
    });
  });

  it('that were gathered still tell a ledger that was written anew', async () => {
    const { checkpoints } = await trustedCheckpoints(custody());
    const gathered = checkpoints.filter(({ at }) => at.startsWith('2026-03-05'));
    await asOwner(opened.database.orm, (owner) =>
      owner.transaction(async (tx) => {
        await tx.execute(sql`alter table facts disable trigger user`);
        await tx.execute(sql`update facts set hash = 'sha256:0' where seq = ${gathered[4]!.lanes[0]!.seq}`);
      }),
    );
    expect(await verifyLedger(opened.database.orm, 1_000, undefined, gathered)).toMatchObject({ ok: false });
  });

  it('lie where versions of before do not look, and those of before are where they were', async () => {
    expect((await versions()).filter(({ Key = '' }) => !/\d{3}Z-[0-9a-f]{16}\.json$/.test(Key))).toEqual([]);
    const { Versions = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket: place.bucket, Prefix: 'jetway/ledger-checkpoints-days/' }),
    );
    expect(
      Versions.map(({ Key = '' }) => Key.slice('jetway/ledger-checkpoints-days/'.length, 62)),
    ).toHaveLength(3);
  });

  it('are not covered by a day that somebody else put there', async () => {
    const day = { after: null, through: '2026-03-31T00:00:00.000Z', refused: 0, checkpoints: [] };
    await client.send(
      new PutObjectCommand({
        Bucket: place.bucket,
        Key: 'jetway/ledger-checkpoints-days/2026-03-31-0000000000000000.json',
        Body: JSON.stringify({ day, signature: 'mine' }),
      }),
    );
    const { checkpoints, refused } = await trustedCheckpoints(custody());
    expect([checkpoints.length, refused]).toEqual([63, 3]);
  });

  it('of another ledger in the same bucket are its own', async () => {
    const { kept } = await checkpointBucket(client, place, 'another').all();
    expect(kept).toEqual([]);
  });
});
