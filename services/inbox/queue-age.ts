/**
 * How far behind the reading of a queue is: how long the oldest of the messages that were read last had waited.
 * Milliseconds; 0 when nothing was read yet, and when the queue was found empty.
 */
export type QueueAge = {
  /** @param sentAtMs when the messages of an answer were sent */
  read(sentAtMs: readonly number[], nowMs: number): void;
  emptied(): void;
  behindMs(): number;
};

export function openQueueAge(): QueueAge {
  let behind = 0;
  return {
    read(sentAtMs, nowMs) {
      // Clocks differ: nothing was sent in the future.
      if (sentAtMs.length > 0) behind = Math.max(0, nowMs - Math.min(...sentAtMs));
    },
    emptied() {
      behind = 0;
    },
    behindMs: () => behind,
  };
}

/** Up to here what is asked for by schedule is asked for in its time. */
const PATIENCE_MS = 60_000;

/**
 * Looks and readings that a schedule asks for bring more messages into the same queue. While it is behind they wait for the
 * next turn of the schedule; what people ask for is not held up.
 */
export const isBehind = (age: Pick<QueueAge, 'behindMs'>): boolean => age.behindMs() > PATIENCE_MS;
