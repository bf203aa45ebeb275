import type { World } from '../../world.ts';
import { type MessageState, states } from './queue.ts';

/** Long polls that wait for a message. */
export interface Waiters {
  /** A message may be there: call it inside the transaction that puts it. */
  wake(queue: string): void;
  /** Resolves at a wake, when a hidden message becomes visible, after `waitMs`, or when `signal` is aborted. */
  wait(queue: string, waitMs: number, signal: AbortSignal): Promise<void>;
}

export function createWaiters(world: World): Waiters {
  const waiting = new Map<string, Set<() => void>>();
  return {
    wake: (queue) =>
      // After the running transaction: whoever wakes looks into the store.
      queueMicrotask(() => {
        for (const done of waiting.get(queue) ?? []) done();
      }),
    wait(queue, waitMs, signal) {
      const nextMs = soonestVisible(world, queue) - world.scheduler.now();
      const all = waiting.get(queue) ?? new Set();
      waiting.set(queue, all);
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          all.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, Math.max(0, Math.min(waitMs, nextMs)));
        all.add(done);
        signal.addEventListener('abort', done);
        if (signal.aborted) done();
      });
    },
  };
}

function soonestVisible({ store }: World, queue: string): number {
  let soonest = Number.POSITIVE_INFINITY;
  for (const [, state] of store.each<MessageState>(states(queue))) {
    soonest = Math.min(soonest, state.visibleAtMs);
  }
  return soonest;
}
