import { unstorable } from '../kernel/storable.ts';
import { Envelope } from '../ledger/envelope.schema.ts';
import type { Incoming } from './incoming.ts';
import { Ask, WorkflowFact } from './message.schema.ts';

/** A message that nobody can read, with the reason that goes to the dead-letter queue beside it. */
export type Unreadable = { kind: 'unreadable'; reason: string };

/** Parses one queue message. Never throws: what cannot be read says why. */
export function parseMessage(body: string): Incoming | Unreadable {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    return { kind: 'unreadable', reason: `not JSON: ${(error as Error).message}` };
  }
  if (typeof value !== 'object' || value === null) return { kind: 'unreadable', reason: 'not a JSON object' };
  const bad = unstorable(value);
  if (bad)
    return {
      kind: 'unreadable',
      reason: `${bad.message}${bad.pointer ? ` at ${bad.pointer.slice(0, 200)}` : ''}`,
    };
  const kind = 'kind' in value ? value.kind : 'detail-type' in value ? 'event' : undefined;
  switch (kind) {
    case 'ask': {
      const parsed = Ask.safeParse(value);
      return parsed.success ? { kind: 'ask', ask: parsed.data } : unreadable('ask', parsed.error);
    }
    case 'fact': {
      const parsed = WorkflowFact.safeParse(value);
      return parsed.success ? { kind: 'fact', fact: parsed.data } : unreadable('fact', parsed.error);
    }
    case 'event': {
      const parsed = Envelope.safeParse(value);
      return parsed.success ? { kind: 'event', envelope: parsed.data } : unreadable('event', parsed.error);
    }
    default:
      return { kind: 'unreadable', reason: 'neither an ask, a fact nor an EventBridge event' };
  }
}

const unreadable = (
  what: string,
  error: { issues: { path: PropertyKey[]; message: string }[] },
): Unreadable => ({
  kind: 'unreadable',
  reason: `not a valid ${what}: ${error.issues
    .slice(0, 5)
    .map((i) => `/${i.path.join('/')} ${i.message}`)
    .join('; ')}`,
});
