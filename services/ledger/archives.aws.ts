import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { sha256OfFile } from './archive-files.node.ts';
import { ArchiveMissing, type ArchiveStore } from './archives.port.ts';

/** Of this Region, with the credentials of the process. @param endpoint of a double; null for AWS's own */
export const s3Client = (region: string, endpoint: string | null): S3Client =>
  new S3Client({ region, ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }) });

export type Bucket = { bucket: string; prefix: string };

/**
 * A bucket. S3 is told the SHA-256 of each object and refuses what arrives otherwise; lock the bucket's objects, so that
 * nobody removes or replaces what was archived.
 */
export function archiveBucket(client: S3Client, { bucket, prefix }: Bucket): ArchiveStore {
  const key = (name: string) => `${prefix}${name}`;
  return {
    place: `s3://${bucket}/${prefix}`,
    async keep(name, path) {
      const file = await open(path);
      const { size } = await file.stat().finally(() => file.close());
      await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key(name),
          Body: createReadStream(path),
          ContentLength: size,
          ChecksumSHA256: Buffer.from((await sha256OfFile(path)).slice('sha256:'.length), 'hex').toString(
            'base64',
          ),
        }),
      );
    },
    async read(name) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key(name) }));
        return Body as unknown as AsyncIterable<Uint8Array>;
      } catch (cause) {
        if (!(cause instanceof NoSuchKey)) throw cause;
        throw new ArchiveMissing(`${key(name)} is not in ${bucket}`, { cause });
      }
    },
  };
}
