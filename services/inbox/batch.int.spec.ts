import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rowsOf } from '../../db/client.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { askOf, factOf, openService, type Service, silent } from '../../test/support/service.ts';
import { verifyLedger } from '../ledger/verify.pg.ts';
import { takeBatch } from './inbox.task.ts';
import type { Incoming } from './incoming.ts';
import type { QueueMessage } from './queue.port.ts';

describe.each(databases)('batches of the inbox on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
    await service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(() => service.reset());

  describe('a batch', () => {
    type Aside = { message: QueueMessage; reason: string };
    const take = async (messages: QueueMessage[], deadLetter?: () => Promise<void>) => {
      const aside: Aside[] = [];
      const queue = {
        deadLetter:
          deadLetter ??
          (async (message: QueueMessage, reason: string) => void aside.push({ message, reason })),
      };
      return { done: await takeBatch(queue, service.deps, silent, messages), aside };
    };
    const message = (id: string, incoming: Incoming): QueueMessage => ({
      id,
      body: JSON.stringify(
        incoming.kind === 'ask' ? incoming.ask : incoming.kind === 'fact' ? incoming.fact : incoming.envelope,
      ),
    });

    it('puts what nobody can read aside, with the reason, and takes the rest', async () => {
      const vend = await service.submit();
      const { done, aside } = await take([
        { id: 'a', body: 'not json' },
        message('b', askOf(vend, 'approval', 1)),
        { id: 'c', body: '{"kind":"fact"}' },
        message('d', askOf(vend, 'admission', 2)),
      ]);
      expect(done.sort()).toEqual(['a', 'b', 'c', 'd']);
      expect(aside.map((a) => a.message.id)).toEqual(['a', 'c']);
      expect(aside[0]?.reason).toMatch(/^not JSON/);
      expect(await service.types(vend)).toContain('ApprovalRequested');
    });

    it('isolates a message that cannot be taken; it comes again, its neighbours do not', async () => {
      const vend = await service.submit();
      const poison = factOf(vend, 'SnapshotPart', 7, {
        requestId: undefined,
        data: { snapshotId: 's', part: 0, kind: 'nonsense' },
      });
      const { done, aside } = await take([
        message('a', askOf(vend, 'approval', 1)),
        message('b', poison),
        message('c', askOf(vend, 'admission', 2)),
      ]);
      expect(done).toEqual(['a', 'c']);
      expect(aside).toEqual([]);
      expect(await service.answer(vend, 2)).toEqual({ outcome: 'admitted' });
    });

    it('goes on when the dead-letter queue itself is away', async () => {
      const vend = await service.submit();
      const away = () => Promise.reject(new Error('throttled'));
      const { done } = await take(
        [{ id: 'a', body: 'not json' }, message('b', askOf(vend, 'approval', 1))],
        away,
      );
      expect(done).toEqual(['b']);
    });

    it('with nothing in it does nothing', async () => {
      expect((await take([])).done).toEqual([]);
    });

    it('is taken by several workers at once without loss', async () => {
      const vends = await Promise.all(Array.from({ length: 6 }, () => service.submit()));
      for (const vend of vends) await service.decide(vend);
      const messages = vends.flatMap((v) => [
        message(randomUUID(), askOf(v, 'approval', 1)),
        message(randomUUID(), askOf(v, 'confirm-approval', 3)),
        message(randomUUID(), factOf(v, 'ProvisioningStarted', 4)),
      ]);
      // Each lane has every message, in an order of its own: redelivery and disorder together.
      const lanes = [messages, [...messages].reverse(), messages.slice(9).concat(messages.slice(0, 9))];
      await Promise.all(lanes.map((lane) => take(lane.slice(0, 10)).then(() => take(lane.slice(10)))));
      for (const vend of vends) {
        expect((await service.types(vend)).sort()).toEqual(
          [
            'AccountPlanned',
            'AccountRequested',
            'ApprovalConfirmed',
            'ApprovalDecided',
            'ApprovalRequested',
            'ProvisioningStarted',
          ].sort(),
        );
        expect(await service.status(vend)).toBe('PROVISIONING');
      }
      expect(await verifyLedger(service.orm)).toMatchObject({ ok: true });
    });
  });

  it('keeps task tokens in no table in the clear', async () => {
    const vend = await service.submit();
    const token = `AQCEAAAAKgAAAAM-${randomUUID()}`;
    for (const [order, kind] of (
      ['approval', 'admission', 'confirm-approval', 'account-event', 'repair', 'fence'] as const
    ).entries()) {
      await service.receive(askOf(vend, kind, order + 1, { token }));
    }
    const tables = await rowsOf<{ name: string }>(
      service.orm,
      sql`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
    );
    expect(tables.length).toBeGreaterThan(15);
    for (const { name } of tables) {
      const hits = await rowsOf(
        service.orm,
        sql`select 1 from ${sql.identifier(name)} t where t::text like ${`%${token.slice(16)}%`}`,
      );
      expect({ name, hits: hits.length }).toEqual({ name, hits: 0 });
    }
    const [ask] = await rowsOf<{ token_cipher: string }>(
      service.orm,
      sql`select token_cipher from asks where id = ${`${vend.requestId}:1`}`,
    );
    expect(service.secrets.open(ask?.token_cipher ?? '')).toBe(token);
  });
});
