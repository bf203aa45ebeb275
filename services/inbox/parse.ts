import { Envelope } from '../ledger/envelope.schema.ts';
import type { Incoming } from './incoming.ts';
import { Ask, WorkflowFact } from './message.schema.ts';

/** A message that nobody can read, with the reason that goes to the dead-letter queue beside it. */
export type Unreadable = { kind: 'unreadable'; reason: string };

const DEEPEST = 64;

/** Parses one queue message. Never throws: what cannot be read says why. */
export function parseMessage(body: string): Incoming | Unreadable {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    return { kind: 'unreadable', reason: `not JSON: ${(error as Error).message}` };
  }
  if (typeof value !== 'object' || value === null) return { kind: 'unreadable', reason: 'not a JSON object' };
  if (deeperThan(value, DEEPEST))
    return { kind: 'unreadable', reason: `nested deeper than ${DEEPEST} levels` };
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

/** Checked without recursion: a hostile message must not exhaust the stack. */
function deeperThan(value: object, limit: number): boolean {
  let level: object[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((v) =>
      Object.values(v).filter((c): c is object => typeof c === 'object' && c !== null),
    );
  }
  return false;
}
