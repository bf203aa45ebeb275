import type { Fact } from './fact.ts';

/** A fact as a timeline shows it. */
export const timelineItem = (fact: Fact) => ({
  seq: fact.seq,
  id: fact.id,
  type: fact.type as string,
  occurredAt: fact.occurredAt,
  recordedAt: fact.recordedAt,
  ...(fact.actor === undefined ? {} : { actor: fact.actor }),
  data: fact.data,
});
