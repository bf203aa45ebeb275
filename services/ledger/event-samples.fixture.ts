import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseMessage } from '../inbox/parse.ts';
import { packageRoot } from '../kernel/package-root.node.ts';
import { Envelope } from './envelope.schema.ts';

const DIR = join(packageRoot(), 'services', 'ledger', 'fixtures', 'events');
const AUDIT_TOPIC = 'arn:aws:sns:us-east-1:333344445555:aws-controltower';

type Sample = { _meta: { name: string; transport: string }; event: Record<string, unknown> };

/** The text that SQS hands out: messages of SNS come within its notification, from the topic that they come from. */
function bodyOf({ _meta: { name, transport }, event }: Sample): string {
  if (transport !== 'sns-message') return JSON.stringify(event);
  const topic = name.startsWith('config.') ? 'AllConfigNotifications' : 'AggregateSecurityNotifications';
  return JSON.stringify({
    Type: 'Notification',
    MessageId: `message-of-${name}`,
    TopicArn: `${AUDIT_TOPIC}-${topic}`,
    Message: JSON.stringify(event),
    Timestamp: '2026-03-04T10:15:05.900Z',
  });
}

/** Sample events as they come out of the queue; `_meta` of the files says where each is from and how sure that is. */
export const sampleBodies: ReadonlyMap<string, string> = new Map(
  readdirSync(DIR)
    .sort()
    .map((file) => {
      const sample = JSON.parse(readFileSync(join(DIR, file), 'utf8')) as Sample;
      return [file.replace(/\.json$/, ''), bodyOf(sample)] as const;
    }),
);

export const eventSamples: ReadonlyMap<string, Envelope> = new Map(
  [...sampleBodies].map(([name, body]) => {
    const message = parseMessage(body);
    if (message.kind !== 'event') throw new Error(`${name} is no event: ${JSON.stringify(message)}`);
    return [name, Envelope.parse(message.envelope)] as const;
  }),
);

export function eventSample(name: string): Envelope {
  const event = eventSamples.get(name);
  if (!event) throw new Error(`there is no sample ${name}`);
  return structuredClone(event);
}
