import type { Fact } from './fact.ts';

/** What of a fact a timeline shows. */
type Shown = Pick<Fact, 'seq' | 'id' | 'occurredAt' | 'recordedAt' | 'actor' | 'data'> & { type: string };

/** A fact as a timeline shows it. */
export const timelineItem = (fact: Shown) => ({
  seq: fact.seq,
  id: fact.id,
  type: fact.type,
  occurredAt: fact.occurredAt,
  recordedAt: fact.recordedAt,
  ...(fact.actor === undefined ? {} : { actor: fact.actor }),
  data: fact.data,
});
