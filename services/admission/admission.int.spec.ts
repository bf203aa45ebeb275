import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { admissions } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { executionEvent, newAccountId, underWay } from '../../test/support/messages.ts';
import { askOf, factOf, openService, person, type Service, type Vend } from '../../test/support/service.ts';
import { cancel } from '../approvals/cancel.pg.ts';
import type { Incoming } from '../inbox/incoming.ts';
import { exampleSnapshot, snapshotWith } from '../reconciliation/snapshot.fixture.ts';
import { accountOperations } from './admission.pg.ts';

describe.each(databases)('slots and holds on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
    await service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(() => service.reset());

  describe('admission', () => {
    const ask20 = async () => {
      const vends: Vend[] = [];
      for (let i = 0; i < 20; i++) vends.push(await service.submit({ team: `team-${i % 4}` }));
      await Promise.all(vends.map((v) => service.receive(askOf(v, 'admission', 2))));
      return vends;
    };

    it('never holds more slots than Control Tower runs at once, and fills them as they fall free', async () => {
      const vends = await ask20();
      const admitted = new Set<string>();
      for (let round = 0; round < 4; round++) {
        const { held } = await accountOperations(service.orm);
        expect(held).toBe(5);
        const rows = await service.orm.select().from(admissions).where(eq(admissions.state, 'held'));
        for (const row of rows) admitted.add(row.requestId);
        const holders = vends.filter((v) => rows.some((r) => r.requestId === v.requestId));
        await Promise.all(
          holders.map((v) =>
            service.receive(factOf(v, 'AccountProvisioned', 6, { accountId: newAccountId(), data: {} })),
          ),
        );
      }
      expect(admitted.size).toBe(20);
      expect(await accountOperations(service.orm)).toEqual({ held: 0, waiting: 0 });
      for (const vend of vends) expect(await service.answer(vend, 2)).toEqual({ outcome: 'admitted' });
    });

    it('follows the live quota', async () => {
      await service.setSnapshot(snapshotWith({ accountOperations: 2 }));
      const vends = await ask20();
      expect(await accountOperations(service.orm)).toEqual({ held: 2, waiting: 18 });
      await service.setSnapshot(exampleSnapshot);
      await service.receive(askOf(vends[0]!, 'admission', 3));
      expect(await accountOperations(service.orm)).toEqual({ held: 5, waiting: 15 });
    });

    it.each<[string, (vend: Vend) => Promise<unknown>]>([
      [
        'a quarantine',
        (v) => service.receive(factOf(v, 'AccountQuarantined', 6, { data: { step: 'enrol' } })),
      ],
      [
        'a rejection',
        (v) =>
          service.receive(factOf(v, 'RequestRejected', 6, { data: { step: 'recheck', code: 'ou-gone' } })),
      ],
      ['a cancel', (v) => cancel(service.deps, person(v.team, ['requester']), v.requestId)],
      ['an execution that broke', (v) => service.receive(executionEvent(v, 'ABORTED'))],
    ])('gives the slot of %s to the next one', async (_what, end) => {
      const vends = await ask20();
      const [first] = await service.orm.select().from(admissions).where(eq(admissions.state, 'held'));
      await end(vends.find((v) => v.requestId === first?.requestId)!);
      expect(await accountOperations(service.orm)).toEqual({ held: 5, waiting: 14 });
      const answered = await Promise.all(vends.map((v) => service.answer(v, 2)));
      expect(answered.filter((a) => a !== undefined)).toHaveLength(6);
    });
  });

  describe('e-mail, name and addresses', () => {
    it.each<[string, (vend: Vend) => Incoming]>([
      [
        'RequestRejected',
        (v) => factOf(v, 'RequestRejected', 3, { data: { step: 'recheck', code: 'email-taken' } }),
      ],
      ['RequestExpired', (v) => factOf(v, 'RequestExpired', 2)],
      ['an execution that broke before the confirmation', (v) => executionEvent(v, 'FAILED')],
    ])('are free again after %s', async (_what, end) => {
      const vend = await service.submit();
      await service.receive(askOf(vend, 'approval', 1));
      await service.receive(end(vend));
      expect(await service.holdsOf(vend)).toBe(0);
      const again = await service.submit({ team: vend.team, account: vend.body.account });
      // The old execution, started again by hand, finds that its address is somebody else's now.
      await service.receive(askOf(vend, 'confirm-approval', 9));
      expect(await service.answer(vend, 9)).toMatchObject({ outcome: 'refused' });
      expect(await service.holdsOf(again)).toBe(3);
    });

    it('are kept by a quarantined vend, and by one whose execution broke after the confirmation', async () => {
      const [stuck, broken] = [await underWay(service), await underWay(service)];
      await service.receive(
        factOf(stuck, 'AccountQuarantined', 6, { data: { step: 'enrol', error: 'E', cause: 'c' } }),
      );
      await service.receive(executionEvent(broken, 'ABORTED'));
      for (const vend of [stuck, broken]) {
        expect(await service.status(vend)).toBe('QUARANTINED');
        expect(await service.holdsOf(vend)).toBe(3);
      }
    });
  });
});
