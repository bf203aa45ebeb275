import { z } from 'zod';
import { canonicalJson } from '../kernel/canonical-json.ts';
import { chainHash, type Fact, factBody } from './fact.ts';

/** `2026-11`: the months in which facts of observations lie. */
export const Era = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'is not a month, as in 2026-03');

const Hash = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** Facts of one lane that follow each other without a gap: from the link before the first to the link of the last. */
export const Segment = z.strictObject({
  lane: z.number().int(),
  first: z.number().int(),
  last: z.number().int(),
  facts: z.number().int().positive(),
  before: Hash,
  hash: Hash,
});
export type Segment = z.infer<typeof Segment>;

export const ArchiveFile = z.strictObject({
  name: z.string(),
  facts: z.number().int().positive(),
  bytes: z.number().int().positive(),
  /** Of the bytes as they lie there. */
  sha256: Hash,
});
export type ArchiveFile = z.infer<typeof ArchiveFile>;

/** What was taken out of the database: it stands in the ledger for the facts that are in its files. */
export const ArchiveManifest = z.strictObject({
  version: z.literal(1),
  era: Era,
  facts: z.number().int().positive(),
  segments: z.array(Segment).min(1),
  files: z.array(ArchiveFile).min(1),
  madeAt: z.iso.datetime(),
});
export type ArchiveManifest = z.infer<typeof ArchiveManifest>;

export const SignedArchive = z.strictObject({ manifest: ArchiveManifest, signature: z.string() });
export type SignedArchive = z.infer<typeof SignedArchive>;

/** What is signed. */
export const archiveText = (manifest: ArchiveManifest): string => canonicalJson(manifest);

/**
 * A line of a file. `fact` is the very text that the chain covers, so that anybody can reckon the links again:
 * `hash = sha256(hash before + fact)`.
 */
export const archiveLine = (fact: Fact): string =>
  `{"lane":${fact.lane},"hash":"${fact.hash}","fact":${factBody(fact)}}\n`;

const Line = z.strictObject({
  lane: z.number().int(),
  hash: Hash,
  fact: z.strictObject({
    accountId: z.string().nullable(),
    actor: z.string().nullable(),
    data: z.record(z.string(), z.unknown()),
    id: z.string(),
    meaning: z.string(),
    occurredAt: z.string(),
    recordedAt: z.string(),
    requestId: z.string().nullable(),
    seq: z.number().int(),
    source: z.string(),
    type: z.string(),
    version: z.number(),
  }),
});

/** A file of the archive does not hold what its manifest says. */
export class ArchiveBroken extends Error {
  override readonly name = 'ArchiveBroken';
}

/** @throws ArchiveBroken */
export function readArchiveLine(text: string, file: string): Fact {
  let parsed: ReturnType<typeof Line.safeParse> | undefined;
  try {
    parsed = Line.safeParse(JSON.parse(text));
  } catch {}
  if (!parsed?.success) throw new ArchiveBroken(`${file} has a line that is no fact: ${text.slice(0, 80)}`);
  const { lane, hash, fact } = parsed.data;
  const { accountId, actor, requestId, type, ...rest } = fact;
  return {
    ...rest,
    type: type as Fact['type'],
    accountId: accountId ?? undefined,
    actor: actor ?? undefined,
    requestId: requestId ?? undefined,
    lane,
    hash,
  };
}

/**
 * Follows facts in the order of lane and `seq` and keeps the segments they make.
 * `follows` is false when a fact is not the next link of the open segment: then `begin` with the link before it.
 */
export function segmentWalk() {
  const segments: Segment[] = [];
  const add = (fact: Fact, before: string): boolean => {
    const open = segments.at(-1);
    const hash = chainHash(before, factBody(fact));
    if (hash !== fact.hash) return false;
    if (open?.lane === fact.lane && open.hash === before) {
      open.last = fact.seq;
      open.hash = hash;
      open.facts += 1;
    } else segments.push({ lane: fact.lane, first: fact.seq, last: fact.seq, facts: 1, before, hash });
    return true;
  };
  return {
    segments,
    follows(fact: Fact): boolean {
      const open = segments.at(-1);
      return open?.lane === fact.lane && add(fact, open.hash);
    },
    /** @returns false when it does not follow that link either: the chain is broken */
    begin: (fact: Fact, before: string): boolean => add(fact, before),
  };
}

/** The first month that is kept: the month of `now` and `months` before it stay. @throws RangeError for less than one */
export function firstEraKept(now: Date, months: number): string {
  if (!Number.isInteger(months) || months < 1) throw new RangeError('at least one whole month is kept');
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1)).toISOString().slice(0, 7);
}

/** Names carry what is in them, so that no archive is ever written over by another one. */
export const archiveFileName = (era: string, part: number, sha256: string): string =>
  `${era}-${String(part).padStart(4, '0')}-${sha256.slice('sha256:'.length, 'sha256:'.length + 12)}.ndjson.gz`;
export const manifestFileName = (era: string, sha256: string): string =>
  `${era}-${sha256.slice('sha256:'.length, 'sha256:'.length + 12)}.manifest.json`;

/** The segment that begins behind this link, if it was archived. */
export const segmentAfter = (
  archives: readonly ArchiveManifest[],
  lane: number,
  link: string,
): Segment | undefined => {
  for (const { segments } of archives)
    for (const segment of segments) if (segment.lane === lane && segment.before === link) return segment;
  return undefined;
};
