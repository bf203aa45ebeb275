import type { SignedCheckpoint } from '../../services/ledger/checkpoint.ts';
import { dayOf, type SignedDay } from '../../services/ledger/checkpoint-days.ts';
import type { CheckpointStore } from '../../services/ledger/checkpoints.port.ts';

type InMemory = CheckpointStore & {
  /** May be tampered with. */
  kept: SignedCheckpoint[];
  gathered: SignedDay[];
  /** When the checkpoints were signed that were read one by one. */
  reads: string[];
};

/** Kept for as long as the test lasts. @param days whether they are things of their own, as in a bucket */
export function checkpointsInMemory({ days = false } = {}): InMemory {
  const kept: SignedCheckpoint[] = [];
  const gathered: SignedDay[] = [];
  const reads: string[] = [];
  const atOf = ({ checkpoint }: SignedCheckpoint) => checkpoint.at;
  const inOrder = () => [...kept].sort((a, b) => (atOf(a) < atOf(b) ? -1 : 1));
  return {
    kept,
    gathered,
    reads,
    add: async (signed) => void kept.push(signed),
    async all({ after, day } = { after: null }) {
      const found = (days ? inOrder() : kept).filter(
        (one) => (after === null || atOf(one) > after) && (day === undefined || dayOf(atOf(one)) <= day),
      );
      reads.push(...found.map(atOf));
      const last = found.at(-1);
      return { kept: found, unreadable: 0, last: last && atOf(last) };
    },
    ...(days
      ? {
          days: {
            add: async (signed: SignedDay) => void gathered.push(signed),
            all: async () => ({ kept: [...gathered], unreadable: 0 }),
            next: async (after: string | null) =>
              inOrder()
                .filter((one) => after === null || atOf(one) > after)
                .map((one) => dayOf(atOf(one)))[0],
          },
        }
      : {}),
  };
}
