import type { ServiceModule, World } from '../world.ts';
import { messageOperations, sendMessage } from './sqs/messages.ts';
import { queueAt } from './sqs/queue.ts';
import { queueOperations } from './sqs/queue-operations.ts';
import { createWaiters } from './sqs/waiters.ts';

/** Simple Queue Service: standard queues of the management account. */
export interface SqsService extends ServiceModule {
  /** Puts a message on the queue with this ARN; inside a store transaction. @throws AwsError: no such queue */
  send(queueArn: string, body: string): void;
  /**
   * Resolves when a message may be there: after a send, when a hidden one becomes visible, after `waitMs`, or when
   * `signal` is aborted. For long polling; the caller looks again.
   */
  wait(queueUrl: string, waitMs: number, signal: AbortSignal): Promise<void>;
}

export function sqsService(world: World): SqsService {
  const { store, landingZone } = world;
  const waiters = createWaiters(world);
  return {
    shape: 'sqs',
    operations: { ...queueOperations(world), ...messageOperations(world, waiters.wake) },
    send(queueArn, body) {
      const queue = queueAt(store, queueArn);
      sendMessage(world, waiters.wake, queue, { MessageBody: body }, landingZone.managementAccountId);
    },
    wait: (queueUrl, waitMs, signal) => waiters.wait(queueAt(store, queueUrl).name, waitMs, signal),
  };
}
