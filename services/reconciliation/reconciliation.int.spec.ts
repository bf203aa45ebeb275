import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { transact } from '../../db/client.ts';
import { accounts, organizationSnapshots, snapshotParts } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { factOf, openService, type Service, waiting } from '../../test/support/service.ts';
import type { Incoming } from '../inbox/incoming.ts';
import type { Part } from './assemble.ts';
import { partsOf } from './parts.fixture.ts';
import {
  newestFailure,
  newestSnapshot,
  requestReconcile,
  requestScheduledReconcile,
} from './reconciliation.pg.ts';
import { exampleSnapshot } from './snapshot.fixture.ts';

const nobody = { requestId: '', planDigest: '' };

/** The messages of one run, in their order. */
function messagesOf(snapshotId: string, parts: Part[] = partsOf()): Incoming[] {
  const say = (type: 'SnapshotPart' | 'SnapshotCompleted', order: number, data: Record<string, unknown>) =>
    factOf(nobody, type, order, {
      id: `${snapshotId}:${order}`,
      requestId: undefined,
      planDigest: undefined,
      data: { snapshotId, ...data },
    });
  return [
    ...parts.map((part, i) =>
      say('SnapshotPart', i + 1, { part: i + 1, kind: part.kind, value: part.value }),
    ),
    say('SnapshotCompleted', parts.length + 1, { parts: parts.length }),
  ];
}

describe.each(databases)('snapshots of the organization on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  let id: string;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    await service.reset();
    await service.orm.delete(organizationSnapshots);
    id = `snapshot-${randomUUID()}`;
  });

  const newest = () => newestSnapshot(service.orm);
  const expected = () => ({ ...exampleSnapshot, id, takenAt: expect.any(String) });
  const partsLeft = () => service.orm.select().from(snapshotParts).where(eq(snapshotParts.snapshotId, id));

  it('are whole when the last part is here, and not before', async () => {
    const messages = messagesOf(id);
    for (const message of messages) {
      expect(await newest()).toBeUndefined();
      await service.receive(message);
    }
    expect(await newest()).toEqual(expected());
    expect(await partsLeft()).toEqual([]);
  });

  it('of an older version count as none until the next reconcile', async () => {
    await service.receive(...messagesOf(id));
    const { governedRegions: _, ...older } = exampleSnapshot;
    await service.orm
      .update(organizationSnapshots)
      .set({ content: older })
      .where(eq(organizationSnapshots.id, id));
    expect(await newest()).toBeUndefined();
  });

  it('take their parts in any order, and twice', async () => {
    const messages = messagesOf(id);
    await service.receive(...[...messages].reverse().slice(0, 5));
    await service.receive(...messages.slice(3), ...messages.slice(0, 2));
    await service.receive(...messages);
    for (const message of messages) await service.receive(message);
    const snapshot = await newest();
    expect(snapshot?.units.map((u) => u.id).sort()).toEqual(exampleSnapshot.units.map((u) => u.id).sort());
    expect(snapshot?.accountOperations).toBe(5);
    expect(await partsLeft()).toEqual([]);
  });

  it('are whole though each part came through another worker at the same moment', async () => {
    await Promise.all(messagesOf(id).map((message) => service.receive(message)));
    expect(await newest()).toMatchObject({ id });
  });

  it('bring the accounts into their table: strangers as FOREIGN, ours stay ours', async () => {
    const row = {
      email: 'x@example.com',
      emailCanonical: 'x@example.com',
      createdAt: new Date(),
      updatedAt: new Date(),
    };
    await service.orm.insert(accounts).values({
      ...row,
      accountId: '222233334444',
      name: 'old',
      status: 'QUARANTINED',
      origin: 'VENDED',
      team: 'payments',
    });
    await service.receive(...messagesOf(id));
    const rows = await service.orm.select().from(accounts).orderBy(accounts.accountId);
    expect(rows.map((r) => [r.accountId, r.origin, r.status, r.name, r.organizationalUnitId])).toEqual([
      ['111122223333', 'FOREIGN', 'ACTIVE', 'management', 'r-ab12'],
      ['222233334444', 'VENDED', 'QUARANTINED', 'logs', 'ou-ab12-security1'],
      ['333344445555', 'FOREIGN', 'ACTIVE', 'audit', 'ou-ab12-security1'],
    ]);
  });

  it('take an account that moved between two pages once, in its later place', async () => {
    const moved = partsOf().find((p) => p.kind === 'accounts')!;
    const again = { ...moved, value: { ...(moved.value as object), ParentId: 'ou-ab12-sandboxes' } };
    await service.receive(...messagesOf(id, [...partsOf(), again]));
    const [row] = await service.orm.select().from(accounts).where(eq(accounts.accountId, '111122223333'));
    expect(row?.organizationalUnitId).toBe('ou-ab12-sandboxes');
    expect(await newest()).toMatchObject({ id });
  });

  it('that failed keep the one before', async () => {
    await service.receive(...messagesOf(id));
    const failed = `snapshot-${randomUUID()}`;
    const failure = factOf(nobody, 'SnapshotFailed', 3, {
      id: `${failed}:3`,
      requestId: undefined,
      data: { snapshotId: failed, error: 'ControlTower.ThrottlingException', cause: 'Rate exceeded' },
    });
    await service.receive(failure, failure);
    expect(await newest()).toMatchObject({ id });
    expect(await newestFailure(service.orm)).toBe('ControlTower.ThrottlingException: Rate exceeded');
    await service.receive(...messagesOf(failed));
    expect(await newest()).toMatchObject({ id });
  });

  it.each<[string, () => Part[], RegExp]>([
    ['lacks a part', () => partsOf().filter((p) => p.kind !== 'product'), /no part of kind product/],
    [
      'has a part of another shape',
      () => partsOf().map((p) => (p.kind === 'policies' ? { ...p, value: { Policies: 'none' } } : p)),
      /Policies/,
    ],
  ])('is a failure, and no poison, when it %s', async (_what, parts, reason) => {
    await service.receive(...messagesOf(id, parts()));
    expect(await newest()).toBeUndefined();
    expect(await newestFailure(service.orm)).toMatch(reason);
    const next = `snapshot-${randomUUID()}`;
    await service.receive(...messagesOf(next));
    expect(await newest()).toMatchObject({ id: next });
  });

  describe('a reconcile', () => {
    const ask = () =>
      transact(service.orm, (tx) => requestReconcile(tx, service.ids, 'test', service.clock.now()));

    it('is asked for once while one runs, and again after it', async () => {
      const first = await ask();
      expect(await ask()).toBe(first);
      expect(await waiting(service.orm)).toEqual([`start-reconcile:${first}`]);
      await service.receive(...messagesOf(first));
      expect(await ask()).not.toBe(first);
    });

    it('is started by one of two workers, whether they ask at once or out of step, once in each period', async () => {
      const everyMs = 600_000;
      const bySchedule = () =>
        transact(service.orm, (tx) =>
          requestScheduledReconcile(tx, service.ids, service.clock.now(), everyMs),
        );
      service.clock.advance(everyMs);
      const [one, other] = await Promise.all([bySchedule(), bySchedule()]);
      const started = [one, other].filter((id) => id !== undefined);
      expect(started.length).toBe(1);
      await service.receive(...messagesOf(started[0]!));
      service.clock.advance(everyMs / 2);
      expect(await bySchedule()).toBeUndefined();
      service.clock.advance(everyMs / 2);
      expect(await bySchedule()).toMatch(/^snapshot-/);
    });

    it('asked for by two processes at once is one', async () => {
      const [one, other] = await Promise.all([ask(), ask()]);
      expect(one).toBe(other);
    });

    it('that died is replaced after half an hour', async () => {
      const dead = await ask();
      service.clock.advance(31 * 60_000);
      expect(await ask()).not.toBe(dead);
    });
  });
});
