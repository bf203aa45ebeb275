import type { SignedCheckpoint } from '../../services/ledger/checkpoint.ts';
import type { CheckpointStore } from '../../services/ledger/checkpoints.port.ts';

/** Kept for as long as the test lasts; `kept` may be tampered with. */
export function checkpointsInMemory(): CheckpointStore & { kept: SignedCheckpoint[] } {
  const kept: SignedCheckpoint[] = [];
  return {
    kept,
    add: async (signed) => void kept.push(signed),
    all: async () => ({ kept: [...kept], unreadable: 0 }),
  };
}
