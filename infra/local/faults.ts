import type { Random } from './world.ts';

/**
 * A fault of the embedded AWS, put in at run time.
 * - `throttle`: refused before anything happens, with the operation's own throttling error
 * - `error`: refused with `code` and `message`
 * - `lost-reply`: the call is executed and its answer is lost (on the wire: the connection breaks)
 * - `stale`: a read answers what it answered before to the same question (eventual consistency)
 */
export type FaultRule = {
  /** Name of the api-shapes file, or '*' for every service. */
  service: string;
  /** '*' for every action of the service. */
  action: string;
  /** The first matching call that is hit, counted from 1 since the rule was put in. Default 1. */
  nth?: number;
  /** How many matching calls are hit from there on. Default 1; `Infinity` until the rule is taken out. */
  times?: number;
  /** Instead of nth/times: the share of matching calls that is hit, 0 to 1. */
  rate?: number;
  kind: 'throttle' | 'error' | 'lost-reply' | 'stale';
  code?: string;
  message?: string;
};

export interface Faults {
  /** Returns a function that takes the rule out again. */
  inject(rule: FaultRule): () => void;
  clear(): void;
  /** How often each kind has hit, by `<kind> <service>:<action>`. */
  readonly hits: ReadonlyMap<string, number>;
}

/** What the dispatcher asks of the faults, once for each call. */
export interface FaultSource extends Faults {
  /** The rule that hits this call, if any. Counts the call. */
  next(service: string, action: string): FaultRule | undefined;
  /** Whether answers of this action must be remembered for a `stale` rule. */
  remembers(service: string, action: string): boolean;
}

export function createFaults(random: Random): FaultSource {
  const rules = new Set<{ rule: FaultRule; calls: number }>();
  const hits = new Map<string, number>();
  const matches = (rule: FaultRule, service: string, action: string) =>
    (rule.service === service || rule.service === '*') && (rule.action === action || rule.action === '*');
  const strikes = (entry: { rule: FaultRule; calls: number }) => {
    if (entry.rule.rate !== undefined) return random.below(1_000_000) < entry.rule.rate * 1_000_000;
    const first = entry.rule.nth ?? 1;
    return entry.calls >= first && entry.calls < first + (entry.rule.times ?? 1);
  };

  return {
    hits,
    inject(rule) {
      const entry = { rule, calls: 0 };
      rules.add(entry);
      return () => void rules.delete(entry);
    },
    clear: () => rules.clear(),
    next(service, action) {
      let found: FaultRule | undefined;
      for (const entry of rules) {
        if (!matches(entry.rule, service, action) || (entry.rule.kind === 'stale' && !isRead(action)))
          continue;
        entry.calls += 1;
        if (found === undefined && strikes(entry)) found = entry.rule;
      }
      if (found) {
        const name = `${found.kind} ${service}:${action}`;
        hits.set(name, (hits.get(name) ?? 0) + 1);
      }
      return found;
    },
    remembers: (service, action) =>
      isRead(action) &&
      [...rules].some(({ rule }) => rule.kind === 'stale' && matches(rule, service, action)),
  };
}

const isRead = (action: string): boolean => /^(Describe|Get|List|Search)/.test(action);
