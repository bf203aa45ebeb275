import { z } from 'zod';
import { canonicalJson, sha256 } from '../kernel/canonical-json.ts';
import { ledgerHead } from './fact.ts';

export const LaneHead = z.strictObject({
  lane: z.number().int(),
  /** Of the newest fact. */
  seq: z.number().int(),
  hash: z.string(),
  facts: z.number().int(),
});
export type LaneHead = z.infer<typeof LaneHead>;

/**
 * What the ledger was at a moment: kept outside of the database, so that whoever may write there cannot also write what was.
 */
export const Checkpoint = z.strictObject({
  at: z.string(),
  /** Over the heads of all lanes. */
  head: z.string(),
  facts: z.number().int(),
  lanes: z.array(LaneHead),
});
export type Checkpoint = z.infer<typeof Checkpoint>;

export const SignedCheckpoint = z.strictObject({ checkpoint: Checkpoint, signature: z.string() });
export type SignedCheckpoint = z.infer<typeof SignedCheckpoint>;

export const checkpointOf = (lanes: readonly LaneHead[], at: Date): Checkpoint => ({
  at: at.toISOString(),
  head: ledgerHead(lanes),
  facts: lanes.reduce((sum, { facts }) => sum + facts, 0),
  lanes: [...lanes],
});

/** What is signed. */
export const checkpointText = (checkpoint: Checkpoint): string => canonicalJson(checkpoint);

/**
 * The name of the file for a ledger: one for each database, whatever its login. A database that is made anew under the same
 * name is another ledger: its file has to be moved away by a person.
 * @param databaseUrl null for the embedded one
 */
export function checkpointFileName(databaseUrl: string | null): string {
  if (databaseUrl === null) return 'ledger-checkpoints.jsonl';
  const { host, pathname } = new URL(databaseUrl);
  return `ledger-checkpoints-${sha256(`${host}${pathname}`).slice('sha256:'.length, 'sha256:'.length + 12)}.jsonl`;
}

/** The link that each lane must have at a place, as checkpoints say. */
export type Expected = ReadonlyMap<number, ReadonlyMap<number, string>>;

export function expectedLinks(checkpoints: readonly Checkpoint[]): Expected {
  const expected = new Map<number, Map<number, string>>();
  for (const { lanes } of checkpoints)
    for (const { lane, seq, hash, facts } of lanes) {
      if (facts === 0) continue;
      const places = expected.get(lane) ?? new Map<number, string>();
      expected.set(lane, places.set(seq, hash));
    }
  return expected;
}
