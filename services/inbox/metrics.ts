import type { NewFact } from '../ledger/fact.ts';
import { family, labels } from '../telemetry/exposition.ts';

/** What was read from the queue since the start, for whoever watches. */
export type InboxMetrics = {
  /** @param fresh facts that were new, once they are committed */
  appended(fresh: readonly NewFact[]): void;
  deadLettered(): void;
  /** @param behindMs how long what is read from the queue had waited, asked for when somebody looks */
  watch(behindMs: () => number): void;
  /** Text of the Prometheus exposition format. */
  expose(): string;
};

/** AWS has more kinds of events than a series can be kept for; those that come after these share one. */
const MOST_SERIES = 200;

/** Senders write what they like into names: those of AWS's own services are kept, the rest is one. */
const sourceOf = (fact: NewFact): string =>
  /^aws\.[a-z0-9-]{1,40}$/.test(fact.source) ? fact.source : 'custom';

export function openInboxMetrics(): InboxMetrics {
  const facts = new Map<string, number>();
  const observed = new Map<string, number>();
  let unreadable = 0;
  let behindMs = () => 0;

  const observe = (fact: NewFact) => {
    const source = sourceOf(fact);
    const detailType = source === 'custom' ? 'custom' : String(fact.data.detailType).slice(0, 100);
    const series = labels({ source, detail_type: detailType, why: String(fact.data.why) });
    const full = observed.size >= MOST_SERIES && !observed.has(series);
    count(
      observed,
      full ? labels({ source: 'other', detail_type: 'other', why: String(fact.data.why) }) : series,
    );
  };

  return {
    appended(fresh) {
      for (const fact of fresh) {
        if (!fact.source.startsWith('aws.') && fact.type !== 'AwsEventObserved') continue;
        count(facts, fact.type);
        if (fact.type === 'AwsEventObserved') observe(fact);
      }
    },
    deadLettered() {
      unreadable += 1;
    },
    watch(ask) {
      behindMs = ask;
    },
    expose: () =>
      [
        ...family(
          'jetway_aws_facts_total',
          'Facts that AWS events became, by type.',
          new Map([...facts].map(([type, n]) => [labels({ type }), n])),
        ),
        ...family(
          'jetway_aws_events_observed_total',
          'AWS events that are only kept: of no known kind, from a sender who is not trusted, or not as documented.',
          observed,
        ),
        ...family(
          'jetway_inbox_unreadable_total',
          'Messages put into the dead-letter queue because nobody can read them.',
          new Map([['', unreadable]]),
        ),
        ...family(
          'jetway_inbox_behind_seconds',
          'How long the oldest of the messages that were read last had waited in the queue.',
          new Map([['', behindMs() / 1_000]]),
          'gauge',
        ),
        '',
      ].join('\n'),
  };
}

const count = (series: Map<string, number>, key: string) => series.set(key, (series.get(key) ?? 0) + 1);
