import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../db/client.ts';
import { counted } from '../../test/support/counts.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { openService, type Service, silent } from '../../test/support/service.ts';
import { readEnvelope } from '../ledger/envelope.ts';
import { eventSample } from '../ledger/event-samples.fixture.ts';
import { mutatedBody } from '../ledger/mutated-event.fixture.ts';
import { takeBatch } from './inbox.task.ts';
import { parseMessage } from './parse.ts';
import type { QueueMessage } from './queue.port.ts';

const BATCH = 100;

describe.each(databases)('mutated events on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
  });
  afterAll(() => opened.close());

  /** Which of the facts are in the ledger, each by its id or by another that means the same. */
  async function missing(facts: readonly { id: string; meaning: string }[]): Promise<string[]> {
    const rows = await rowsOf<{ id: string }>(
      service.orm,
      sql`select v.id from jsonb_to_recordset(${JSON.stringify(facts)}::jsonb) as v(id text, meaning text)
          where not exists (select from facts f where f.id = v.id)
            and not exists (select from facts f where f.meaning = v.meaning)`,
    );
    return rows.map((row) => row.id);
  }

  it('are each in the ledger or in the dead-letter queue with a reason, and their neighbours survive', async () => {
    const bodies = fc.sample(mutatedBody, { numRuns: counted(100_000), seed: 20_260_304 });
    const counts = { unreadable: 0, facts: 0 };
    for (let from = 0; from < bodies.length; from += BATCH) {
      const healthy = { ...eventSample('ec2.InstanceStateChange.running'), id: randomUUID() };
      const batch: QueueMessage[] = [
        ...bodies.slice(from, from + BATCH).map(({ body }, i) => ({ id: `m${from + i}`, body })),
        { id: 'healthy', body: JSON.stringify(healthy) },
      ];
      const aside = new Map<string, string>();
      const deadLetter = async ({ id }: QueueMessage, reason: string) => void aside.set(id, reason);
      const done = await takeBatch({ deadLetter }, service.deps, silent, batch);
      expect(done.sort()).toEqual(batch.map(({ id }) => id).sort());

      const expected = batch.flatMap(({ id, body }) => {
        const message = parseMessage(body);
        if (message.kind === 'unreadable') {
          expect(aside.get(id)).toBe(message.reason);
          counts.unreadable += 1;
          return [];
        }
        expect(aside.has(id)).toBe(false);
        return message.kind === 'event' ? readEnvelope(message.envelope, service.deps.trusted).facts : [];
      });
      counts.facts += expected.length;
      expect(await missing(expected)).toEqual([]);
    }
    expect(counts.unreadable).toBeGreaterThan(bodies.length / 20);
    expect(counts.facts).toBeGreaterThan(bodies.length / 4);
  });

  it('of the largest size that the queue carries are kept', async () => {
    const event = {
      ...eventSample('ec2.InstanceStateChange.running'),
      id: randomUUID(),
      source: 'aws.braket',
    };
    const room = 1_048_576 - JSON.stringify({ ...event, detail: { text: '' } }).length;
    const body = JSON.stringify({ ...event, detail: { text: 'x'.repeat(room) } });
    const aside: string[] = [];
    const deadLetter = async (_: QueueMessage, reason: string) => void aside.push(reason);
    const messages = [
      { id: 'largest', body },
      { id: 'larger', body: `${body} ` },
    ];
    expect(await takeBatch({ deadLetter }, service.deps, silent, messages)).toHaveLength(2);
    expect(aside).toEqual(['larger than 1048576 bytes']);
    const [kept] = await rowsOf<{ length: number }>(
      service.orm,
      sql`select length(data -> 'detail' ->> 'text')::int as length from facts where data ->> 'account' = ${event.account}
          and type = 'AwsEventObserved' and source = 'aws.braket'`,
    );
    expect(kept?.length).toBe(room);
  });
});
