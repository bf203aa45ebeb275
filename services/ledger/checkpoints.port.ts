import type { SignedCheckpoint } from './checkpoint.ts';
import type { SignedDay } from './checkpoint-days.ts';

/** Where checkpoints are kept: not in the database that they vouch for. */
export interface CheckpointStore {
  add(signed: SignedCheckpoint): Promise<void>;
  /**
   * All of them, oldest first, with how many could not be read.
   * @param of only these, where there are `days`
   */
  all(of?: Part): Promise<{ kept: SignedCheckpoint[]; unreadable: number; last?: string | undefined }>;
  /** Only where each checkpoint is a thing of its own that has to be fetched. */
  readonly days?: DayStore;
}

/**
 * @property after the name of one: what comes after it; null: from the beginning
 * @property day as in 2026-03-04: up to its end
 */
export type Part = { after: string | null; day?: string };

/** What was gathered of days that are over. */
export interface DayStore {
  add(signed: SignedDay): Promise<void>;
  all(): Promise<{ kept: SignedDay[]; unreadable: number }>;
  /** The day of the first checkpoint after the one of that name; undefined when there is none. */
  next(after: string | null): Promise<string | undefined>;
}
