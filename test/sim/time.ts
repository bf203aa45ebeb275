import type { Random } from '../../infra/local/world.ts';

/** What a simulated process would have of its machine. */
type Machine = {
  nowMs: () => number;
  random: Random;
  sleep: (ms: number) => Promise<void>;
  /** Nobody counts as quiet before this work is done. */
  track: <T>(work: Promise<T>) => Promise<T>;
};

let machine: Machine | undefined;
const real = {
  dateNow: Date.now.bind(Date),
  now: performance.now.bind(performance),
  random: Math.random.bind(Math),
  setTimeout: globalThis.setTimeout.bind(globalThis),
};

/** Milliseconds that really pass: for figures of the harness alone. */
export const realMs = real.now;

/**
 * From here on this process has no time and no chance of its own: what code or its libraries ask of node (also the embedded Postgres,
 * whose `now()` comes from here) is answered by the schedule under way.
 */
export function takeOverTime(): void {
  trackCrypto();
  Date.now = () => (machine ? machine.nowMs() : real.dateNow());
  performance.now = () => (machine ? machine.nowMs() : real.now());
  Math.random = () => (machine ? machine.random.below(2 ** 30) / 2 ** 30 : real.random());
  globalThis.setTimeout = ((work: () => void, ms = 0, ...rest: []) => {
    if (!machine) return real.setTimeout(work, ms, ...rest);
    const timer = {
      done: false,
      unref: () => timer,
      ref: () => timer,
      hasRef: () => true,
      refresh: () => timer,
    };
    machine.sleep(ms).then(
      () => timer.done || work(),
      () => {},
    );
    return timer;
  }) as unknown as typeof setTimeout;
  const { clearTimeout } = globalThis;
  globalThis.clearTimeout = ((timer: { done?: boolean } | undefined) => {
    if (timer && typeof timer === 'object' && 'done' in timer) timer.done = true;
    else clearTimeout(timer as unknown as NodeJS.Timeout);
  }) as typeof globalThis.clearTimeout;
}

export function useMachine(of: Machine | undefined): void {
  machine = of;
}

/** WebCrypto works on threads of node's own. */
function trackCrypto(): void {
  const { subtle } = globalThis.crypto;
  for (const name of ['sign', 'verify', 'digest', 'importKey'] as const) {
    const original = subtle[name].bind(subtle) as (...args: unknown[]) => Promise<unknown>;
    Object.defineProperty(subtle, name, {
      value: (...args: unknown[]) => {
        const work = original(...args);
        return machine?.track(work) ?? work;
      },
    });
  }
}
