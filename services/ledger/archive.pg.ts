import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { type Orm, rowsOf, sqlState } from '../../db/client.ts';
import { ledgerArchives } from '../../db/schema/index.ts';
import { sha256 } from '../kernel/canonical-json.ts';
import type { Secrets } from '../kernel/secrets.node.ts';
import {
  ArchiveBroken,
  type ArchiveFile,
  ArchiveManifest,
  archiveLine,
  archiveText,
  firstEraKept,
  manifestFileName,
  type SignedArchive,
  segmentWalk,
} from './archive.ts';
import { readArchiveFile, writeArchiveFile } from './archive-files.node.ts';
import { signArchive, trustedArchives } from './archives.pg.ts';
import type { ArchiveStore } from './archives.port.ts';
import { type Fact, GENESIS_HASH } from './fact.ts';
import { appendFacts, factsOfEra, linkBefore } from './ledger.pg.ts';

export type ArchiveDeps = {
  store: ArchiveStore;
  secrets: Secrets;
  /** Of this machine, for files until they are kept. */
  workFolder: string;
  now: () => Date;
};

/** The ledger does not hold where it was to be archived: nothing was taken out. */
export class LedgerBroken extends Error {
  override readonly name = 'LedgerBroken';
}
/** The month cannot be taken out now: the words say why. */
export class EraInUse extends Error {
  override readonly name = 'EraInUse';
}

/** Facts of one file: some hundred megabytes of text. */
const FACTS_IN_A_FILE = 500_000;
const PAGE = 5_000;
/** How long appending and reading may be held up by taking out a month. */
const LOCK_TIMEOUT = '5s';

/** Months that can be taken out: with facts, older than what is kept, in a part of their own. */
export async function erasToArchive(
  orm: Orm,
  now: Date,
  months: number,
): Promise<{ ready: string[]; unplaced: string[] }> {
  const kept = firstEraKept(now, months);
  const ready = await rowsOf<{ era: string }>(
    orm,
    sql`select replace(substr(c.relname, 7), '_', '-') as era from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'public.facts'::regclass and c.relname ~ '^facts_[0-9]{4}_[0-9]{2}$' order by 1`,
  );
  const unplaced = await rowsOf<{ era: string }>(
    orm,
    sql`select distinct era from facts where era < ${kept} and tableoid = 'public.facts_unplaced'::regclass order by 1`,
  );
  const withFacts: string[] = [];
  for (const { era } of ready)
    if (era < kept && (await factsOfEra(orm, era, { lane: 0, seq: 0 }, 1)).length > 0) withFacts.push(era);
  return { ready: withFacts, unplaced: unplaced.map(({ era }) => era) };
}

/**
 * Copies the facts of a month into files of the store, walking their chains, and reads the files back. Nothing is changed in
 * the database. @throws LedgerBroken when a chain does not hold
 */
export async function exportEra(orm: Orm, era: string, deps: ArchiveDeps): Promise<SignedArchive> {
  const { archives } = await trustedArchives(orm, deps.secrets);
  const walk = segmentWalk();
  const linked = async (fact: Fact): Promise<void> => {
    if (walk.follows(fact)) return;
    const before = (await linkBefore(orm, fact)) ?? GENESIS_HASH;
    const behind = [
      before,
      ...archives.flatMap((a) => a.segments.filter((s) => s.lane === fact.lane).map((s) => s.hash)),
    ];
    if (!behind.some((link) => walk.begin(fact, link)))
      throw new LedgerBroken(
        `The chain of lane ${fact.lane} does not hold at seq ${fact.seq}: verify the ledger first.`,
      );
  };
  const files: ArchiveFile[] = [];
  const facts = factsInOrder(orm, era);
  for (let part = 1, next = await facts.next(); !next.done; part++) {
    const lines = async function* () {
      for (let n = 0; !next.done && n < FACTS_IN_A_FILE; n++) {
        await linked(next.value);
        yield archiveLine(next.value);
        next = await facts.next();
      }
    };
    const { file, path } = await writeArchiveFile(deps.workFolder, era, part, lines());
    await deps.store.keep(file.name, path);
    files.push(file);
  }
  const manifest = ArchiveManifest.parse({
    version: 1,
    era,
    facts: files.reduce((sum, file) => sum + file.facts, 0),
    segments: walk.segments,
    files,
    madeAt: deps.now().toISOString(),
  });
  const signed = { manifest, signature: signArchive(deps.secrets, manifest) };
  const name = manifestFileName(era, sha256(archiveText(manifest)));
  const path = join(deps.workFolder, name);
  await writeFile(path, `${JSON.stringify(signed)}\n`, { mode: 0o600 });
  await deps.store.keep(name, path);
  await readBack(deps.store, manifest);
  return signed;
}

async function* factsInOrder(orm: Orm, era: string): AsyncGenerator<Fact, undefined> {
  for (let after = { lane: 0, seq: 0 }; ; ) {
    const page = await factsOfEra(orm, era, after, PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last;
  }
}

/**
 * Walks the files of an archive: their digests, every link of every segment.
 * @param hear every fact, in the order of lane and `seq`
 * @throws ArchiveBroken, ArchiveMissing
 */
export async function readBack(
  store: ArchiveStore,
  manifest: ArchiveManifest,
  hear: (fact: Fact) => void = () => {},
): Promise<void> {
  const walk = segmentWalk();
  const begins = new Map(manifest.segments.map((s) => [`${s.lane} ${s.first}`, s.before]));
  for (const file of manifest.files)
    for await (const fact of readArchiveFile(store, file)) {
      const before = begins.get(`${fact.lane} ${fact.seq}`);
      if (!(before === undefined ? walk.follows(fact) : walk.begin(fact, before)))
        throw new ArchiveBroken(`${file.name} does not hold at seq ${fact.seq} of lane ${fact.lane}.`);
      hear(fact);
    }
  if (JSON.stringify(walk.segments) !== JSON.stringify(manifest.segments))
    throw new ArchiveBroken(`The files of ${manifest.era} hold other facts than their manifest says.`);
}

/** Facts of all months that were taken out. @throws ArchiveBroken, ArchiveMissing */
export const archivedFacts = ({ store, secrets }: Pick<ArchiveDeps, 'store' | 'secrets'>) =>
  async function* (orm: Orm): AsyncGenerator<Fact> {
    for (const { files } of (await trustedArchives(orm, secrets)).archives)
      for (const file of files) yield* readArchiveFile(store, file);
  };

/**
 * Takes an exported month out of the database: what stands for it is written in the same transaction.
 * @param orm of a login that owns the tables @throws EraInUse
 */
export async function removeEra(orm: Orm, { manifest, signature }: SignedArchive, now: Date): Promise<void> {
  const part = sql.raw(`public.facts_${manifest.era.replace('-', '_')}`);
  const work = async (tx: Orm): Promise<void> => {
    await tx.execute(sql`set local role none`);
    await tx.execute(sql.raw(`set local lock_timeout = '${LOCK_TIMEOUT}'`));
    const [left] = await rowsOf<{ facts: string; unsent: string }>(
      tx,
      sql`select (select count(*) from ${part})::text as facts,
        ((select count(*) from outbox o join ${part} f on f.seq = (o.payload ->> 'seq')::bigint
          where o.kind = 'put-event' and o.sent_at is null)
        + (select count(*) from webhook_deliveries d join ${part} f on f.seq = d.fact_seq where d.status = 'pending'))::text as unsent`,
    );
    if (Number(left?.unsent) > 0)
      throw new EraInUse(
        `${left?.unsent} facts of ${manifest.era} have not left yet, on the event bus or to a webhook.`,
      );
    if (Number(left?.facts) !== manifest.facts)
      throw new EraInUse(
        `${manifest.era} has ${left?.facts} facts now and ${manifest.facts} were archived: archive it again.`,
      );
    await tx.execute(sql`drop table ${part}`);
    await tx
      .insert(ledgerArchives)
      .values({ era: manifest.era, manifest: archiveText(manifest), signature, removedAt: now });
    await appendFacts(tx, [archivedFact(manifest, now)], now);
  };
  await orm
    .transaction((tx) => work(tx as unknown as Orm))
    .catch((error: unknown) => {
      if (sqlState(error) !== '55P03') throw error;
      throw new EraInUse(
        `${manifest.era} could not be taken out within ${LOCK_TIMEOUT}: the ledger is in use. Try again.`,
        {
          cause: error,
        },
      );
    });
}

/** The ledger tells itself what was taken out of it. */
const archivedFact = (manifest: ArchiveManifest, now: Date) => {
  const digest = sha256(archiveText(manifest));
  return {
    id: `archive:${manifest.era}`,
    meaning: `archive:${manifest.era}`,
    type: 'LedgerArchived' as const,
    source: 'jetway',
    version: now.getTime(),
    occurredAt: now.toISOString(),
    data: { era: manifest.era, facts: manifest.facts, manifest: digest },
  };
};
