import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { canonicalJson, sha256 } from '../kernel/canonical-json.ts';
import type { Bucket } from './archives.aws.ts';
import { SignedCheckpoint } from './checkpoint.ts';
import type { CheckpointStore } from './checkpoints.port.ts';

/** Objects that are read at once. */
const AT_ONCE = 32;

/**
 * A bucket under S3 Object Lock, whose default retention keeps every object: one for each checkpoint, never written again. All
 * versions are read, so that one which was hidden by a delete marker, or by another of the same name, is read all the same.
 *
 * @param ledger which of the ledgers of the bucket this is
 */
export function checkpointBucket(
  client: S3Client,
  { bucket, prefix }: Bucket,
  ledger: string,
): CheckpointStore {
  const folder = `${prefix}${ledger}/`;
  return {
    async add(signed) {
      const body = canonicalJson(signed);
      const digest = sha256(body).slice('sha256:'.length);
      await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          // In the order of time; two processes that sign in the same moment are two objects.
          Key: `${folder}${signed.checkpoint.at}-${digest.slice(0, 16)}.json`,
          Body: body,
          ContentType: 'application/json',
          // S3 wants a checksum of what it locks.
          ChecksumAlgorithm: 'SHA256',
          ChecksumSHA256: Buffer.from(digest, 'hex').toString('base64'),
        }),
      );
    },
    async all() {
      const versions = await versionsIn(client, bucket, folder);
      const read: (SignedCheckpoint | undefined)[] = [];
      for (let i = 0; i < versions.length; i += AT_ONCE)
        read.push(
          ...(await Promise.all(
            versions.slice(i, i + AT_ONCE).map((version) => readVersion(client, bucket, version)),
          )),
        );
      const kept = read.filter((signed) => signed !== undefined);
      // Within one key the newest version comes first.
      kept.sort((a, b) =>
        a.checkpoint.at < b.checkpoint.at ? -1 : a.checkpoint.at > b.checkpoint.at ? 1 : 0,
      );
      return { kept, unreadable: read.length - kept.length };
    },
  };
}

async function versionsIn(client: S3Client, bucket: string, prefix: string): Promise<ObjectVersion[]> {
  const versions: ObjectVersion[] = [];
  for (let from: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {}; from; ) {
    const page: ListObjectVersionsCommandOutput = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, ...from }),
    );
    versions.push(...(page.Versions ?? []));
    from = page.IsTruncated
      ? {
          ...(page.NextKeyMarker === undefined ? {} : { KeyMarker: page.NextKeyMarker }),
          ...(page.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: page.NextVersionIdMarker }),
        }
      : undefined;
  }
  return versions;
}

async function readVersion(
  client: S3Client,
  bucket: string,
  { Key, VersionId }: ObjectVersion,
): Promise<SignedCheckpoint | undefined> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key, VersionId }));
  const text = (await Body?.transformToString()) ?? '';
  try {
    return SignedCheckpoint.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
