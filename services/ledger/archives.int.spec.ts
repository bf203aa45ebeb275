import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedMoto, type MotoServer, startMoto } from '../../test/oracle/moto-server.ts';
import { archiveBucket } from './archives.aws.ts';
import { archiveFolder } from './archives.node.ts';
import { ArchiveMissing, type ArchiveStore } from './archives.port.ts';

const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jetway-archives-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What every place of archives does. */
function keepsArchives(store: () => ArchiveStore): void {
  const write = (bytes: Uint8Array): string => {
    const path = join(folder, 'given');
    writeFileSync(path, bytes);
    return path;
  };
  async function read(name: string): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await store().read(name)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  it('gives back what it was given, byte for byte', async () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7_919) % 251);
    await store().keep('2026-03-0001-abc.ndjson.gz', write(bytes));
    expect(await read('2026-03-0001-abc.ndjson.gz')).toEqual(Buffer.from(bytes));
  });

  it('keeps the same file again', async () => {
    for (let i = 0; i < 2; i++) await store().keep('again', write(Buffer.from('the same')));
    expect((await read('again')).toString()).toBe('the same');
  });

  it('says what is not there', async () => {
    await expect(store().read('2026-01-0001-none.ndjson.gz')).rejects.toThrow(ArchiveMissing);
  });
}

describe('a folder of archives', () => {
  keepsArchives(() => archiveFolder(join(folder, 'kept')));
});

const moto = installedMoto();
if (!moto) console.log('a bucket of archives: skipped, moto is not installed');
describe.skipIf(!moto)('a bucket of archives, on moto', () => {
  let server: MotoServer;
  let client: S3Client;
  beforeAll(async () => {
    server = await startMoto();
    client = new S3Client({ endpoint: server.url, region: 'us-east-1', forcePathStyle: true, credentials });
    await client.send(new CreateBucketCommand({ Bucket: 'ledger-archive' }));
  }, 60_000);
  afterAll(async () => {
    client?.destroy();
    await server?.stop();
  });
  keepsArchives(() => archiveBucket(client, { bucket: 'ledger-archive', prefix: 'jetway/' }));
});
