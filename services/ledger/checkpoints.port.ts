import type { SignedCheckpoint } from './checkpoint.ts';

/** Where checkpoints are kept: not in the database that they vouch for. */
export interface CheckpointStore {
  add(signed: SignedCheckpoint): Promise<void>;
  /** All of them, oldest first, with how many could not be read. */
  all(): Promise<{ kept: SignedCheckpoint[]; unreadable: number }>;
}
