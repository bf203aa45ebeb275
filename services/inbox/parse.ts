import { doubledMember } from '../kernel/json-keys.ts';
import { isPlain } from '../kernel/plain-json.ts';
import { unstorable } from '../kernel/storable.ts';
import { Envelope } from '../ledger/envelope.schema.ts';
import { SnsNotification } from '../ledger/envelopes/sns.schema.ts';
import { envelopeOfSns } from '../ledger/envelopes/sns.ts';
import type { Incoming } from './incoming.ts';
import { Ask, WorkflowFact } from './message.schema.ts';

/** A message that nobody can read, with the reason that goes to the dead-letter queue beside it. */
export type Unreadable = { kind: 'unreadable'; reason: string };

/** What SQS carries at most. */
const MAX_BYTES = 1_048_576;

/** Parses one queue message. Never throws: what cannot be read says why. */
export function parseMessage(body: string): Incoming | Unreadable {
  // UTF-8 has at most three bytes for each UTF-16 unit: most messages need no counting.
  if (body.length * 3 > MAX_BYTES && Buffer.byteLength(body) > MAX_BYTES)
    return unreadable(`larger than ${MAX_BYTES} bytes`);
  const { value, reason } = parseJson(body);
  if (reason !== undefined) return unreadable(reason);
  if (typeof value !== 'object' || value === null) return unreadable('not a JSON object');
  switch (kindOf(value)) {
    case 'ask': {
      const parsed = Ask.safeParse(value);
      return parsed.success ? { kind: 'ask', ask: parsed.data } : invalid('ask', parsed.error);
    }
    case 'fact': {
      const parsed = WorkflowFact.safeParse(value);
      return parsed.success ? { kind: 'fact', fact: parsed.data } : invalid('fact', parsed.error);
    }
    case 'event':
      return parseEvent(value);
    case 'notification':
      return parseNotification(value);
    case 'bare':
      return unreadable('a message of SNS by raw delivery: it says neither who sent it nor when');
    default:
      return unreadable('neither an ask, a fact nor an EventBridge event');
  }
}

function kindOf(value: object): unknown {
  if ('kind' in value) return value.kind === 'ask' || value.kind === 'fact' ? value.kind : undefined;
  if ('detail-type' in value) return 'event';
  if ('TopicArn' in value && 'Type' in value && value.Type === 'Notification') return 'notification';
  return 'DriftType' in value || 'messageType' in value ? 'bare' : undefined;
}

function parseEvent(value: unknown): Incoming | Unreadable {
  const parsed = Envelope.safeParse(value);
  return parsed.success ? { kind: 'event', envelope: parsed.data } : invalid('event', parsed.error);
}

/** The message within is text: what is true of every message has to be true of it too. */
function parseNotification(value: unknown): Incoming | Unreadable {
  const parsed = SnsNotification.safeParse(value);
  if (!parsed.success) return invalid('SNS notification', parsed.error);
  const text = parsed.data.Message;
  if (!text.startsWith('{')) return parseEvent(envelopeOfSns(parsed.data, undefined));
  const said = parseJson(text);
  if (said.reason !== undefined) return unreadable(`the message within an SNS notification: ${said.reason}`);
  return parseEvent(envelopeOfSns(parsed.data, said.value));
}

/** JSON that every reader understands alike and that a database can hold. */
function parseJson(text: string): { value: unknown; reason?: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { value: undefined, reason: `not JSON: ${(error as Error).message}` };
  }
  if (isPlain(text, value)) return { value };
  const bad = unstorable(value);
  if (bad) return { value, reason: `${bad.message}${at(bad.pointer)}` };
  const doubled = doubledMember(text);
  return doubled === undefined ? { value } : { value, reason: `says a member twice${at(doubled)}` };
}

const at = (pointer: string): string => (pointer === '' ? '' : ` at ${pointer.slice(0, 200)}`);

/** SQS refuses attributes with other characters, and with the reason the message would be lost. */
const UNSENDABLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g;

const unreadable = (reason: string): Unreadable => ({
  kind: 'unreadable',
  reason: reason.slice(0, 1_000).replaceAll(UNSENDABLE, '\ufffd'),
});

const invalid = (what: string, error: { issues: { path: PropertyKey[]; message: string }[] }): Unreadable =>
  unreadable(
    `not a valid ${what}: ${error.issues
      .slice(0, 5)
      .map((i) => `/${i.path.join('/')} ${i.message}`)
      .join('; ')}`,
  );
