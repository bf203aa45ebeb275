import { z } from 'zod';
import { canonicalJson } from '../kernel/canonical-json.ts';
import { Checkpoint } from './checkpoint.ts';

/**
 * The checkpoints of one day that is over, in one piece: what is an object each would be a hundred thousand after a year. It
 * says where the piece before it ends, so that whoever has all of them knows what lies apart still.
 */
export const CheckpointDay = z.strictObject({
  /** The last that was gathered before; null: this is the first piece. */
  after: z.string().nullable(),
  /** The last of this piece, by the name that the store gives: names grow with time. */
  through: z.string(),
  /** What lay there and was not signed by us. */
  refused: z.number().int().min(0),
  checkpoints: z.array(Checkpoint),
});
export type CheckpointDay = z.infer<typeof CheckpointDay>;

export const SignedDay = z.strictObject({ day: CheckpointDay, signature: z.string() });
export type SignedDay = z.infer<typeof SignedDay>;

/** What is signed. */
export const dayText = (day: CheckpointDay): string => canonicalJson(day);

export const dayOf = (at: string | Date): string =>
  (typeof at === 'string' ? at : at.toISOString()).slice(0, 'YYYY-MM-DD'.length);

/** Each once: two processes may have gathered the same day. */
export const eachOnce = (days: readonly SignedDay[]): CheckpointDay[] => [
  ...new Map(days.map(({ day, signature }) => [signature, day])).values(),
];

/**
 * Up to which checkpoint everything was gathered: from the first on, each piece begins where another ends. What comes after a gap
 * is read one by one, so that a piece that is missing hides nothing.
 *
 * @param days signed by us
 */
export function coveredThrough(days: readonly CheckpointDay[], from: string | null = null): string | null {
  const [next] = days
    .filter(({ after, through }) => after === from && (from === null || through > from))
    .map(({ through }) => through)
    .sort();
  return next === undefined ? from : coveredThrough(days, next);
}
