import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { transact } from '../../db/client.ts';
import { outbox } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { askOf, NO_ALERTS, openService, type Service, silent } from '../../test/support/service.ts';
import { chatHistory, localChat } from '../chat/local-chat.pg.ts';
import { enqueue, OUTBOX_CHANNEL } from '../ledger/ledger.pg.ts';
import type { Courier, OutboundEvent } from './courier.port.ts';
import { delivery } from './deliver.pg.ts';
import { claim, nextDue, releaseClaims } from './outbox.pg.ts';
import { relayOnce, startRelay } from './relay.task.ts';

/** Keeps what it was given; `fail` makes the next deliveries of a kind fail. */
function memoryCourier() {
  const sent: { act: string; what: string; input?: string }[] = [];
  const events: OutboundEvent[] = [];
  const failures: string[] = [];
  const refused = new Set<string>();
  let closed = false;
  const note = async (act: string, what: string, input?: string) => {
    const at = failures.indexOf(act);
    if (at >= 0) {
      failures.splice(at, 1);
      throw new Error(`${act} is away`);
    }
    sent.push({ act, what, ...(input === undefined ? {} : { input }) });
  };
  const courier: Courier = {
    startWorkflow: (machine, name, input) => note(`start ${machine}`, name, input),
    startReconcile: (snapshotId, input) => note('startReconcile', snapshotId, input),
    redrive: (arn) => note('redrive', arn),
    async answer(token, output) {
      await note('answer', token, output);
      return closed ? 'closed' : 'delivered';
    },
    async publish(batch) {
      await note('publish', String(batch.length));
      const bad = batch.flatMap((e, index) =>
        refused.has(e.detailType) ? [{ index, reason: 'ThrottlingException: slow down' }] : [],
      );
      events.push(...batch.filter((_e, i) => !bad.some((b) => b.index === i)));
      return bad;
    },
  };
  const close = () => {
    closed = true;
  };
  return { courier, sent, events, failures, refused, close };
}

describe.each(databases)('the relay on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  let memory: ReturnType<typeof memoryCourier>;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
    await service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    await service.reset();
    memory = memoryCourier();
  });

  const deliver = () =>
    delivery({
      ...service.deps,
      courier: memory.courier,
      channel: localChat(service.orm, service.assets.catalogue),
      alerts: NO_ALERTS,
      workClick: async () => {},
    });
  const round = () => relayOnce(service.orm, service.clock, silent, deliver());
  const drain = async () => {
    while ((await round()) > 0);
  };
  const rows = () => service.orm.select().from(outbox).orderBy(outbox.id);
  const put = (n: number, kind = 'redrive') =>
    transact(service.orm, (tx) =>
      enqueue(
        tx,
        Array.from({ length: n }, (_, i) => ({
          kind,
          key: randomUUID(),
          payload: { executionArn: `arn-${i}` },
        })),
        service.clock.now(),
      ),
    );

  it('starts the vend with the plan that was frozen', async () => {
    const vend = await service.submit();
    await drain();
    const start = memory.sent.find((s) => s.act === 'start account-vending');
    expect(start?.what).toBe(vend.requestId);
    expect(JSON.parse(start?.input ?? '')).toMatchObject({
      requestId: vend.requestId,
      planDigest: vend.planDigest,
      plan: { digest: vend.planDigest },
    });
  });

  it('delivers each message once, marks it, and has nothing left', async () => {
    await put(45);
    await drain();
    expect(memory.sent).toHaveLength(45);
    expect((await rows()).every((r) => r.sentAt !== null && r.attempts === 1)).toBe(true);
    expect(await round()).toBe(0);
    expect(await nextDue(service.orm)).toBeUndefined();
  });

  it('publishes the events of a vend in their order, ten at a time', async () => {
    const vends = await Promise.all(Array.from({ length: 6 }, () => service.submit()));
    await drain();
    expect(memory.events.map((e) => e.detailType).sort()).toEqual([
      ...Array(6).fill('AccountPlanned'),
      ...Array(6).fill('AccountRequested'),
    ]);
    for (const { requestId } of vends) {
      const own = memory.events.map((e) => JSON.parse(e.detail)).filter((d) => d.requestId === requestId);
      expect(own.map((d) => d.type)).toEqual(['AccountRequested', 'AccountPlanned']);
      expect(own[0]).toMatchObject({
        version: 1,
        correlationId: requestId,
        data: { team: expect.any(String) },
      });
    }
    expect(memory.sent.filter((s) => s.act === 'publish').every((s) => Number(s.what) <= 10)).toBe(true);
  });

  it('tries a failed one again later, with growing pauses, and keeps the reason', async () => {
    await put(1);
    memory.failures.push('redrive', 'redrive');
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 2; attempt++) {
      expect(await round()).toBe(1);
      expect(await round()).toBe(0);
      const [row] = await rows();
      expect(row).toMatchObject({ sentAt: null, attempts: attempt, lastError: 'redrive is away' });
      const pause = (row?.nextAt.getTime() ?? 0) - service.clock.now().getTime();
      pauses.push(pause);
      service.clock.advance(pause + 10);
    }
    expect(pauses[1]).toBeGreaterThan((pauses[0] ?? 0) * 1.5);
    await drain();
    expect(memory.sent).toHaveLength(1);
    expect((await rows())[0]).toMatchObject({ attempts: 3, lastError: null });
  });

  it('does not hold up the others for one that fails', async () => {
    await put(3);
    memory.failures.push('redrive');
    await round();
    expect(memory.sent).toHaveLength(2);
    expect((await rows()).filter((r) => r.sentAt === null)).toHaveLength(1);
  });

  it('repeats only the events that the bus did not take', async () => {
    await service.submit();
    memory.refused.add('AccountPlanned');
    await drain();
    expect(memory.events.map((e) => e.detailType)).toEqual(['AccountRequested']);
    const left = (await rows()).filter((r) => r.sentAt === null);
    expect(left).toMatchObject([{ kind: 'put-event', lastError: 'ThrottlingException: slow down' }]);
    memory.refused.clear();
    service.clock.advance(5_000);
    await drain();
    expect(memory.events.map((e) => e.detailType)).toEqual(['AccountRequested', 'AccountPlanned']);
  });

  it('repeats a whole batch of events when the bus is away', async () => {
    await service.submit();
    memory.failures.push('publish');
    await drain();
    expect(memory.events).toEqual([]);
    service.clock.advance(5_000);
    await drain();
    expect(memory.events).toHaveLength(2);
  });

  it('sends an answer back with its token; one that nobody waits for is delivered too', async () => {
    const vend = await service.submit();
    const ask = askOf(vend, 'approval', 1);
    await service.receive(ask);
    await service.decide(vend);
    memory.close();
    await drain();
    expect(memory.sent).toContainEqual({
      act: 'answer',
      what: ask.ask.token,
      input: '{"outcome":"approved"}',
    });
    expect((await rows()).filter((r) => r.sentAt === null)).toEqual([]);
  });

  it('shows the request in the chat once, and brings it up to date', async () => {
    const vend = await service.submit();
    await service.receive(askOf(vend, 'approval', 1));
    await drain();
    const message = async () =>
      (await chatHistory(service.orm, 50)).filter((m) => m.requestId === vend.requestId);
    expect(await message()).toMatchObject([
      { state: 'open', planDigest: vend.planDigest, text: expect.stringContaining('asks for the account') },
    ]);
    await service.decide(vend, 'deny');
    await drain();
    expect(await message()).toMatchObject([
      { state: 'settled', text: expect.stringMatching(/^The request was denied/) },
    ]);
  });

  it('keeps a message of a kind that it does not know', async () => {
    await put(1, 'carrier-pigeon');
    await round();
    expect((await rows())[0]).toMatchObject({
      sentAt: null,
      lastError: expect.stringContaining('carrier-pigeon'),
    });
  });

  it('never hands one message to two relays within the lease', async () => {
    await put(60);
    const now = service.clock.now();
    const claims = await Promise.all(Array.from({ length: 6 }, () => claim(service.orm, now, 20)));
    const ids = claims.flat().map((m) => m.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(60);
    const leaseEnds = (await nextDue(service.orm))?.getTime() ?? 0;
    expect(leaseEnds - now.getTime()).toBeGreaterThan(10_000);
    expect(await claim(service.orm, new Date(leaseEnds - 1), 100)).toEqual([]);
    // Their claimer died: they come again.
    expect(await claim(service.orm, new Date(leaseEnds), 100)).toHaveLength(60);
  });

  it('takes up at once what a relay before it left, when it is alone', async () => {
    await put(3);
    await claim(service.orm, service.clock.now(), 20);
    expect(await round()).toBe(0);
    await releaseClaims(service.orm, service.clock.now());
    await drain();
    expect(memory.sent).toHaveLength(3);
  });

  it('works side by side with another one', async () => {
    await put(50);
    await Promise.all([drain(), drain(), drain()]);
    expect(memory.sent).toHaveLength(50);
  });

  it('is woken by the commit, and by nothing else', async () => {
    const listen = (hear: () => void) => opened.database.listen(OUTBOX_CHANNEL, hear);
    const realTime = { now: () => new Date() };
    const relay = startRelay(service.orm, realTime, silent, deliver(), listen);
    await put(1);
    await expect.poll(() => memory.sent.length, { timeout: 5_000 }).toBe(1);
    await transact(service.orm, async (tx) => {
      await enqueue(tx, [{ kind: 'redrive', key: randomUUID(), payload: {} }], realTime.now());
      await tx.execute(sql`select pg_sleep(0.2)`);
      expect(memory.sent).toHaveLength(1);
    });
    await expect.poll(() => memory.sent.length, { timeout: 5_000 }).toBe(2);
    await relay.stop();
    await put(1);
    expect(memory.sent).toHaveLength(2);
    expect(await service.orm.select().from(outbox).where(eq(outbox.kind, 'redrive'))).toHaveLength(3);
  });
});
