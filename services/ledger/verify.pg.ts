import { asc } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { ledgerLanes } from '../../db/schema/index.ts';
import { type ArchiveManifest, type Segment, segmentAfter } from './archive.ts';
import { type Checkpoint, expectedLinks, type LaneHead } from './checkpoint.ts';
import { chainHash, type Fact, factBody, GENESIS_HASH, ledgerHead } from './fact.ts';
import { factsOfLane } from './ledger.pg.ts';

/** `brokenAt`: `seq` of the first fact that does not hold, or of the one after which something is missing. */
export type Verification = {
  ok: boolean;
  facts: number;
  /** Those of them that are in the archive: their manifests were read, not their files. */
  archived: number;
  head: string;
  brokenAt?: number;
};

type Page = <T>(read: (orm: Orm) => Promise<T>) => Promise<T>;

/** Before the first fact. */
const NOTHING = { seq: 0, hash: GENESIS_HASH, facts: 0 };

/** A walk of one lane; `archived` are those of its facts that a signed manifest stands for. */
type Walk = { facts: number; archived: number; hash: string; brokenAt?: number };

export type Bounds = {
  /** Trusted checkpoints to begin after and to end at; without them it is the first fact and the head of now. */
  from?: Checkpoint | undefined;
  upto?: Checkpoint | undefined;
  /** What stands for facts that were taken out, read anew each time: a month may be taken out while the walk is under way. */
  archives?: (orm: Orm) => Promise<readonly ArchiveManifest[]>;
};

/**
 * Walks the chain of every lane from the first fact to the head of now: every column against the hashed text, every link
 * against its predecessor. The heads are read first, so that facts which are appended meanwhile are no break.
 * @param page reads one page, for a person as that person may: no transaction lasts as long as the walk
 * @param checkpoints what the ledger was earlier, read before: it must have gone through each of them
 */
export async function verifyLedger(
  orm: Orm,
  pageSize = 1_000,
  page: Page = (read) => read(orm),
  checkpoints: readonly Checkpoint[] = [],
  { from, upto, archives = async () => [] }: Bounds = {},
): Promise<Verification> {
  const heads = upto?.lanes ?? (await page(readHeads));
  const expected = expectedLinks(checkpoints);
  const walks: { lane: number; walk: Walk }[] = [];
  for (const head of heads) {
    const start = from?.lanes.find(({ lane }) => lane === head.lane) ?? { ...NOTHING, lane: head.lane };
    const links = [...(expected.get(head.lane) ?? [])].filter(
      ([seq]) => seq > start.seq && (upto === undefined || seq <= head.seq),
    );
    walks.push({
      lane: head.lane,
      walk: await walkLane({ start, head }, new Map(links), {
        read: (lane, after) => page((reader) => factsOfLane(reader, lane, after, pageSize)),
        segment: async (lane, link) => segmentAfter(await page(archives), lane, link),
      }),
    });
  }
  const broken = walks.flatMap(({ walk }) => walk.brokenAt ?? []);
  return {
    ok: broken.length === 0,
    facts: walks.reduce((sum, { walk }) => sum + walk.facts, 0),
    archived: walks.reduce((sum, { walk }) => sum + walk.archived, 0),
    head: ledgerHead(walks.map(({ lane, walk }) => ({ lane, hash: walk.hash }))),
    ...(broken.length === 0 ? {} : { brokenAt: Math.min(...broken) }),
  };
}

export const readHeads = (orm: Orm): Promise<LaneHead[]> =>
  orm.select().from(ledgerLanes).orderBy(asc(ledgerLanes.lane));

type Source = {
  read(lane: number, after: number): Promise<Fact[]>;
  /** What was taken out behind a link. */
  segment(lane: number, link: string): Promise<Segment | undefined>;
};

async function walkLane(
  { start, head }: { start: LaneHead; head: LaneHead },
  links: ReadonlyMap<number, string>,
  { read, segment }: Source,
): Promise<Walk> {
  const walk = { facts: start.facts, archived: 0, hash: start.hash };
  let met = 0;
  let seq = start.seq;
  while (seq < head.seq) {
    const covered = (await read(head.lane, seq)).filter((fact) => fact.seq <= head.seq);
    let gone: Segment | undefined;
    for (const fact of covered) {
      const hash = chainHash(walk.hash, factBody(fact));
      const link = links.get(fact.seq);
      if (hash !== fact.hash) {
        gone = await segment(head.lane, walk.hash);
        if (gone && gone.first > seq && gone.last < fact.seq) break;
        return { ...walk, brokenAt: fact.seq };
      }
      if (link !== undefined && link !== hash) return { ...walk, brokenAt: fact.seq };
      if (link !== undefined) met += 1;
      walk.hash = hash;
      walk.facts += 1;
      seq = fact.seq;
    }
    if (covered.length === 0) gone = await segment(head.lane, walk.hash);
    // A shorter chain than the head remembers: facts were cut off at the end.
    if (covered.length === 0 && !(gone && gone.first > seq && gone.last <= head.seq))
      return { ...walk, brokenAt: seq + 1 };
    if (!gone) continue;
    const end = links.get(gone.last);
    if (end !== undefined && end !== gone.hash) return { ...walk, brokenAt: gone.last };
    // Checkpoints within it are those of its files (`verify --archive`).
    met += [...links.keys()].filter((place) => place >= gone.first && place <= gone.last).length;
    walk.hash = gone.hash;
    walk.facts += gone.facts;
    walk.archived += gone.facts;
    seq = gone.last;
  }
  // The head's own words: a head that was turned back leaves facts beyond it that nobody vouches for.
  // A checkpoint at a place that the lane does not have: somebody has written it anew, and the head with it.
  const whole = walk.hash === head.hash && walk.facts === head.facts && met === links.size;
  return whole ? walk : { ...walk, brokenAt: head.seq + 1 };
}
