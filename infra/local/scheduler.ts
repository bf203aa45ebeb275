import type { Clock } from './clock.ts';
import type { Store } from './store.ts';

type Timer = { id: string; atMs: number; handler: string; data: unknown; real?: true };

/**
 * Durable timers of the embedded AWS: kept in the store, armed again after a restart. A timer names its handler,
 * because a function cannot be saved. The handler runs inside one store transaction together with the timer's removal.
 */
export interface Scheduler {
  now(): number;
  /** Registers what `after` and `at` name. Register everything before `start`. */
  on(handler: string, run: (data: never) => void): void;
  /** A duration of the embedded AWS (provisioning, event delay, a Wait state): divided by the time scale. */
  after(ms: number, handler: string, data: unknown): string;
  /** A human or protocol deadline (TimeoutSeconds, visibility): real time, never scaled. */
  afterReal(ms: number, handler: string, data: unknown): string;
  cancel(id: string): void;
  /** When the next duration of the embedded AWS ends (real-time deadlines are not counted), or undefined. */
  nextAwsTimer(): number | undefined;
  /** Arms every stored timer. Overdue ones fire at once, in order. */
  start(): void;
  stop(): void;
}

/** @param timeScale how many seconds of AWS pass in one real second; 0 means no waiting at all. */
export function openScheduler(store: Store, clock: Clock, timeScale: number): Scheduler {
  const handlers = new Map<string, (data: never) => void>();
  const armed = new Map<string, () => void>();
  let running = false;

  const arm = (timer: Timer) => {
    if (!running) return;
    armed.set(
      timer.id,
      clock.at(timer.atMs, () => fire(timer)),
    );
  };
  const fire = ({ id, atMs }: Timer) => {
    const timer = store.get<Timer>('timers', id);
    // A transaction that was rolled back leaves its timer armed, and its id may have been given out again since.
    if (!running || timer?.atMs !== atMs) return;
    armed.delete(id);
    const run = handlers.get(timer.handler);
    if (!run) throw new Error(`scheduler: no handler named ${timer.handler}`);
    store.transaction(() => {
      store.delete('timers', id);
      run(timer.data as never);
    });
  };
  const schedule = (ms: number, handler: string, data: unknown, real?: true) =>
    store.transaction(() => {
      // Zero-padded sequence: insertion order breaks ties of due time after a restart as well.
      const seq = (store.get<{ n: number }>('sequence', 'timers')?.n ?? 0) + 1;
      store.put('sequence', 'timers', { n: seq });
      const timer: Timer = { id: `t${seq}`, atMs: clock.now() + Math.max(0, ms), handler, data };
      if (real) timer.real = true;
      store.put('timers', timer.id, timer);
      arm(timer);
      return timer.id;
    });

  return {
    now: () => clock.now(),
    on: (handler, run) => void handlers.set(handler, run),
    after: (ms, handler, data) => schedule(timeScale === 0 ? 0 : Math.round(ms / timeScale), handler, data),
    afterReal: (ms, handler, data) => schedule(ms, handler, data, true),
    cancel(id) {
      armed.get(id)?.();
      armed.delete(id);
      if (store.get('timers', id)) store.transaction(() => store.delete('timers', id));
    },
    nextAwsTimer: () =>
      store
        .values<Timer>('timers')
        .reduce<number | undefined>(
          (first, timer) => (timer.real ? first : Math.min(first ?? timer.atMs, timer.atMs)),
          undefined,
        ),
    start() {
      running = true;
      const timers = store.values<Timer>('timers').sort((a, b) => a.atMs - b.atMs);
      for (const timer of timers) arm(timer);
    },
    stop() {
      running = false;
      for (const disarm of armed.values()) disarm();
      armed.clear();
    },
  };
}
