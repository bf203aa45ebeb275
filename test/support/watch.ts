import type { LocalAws } from '../../infra/local/index.ts';
import { AwsError } from '../../infra/local/world.ts';

/** One call that the embedded AWS was asked for, with how it ended. */
export type SeenCall = {
  service: string;
  action: string;
  // biome-ignore lint/suspicious/noExplicitAny: inputs of many operations; each spec knows its own
  input: any;
  /** Account that called. */
  accountId: string;
  /** Code of the refusal; undefined when the call was answered. */
  refused?: string;
};

/** The cloud's own records: written by the embedded AWS, never by the code under test. */
export type Watch = {
  readonly calls: SeenCall[];
  /** Account operations that were under way at once, at most, whenever one began. */
  readonly mostOperations: () => number;
  /** Runs after every change of the cloud's memory. */
  onChange(look: () => void): void;
  of(service: string, action: string): SeenCall[];
};

/** Listens at the one place that every call passes, and at the memory where account operations are kept. */
export function watchCloud(aws: LocalAws): Watch {
  const calls: SeenCall[] = [];
  const looks: (() => void)[] = [];
  let most = 0;
  const { dispatcher, world } = aws;
  const { call } = dispatcher;
  dispatcher.call = (service, action, input, caller) => {
    const seen: SeenCall = { service, action, input, accountId: caller.accountId };
    calls.push(seen);
    try {
      return call.call(dispatcher, service, action, input, caller);
    } catch (error) {
      seen.refused = error instanceof AwsError ? error.code : String(error);
      throw error;
    }
  };
  const { put, transaction } = world.store;
  world.store.put = (collection, key, doc) => {
    put.call(world.store, collection, key, doc);
    // Service Catalog keeps one document for each operation from its acceptance to its end.
    if (collection === 'sc/runs') most = Math.max(most, world.store.values('sc/runs').length);
  };
  let depth = 0;
  world.store.transaction = (work) => {
    depth += 1;
    try {
      return transaction.call(world.store, work) as ReturnType<typeof work>;
    } finally {
      depth -= 1;
      if (depth === 0) for (const look of looks) look();
    }
  };
  return {
    calls,
    mostOperations: () => most,
    onChange: (look) => void looks.push(look),
    of: (service, action) => calls.filter((c) => c.service === service && c.action === action),
  };
}
