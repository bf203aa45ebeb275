import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rowsOf } from '../../db/client.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { askOf, factOf, openService, type Service, silent } from '../../test/support/service.ts';
import { eventSample } from '../ledger/event-samples.fixture.ts';
import { verifyLedger } from '../ledger/verify.pg.ts';
import { startInbox, takeBatch } from './inbox.task.ts';
import type { Incoming } from './incoming.ts';
import type { InboxQueue, QueueMessage } from './queue.port.ts';

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

  it('shares batches lane by lane among portions, and says of each portion what is done', async () => {
    let handle: Parameters<InboxQueue['start']>[0] | undefined;
    const aside: string[] = [];
    const inbox = startInbox(
      {
        start: (given) => {
          handle = given;
        },
        deadLetter: async ({ id }) => void aside.push(id),
        behindMs: () => 0,
        stop: async () => {},
      },
      service.deps,
      silent,
    );
    const poison = factOf({ requestId: 'none', planDigest: '' }, 'SnapshotPart', 7, {
      requestId: undefined,
      data: { snapshotId: 's', part: 0, kind: 'nonsense' },
    });
    const portions = Array.from({ length: 6 }, (_, p) => [
      ...Array.from({ length: 8 }, (_, n) => ({
        id: `${p}-${n}`,
        body: JSON.stringify({
          ...eventSample('config.RulesComplianceChange.COMPLIANT'),
          id: randomUUID(),
        }).replaceAll('444455556666', `44445555${p}${n}00`),
      })),
      { id: `${p}-bad`, body: 'not json' },
      ...(p === 3 ? [{ id: 'poison', body: JSON.stringify(poison.fact) }] : []),
    ]);
    const done = await Promise.all(portions.map((portion) => handle?.(portion)));
    expect(done).toEqual(
      portions.map((portion) => portion.flatMap(({ id }) => (id === 'poison' ? [] : [id]))),
    );
    expect(aside.sort()).toEqual(portions.map((_, p) => `${p}-bad`));
    const [told] = await rowsOf<{ facts: number; lanes: number }>(
      service.orm,
      sql`select count(*)::int as facts, count(distinct lane)::int as lanes from facts
          where type = 'ComplianceChanged' and account_id like '44445555%00'`,
    );
    expect(told).toEqual({ facts: 48, lanes: 4 });
    expect(await verifyLedger(service.orm)).toMatchObject({ ok: true });
    await inbox.stop();
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
