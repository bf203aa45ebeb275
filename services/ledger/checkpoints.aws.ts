import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { canonicalJson, sha256 } from '../kernel/canonical-json.ts';
import type { Bucket } from './archives.aws.ts';
import { SignedCheckpoint } from './checkpoint.ts';
import { SignedDay } from './checkpoint-days.ts';
import type { CheckpointStore, Part } from './checkpoints.port.ts';

/** Objects that are read at once. */
const AT_ONCE = 32;
/** After every key of a day, and before the next day's. */
const END_OF_DAY = '~';
const DAY = /^\d{4}-\d{2}-\d{2}/;

/**
 * A bucket under S3 Object Lock, whose default retention keeps every object: one for each checkpoint and one for each day that
 * was gathered, never written again. All versions are read, so that one which was hidden by a delete marker, or by another of
 * the same name, is read all the same.
 *
 * @param ledger which of the ledgers of the bucket this is
 */
export function checkpointBucket(
  client: S3Client,
  { bucket, prefix }: Bucket,
  ledger: string,
): CheckpointStore {
  const folder = `${prefix}${ledger}/`;
  // Not below the other: versions of before read that as a whole.
  const dayFolder = `${prefix}${ledger}-days/`;
  const put = async (at: string, content: SignedCheckpoint | SignedDay) => {
    const body = canonicalJson(content);
    const digest = sha256(body).slice('sha256:'.length);
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        // In the order of time; two processes that sign in the same moment are two objects.
        Key: `${at}-${digest.slice(0, 16)}.json`,
        Body: body,
        ContentType: 'application/json',
        // S3 wants a checksum of what it locks.
        ChecksumAlgorithm: 'SHA256',
        ChecksumSHA256: Buffer.from(digest, 'hex').toString('base64'),
      }),
    );
  };
  const all = async <T>(of: { folder: string } & Part, read: (json: unknown) => T | undefined) => {
    const versions = await versionsIn(client, bucket, of);
    const found: (T | undefined)[] = [];
    for (let i = 0; i < versions.length; i += AT_ONCE)
      found.push(
        ...(await Promise.all(
          versions.slice(i, i + AT_ONCE).map(async (version) => read(await jsonOf(client, bucket, version))),
        )),
      );
    const kept = found.filter((one) => one !== undefined);
    return {
      kept,
      unreadable: found.length - kept.length,
      last: versions.at(-1)?.Key?.slice(of.folder.length),
    };
  };
  return {
    add: (signed) => put(`${folder}${signed.checkpoint.at}`, signed),
    async all(of = { after: null }) {
      const { kept, ...rest } = await all({ folder, ...of }, (json) => SignedCheckpoint.safeParse(json).data);
      // Within one key the newest version comes first.
      kept.sort((a, b) =>
        a.checkpoint.at < b.checkpoint.at ? -1 : a.checkpoint.at > b.checkpoint.at ? 1 : 0,
      );
      return { kept, ...rest };
    },
    days: {
      add: (signed) => put(`${dayFolder}${signed.day.through.slice(0, 'YYYY-MM-DD'.length)}`, signed),
      all: () => all({ folder: dayFolder, after: null }, (json) => SignedDay.safeParse(json).data),
      async next(after) {
        for await (const versions of pagesOf(client, bucket, { folder, after })) {
          const days = versions.flatMap(({ Key = '' }) => DAY.exec(Key.slice(folder.length))?.[0] ?? []);
          if (days.length > 0) return days[0];
        }
        return undefined;
      },
    },
  };
}

async function* pagesOf(
  client: S3Client,
  bucket: string,
  { folder, after }: { folder: string; after: string | null },
): AsyncGenerator<ObjectVersion[]> {
  const place = { Bucket: bucket, Prefix: folder };
  const marker = after === null ? undefined : `${folder}${after}`;
  let from: ListObjectVersionsCommandInput | undefined = {
    ...place,
    ...(marker === undefined ? {} : { KeyMarker: marker }),
  };
  while (from) {
    const page: ListObjectVersionsCommandOutput = await client.send(new ListObjectVersionsCommand(from));
    // Other versions of the marker's own key are gathered with it.
    yield (page.Versions ?? []).filter(({ Key = '' }) => marker === undefined || Key > marker);
    from = page.IsTruncated
      ? {
          ...place,
          ...(page.NextKeyMarker === undefined ? {} : { KeyMarker: page.NextKeyMarker }),
          ...(page.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: page.NextVersionIdMarker }),
        }
      : undefined;
  }
}

async function versionsIn(
  client: S3Client,
  bucket: string,
  { folder, after, day }: { folder: string } & Part,
): Promise<ObjectVersion[]> {
  const found: ObjectVersion[] = [];
  const end = day === undefined ? undefined : `${folder}${day}${END_OF_DAY}`;
  for await (const versions of pagesOf(client, bucket, { folder, after })) {
    const inTime = versions.filter(({ Key = '' }) => end === undefined || Key < end);
    found.push(...inTime);
    if (inTime.length < versions.length) break;
  }
  return found;
}

/** Undefined for what is no JSON. */
async function jsonOf(client: S3Client, bucket: string, { Key, VersionId }: ObjectVersion): Promise<unknown> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key, VersionId }));
  const text = (await Body?.transformToString()) ?? '';
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
