/** Time as the embedded AWS sees it. Milliseconds since the epoch. */
export interface Clock {
  now(): number;
  /** Calls `fire` once `now()` has reached `atMs`; returns a function that takes the call back. */
  at(atMs: number, fire: () => void): () => void;
}

/** setTimeout cannot wait longer than this (2^31 - 1 ms, 24.8 days), so long waits are taken in stretches. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

export function realClock(): Clock {
  return {
    now: () => Date.now(),
    at(atMs, fire) {
      let timer: NodeJS.Timeout | undefined;
      const arm = () => {
        const left = Math.max(0, atMs - Date.now());
        timer = setTimeout(left > LONGEST_TIMEOUT_MS ? arm : fire, Math.min(left, LONGEST_TIMEOUT_MS));
        timer.unref();
      };
      arm();
      return () => clearTimeout(timer);
    },
  };
}

export interface VirtualClock extends Clock {
  /** When the next timer is due, or undefined. */
  next(): number | undefined;
  /** Moves time to `atMs` and fires what is due, in order of due time, then of arming. */
  advanceTo(atMs: number): void;
}

export function virtualClock(startMs: number): VirtualClock {
  let now = startMs;
  let armed = 0;
  const timers = new Map<number, { atMs: number; fire: () => void }>();
  const first = () => {
    let best: [number, { atMs: number; fire: () => void }] | undefined;
    for (const entry of timers) if (!best || entry[1].atMs < best[1].atMs) best = entry;
    return best;
  };
  return {
    now: () => now,
    at(atMs, fire) {
      const id = armed++;
      timers.set(id, { atMs, fire });
      return () => void timers.delete(id);
    },
    next: () => first()?.[1].atMs,
    advanceTo(atMs) {
      for (let due = first(); due && due[1].atMs <= atMs; due = first()) {
        timers.delete(due[0]);
        now = Math.max(now, due[1].atMs);
        due[1].fire();
      }
      now = Math.max(now, atMs);
    },
  };
}
