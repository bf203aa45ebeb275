export const WINDOW_MS = 60_000;

/** How many calls were counted since the window began, in milliseconds since 1970. */
export type Window = { hits: number; started: number };

/** Places within a window that were counted beforehand: the next that is free, and the last. */
type Lease = { next: number; last: number; started: number };

const MOST = 64;
const SHARE = 16;
/** Windows that are remembered; to forget one early loses its places, and lets nothing through. */
const KNOWN = 50_000;

/** How many calls are counted at once: fewer, the fewer are left, and at last one by one. */
export const leaseSize = (left: number): number => Math.max(1, Math.min(MOST, Math.floor(left / SHARE)));

/**
 * Hands out places. `count` counts so many more calls of a key, for all processes, and says how many there are then: the
 * last of them are ours.
 */
export function openLeases(count: (key: string, size: number, now: Date) => Promise<Window>) {
  const leases = new Map<string, Lease>();
  const wanted = new Map<string, { waiting: number; lease: Promise<void> }>();

  const lease = async (key: string, limit: number, now: Date, waiting: () => number) => {
    const last = leases.get(key);
    const left = last && isOpen(last, now) ? limit - last.last : limit;
    // Whoever asks in the same turn comes along.
    await Promise.resolve();
    const size = Math.max(waiting(), leaseSize(left));
    const { hits, started } = await count(key, size, now);
    leases.delete(key);
    leases.set(key, { next: hits - size + 1, last: hits, started });
    for (const oldest of leases.keys()) {
      if (leases.size <= KNOWN) break;
      leases.delete(oldest);
    }
  };

  return {
    /** The place of one more call of `key`: it may pass when that is not above the limit. */
    async take(key: string, limit: number, now: Date): Promise<Window> {
      for (;;) {
        const own = leases.get(key);
        if (own && own.next <= own.last && isOpen(own, now))
          return { hits: own.next++, started: own.started };
        const others = wanted.get(key);
        if (others) {
          others.waiting++;
          await others.lease;
          continue;
        }
        const wish = { waiting: 1, lease: Promise.resolve() };
        wish.lease = lease(key, limit, now, () => wish.waiting).finally(() => wanted.delete(key));
        wanted.set(key, wish);
        await wish.lease;
      }
    },
    forget: (key: string): void => void leases.delete(key),
  };
}

const isOpen = ({ started }: Lease, now: Date): boolean =>
  started <= now.getTime() && now.getTime() < started + WINDOW_MS;
