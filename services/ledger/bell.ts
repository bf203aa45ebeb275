/** Who waits for news of a request, in this process. The database's NOTIFY rings it, so it works across processes. */
export interface Bell {
  /** `hear` is called after every commit that touched the request; returns a function that takes it back. */
  subscribe(requestId: string, hear: () => void): () => void;
  /** The same for every request. */
  subscribeAll(hear: () => void): () => void;
  /** An empty id means "anything may have happened". */
  ring(requestId: string): void;
}

export function openBell(): Bell {
  const ears = new Map<string, Set<() => void>>();
  const everywhere = new Set<() => void>();
  return {
    subscribeAll(hear) {
      everywhere.add(hear);
      return () => void everywhere.delete(hear);
    },
    subscribe(requestId, hear) {
      const set = ears.get(requestId) ?? new Set();
      ears.set(requestId, set);
      set.add(hear);
      return () => {
        set.delete(hear);
        if (set.size === 0) ears.delete(requestId);
      };
    },
    ring(requestId) {
      const rung = requestId === '' ? [...ears.values()] : [ears.get(requestId) ?? new Set<() => void>()];
      for (const set of [...rung, everywhere]) for (const hear of [...set]) hear();
    },
  };
}
