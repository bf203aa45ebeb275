import { type Clock, realClock } from '../../infra/local/clock.ts';

/** Real time that can be made to jump ahead: days of waiting, with a service over HTTP that lives in real time. */
export type SkippableClock = Clock & {
  /** Everything that falls due on the way fires at once, in order. */
  skip(ms: number): void;
};

export function skippableClock(): SkippableClock {
  const real = realClock();
  let ahead = 0;
  const armed = new Set<{ atMs: number; disarm: () => void; fire: () => void }>();
  const arm = (entry: { atMs: number; disarm: () => void; fire: () => void }) => {
    entry.disarm = real.at(entry.atMs - ahead, () => {
      armed.delete(entry);
      entry.fire();
    });
  };
  return {
    now: () => real.now() + ahead,
    at(atMs, fire) {
      const entry = { atMs, fire, disarm: () => {} };
      armed.add(entry);
      arm(entry);
      return () => {
        armed.delete(entry);
        entry.disarm();
      };
    },
    skip(ms) {
      ahead += ms;
      for (const entry of [...armed].sort((a, b) => a.atMs - b.atMs)) {
        entry.disarm();
        arm(entry);
      }
    },
  };
}
