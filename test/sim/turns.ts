/*
 * Everything that the simulated processes wait for passes through here: a statement, a transaction, a call of AWS, a pause.
 * One goes ahead at a time, and which is next is the scheduler's choice; so one seed has one course of events.
 */

/** A process or a person. Who is dead hears of nothing any more; who is paused goes on later. */
export type Owner = {
  readonly name: string;
  alive: boolean;
  pausedUntilMs: number;
  /** Rejects when the owner dies: what its callers see of it. */
  readonly died: Promise<never>;
  readonly kill: () => void;
};

export type Kind = 'sql' | 'transaction' | 'aws' | 'pause';

export type Turn = {
  readonly owner: Owner;
  readonly kind: Kind;
  readonly what: string;
  /** From when on it may go ahead, or whether it may now. */
  readonly ready: () => boolean;
  /** When it will be ready by time alone. */
  readonly atMs: number | undefined;
  readonly run: () => Promise<unknown> | unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
};

export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

export function newOwner(name: string): Owner {
  let fail = (_: Error) => {};
  const died = new Promise<never>((_, reject) => {
    fail = reject;
  });
  died.catch(() => {});
  const owner: Owner = {
    name,
    alive: true,
    pausedUntilMs: 0,
    died,
    kill() {
      owner.alive = false;
      fail(new ConnectionLost(`${name} is gone`));
    },
  };
  return owner;
}

export type Turns = ReturnType<typeof openTurns>;

export function openTurns(now: () => number) {
  const waiting = new Set<Turn>();
  let arrivals = 0;
  let busy = 0;

  const add = <T>(turn: Omit<Turn, 'resolve' | 'reject'>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      arrivals += 1;
      // A dead process waits for ever: nothing of it runs after its death.
      if (turn.owner.alive) waiting.add({ ...turn, resolve: resolve as (value: unknown) => void, reject });
    });

  return {
    /** Does something when it is its turn. */
    take: <T>(owner: Owner, kind: Kind, what: string, run: () => Promise<T> | T): Promise<T> =>
      add<T>({ owner, kind, what, ready: () => true, atMs: undefined, run }),
    sleep(owner: Owner, ms: number, what = 'sleeps'): Promise<void> {
      const atMs = now() + Math.max(0, ms);
      return add({ owner, kind: 'pause', what, ready: () => now() >= atMs, atMs, run: () => {} });
    },
    until: (owner: Owner, what: string, ready: () => boolean): Promise<void> =>
      add({ owner, kind: 'pause', what, ready, atMs: undefined, run: () => {} }),

    /** What may go ahead now, in the order of asking. */
    ready: (): Turn[] =>
      [...waiting].filter(({ owner, ready }) => owner.alive && owner.pausedUntilMs <= now() && ready()),
    waiting: (): readonly Turn[] => [...waiting],
    remove: (turn: Turn): boolean => waiting.delete(turn),
    forget(owner: Owner) {
      for (const turn of waiting) if (turn.owner === owner) waiting.delete(turn);
    },
    /** The next instant at which somebody is ready by time alone. */
    nextMs(): number | undefined {
      let next: number | undefined;
      for (const { owner, atMs, ready } of waiting) {
        if (!owner.alive) continue;
        const own = atMs ?? (ready() ? owner.pausedUntilMs : undefined);
        const at = own === undefined ? undefined : Math.max(own, owner.pausedUntilMs);
        if (at !== undefined && at > now() && (next === undefined || at < next)) next = at;
      }
      return next;
    },

    /** Something of node's own is under way (WebCrypto): nobody is quiet before it has answered. */
    async track<T>(work: Promise<T>): Promise<T> {
      busy += 1;
      try {
        return await work;
      } finally {
        busy -= 1;
        arrivals += 1;
      }
    },
    /** Resolves when everybody has come to a stop: at a turn, or at an end. */
    async quiet(): Promise<void> {
      for (let still = 0; still < 2; ) {
        const before = arrivals;
        await new Promise((resume) => setImmediate(resume));
        still = before === arrivals && busy === 0 ? still + 1 : 0;
      }
    },
  };
}
