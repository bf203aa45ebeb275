/** A message as the queue hands it out. */
export type QueueMessage = { id: string; body: string };

/** The inbox queue. Delivery is at least once. */
export interface InboxQueue {
  /**
   * Hands batches to `handle` until stopped; the ids that it returns are done with, the others come again and end in
   * the dead-letter queue after the queue's own limit.
   */
  start(handle: (batch: readonly QueueMessage[]) => Promise<readonly string[]>): void;
  /** Puts a message aside at once, with the reason. */
  deadLetter(message: QueueMessage, reason: string): Promise<void>;
  /** How long the oldest of the messages that were read last had waited, milliseconds; 0 when there was none. */
  behindMs(): number;
  stop(): Promise<void>;
}
