/** Steps between two visits to the event loop: sockets and timers must not starve. */
const STEPS_IN_A_ROW = 32;

interface Loop {
  /** Queues an id. Nothing runs before the caller's own synchronous work is over. */
  wake(id: string): void;
  start(): void;
  /** Resolves when the step under way is over. */
  stop(): Promise<void>;
  /** Resolves when nothing is queued and nothing is under way. */
  idle(): Promise<void>;
}

/**
 * Runs one step at a time, round robin over the ids that are awake: steps of one id never overlap, and the order
 * depends on nothing but the order of waking.
 *
 * @param step takes one step; resolves to whether the id stays awake. It must not reject.
 */
export function createLoop(step: (id: string) => Promise<boolean>): Loop {
  const awake = new Set<string>();
  let running = false;
  let current: Promise<void> | null = null;

  const drain = async () => {
    try {
      for (let steps = 1; running; steps++) {
        const [id] = awake;
        if (id === undefined) break;
        awake.delete(id);
        if (await step(id)) awake.add(id);
        if (steps % STEPS_IN_A_ROW === 0) await new Promise((resume) => setImmediate(resume));
      }
    } finally {
      current = null;
    }
  };
  const kick = () => {
    if (running && current === null && awake.size > 0) current = Promise.resolve().then(drain);
  };

  return {
    wake(id) {
      awake.add(id);
      kick();
    },
    start() {
      running = true;
      kick();
    },
    async stop() {
      running = false;
      await current;
    },
    async idle() {
      while (current !== null) await current;
    },
  };
}
