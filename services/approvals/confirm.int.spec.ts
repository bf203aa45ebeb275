import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { transact } from '../../db/client.ts';
import { pointOfNoReturn } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { asOwner } from '../../test/support/owner.ts';
import {
  answerTo,
  askOf,
  openService,
  person,
  type Service,
  statusOf,
  type Vend,
} from '../../test/support/service.ts';
import type { Role } from '../access/principal.ts';
import { factsOfRequests } from '../ledger/ledger.pg.ts';
import { cancel } from './cancel.pg.ts';
import { confirm } from './confirm.pg.ts';

describe.each(databases)('cancel and confirmation on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
    await service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(() => service.reset());

  const cancelAs = (vend: Vend, subject = 'ana@example.com', roles: Role[] = ['requester']) =>
    cancel(service.deps, person(vend.team, roles, subject), vend.requestId);
  const confirmNow = (vend: Vend, digest = vend.planDigest) =>
    transact(service.orm, (tx) => confirm(tx, service.deps, vend.requestId, digest));

  describe('a cancel', () => {
    it('before the point of no return answers every open ask and frees what was held', async () => {
      const vend = await service.submit();
      await service.receive(askOf(vend, 'approval', 1));
      await cancelAs(vend);
      expect(await answerTo(service.orm, `${vend.requestId}:1`)).toEqual({ outcome: 'cancelled' });
      expect(await statusOf(service.orm, vend.requestId)).toBe('CANCELLED');
      expect(await service.holdsOf(vend)).toBe(0);
    });

    it('answers asks that come later', async () => {
      const vend = await service.submit();
      await cancelAs(vend);
      await service.receive(
        askOf(vend, 'approval', 1),
        askOf(vend, 'admission', 2),
        askOf(vend, 'confirm-approval', 3),
      );
      for (const order of [1, 2, 3]) {
        expect(await answerTo(service.orm, `${vend.requestId}:${order}`)).toEqual({ outcome: 'cancelled' });
      }
    });

    it('after an approval wins over it at the confirmation', async () => {
      const vend = await service.submit();
      await service.decide(vend);
      await cancelAs(vend);
      expect(await confirmNow(vend)).toEqual({ outcome: 'cancelled' });
    });

    it('after the point of no return is too late', async () => {
      const vend = await service.submit();
      await service.decide(vend);
      expect(await confirmNow(vend)).toEqual({ outcome: 'confirmed' });
      await expect(cancelAs(vend)).rejects.toMatchObject({ kind: 'conflict', code: 'too-late' });
      expect(await service.holdsOf(vend)).toBe(3);
    });

    it('belongs to the person who asked and to operators', async () => {
      const vend = await service.submit();
      await expect(cancelAs(vend, 'ben@example.com', ['approver'])).rejects.toMatchObject({
        code: 'not-yours',
      });
      await expect(
        cancel(service.deps, person('other', ['requester']), vend.requestId),
      ).rejects.toMatchObject({ kind: 'not-found' });
      await expect(cancelAs(vend, 'op@example.com', ['operator'])).resolves.toBeUndefined();
      await expect(cancelAs(vend)).rejects.toMatchObject({ code: 'ended' });
    });
  });

  describe('the confirmation', () => {
    const edit = (vend: Vend, set: string) =>
      asOwner(service.orm, (owner) =>
        owner.execute(sql.raw(`update decisions set ${set} where request_id = '${vend.requestId}'`)),
      );

    it.each<[string, string, (vend: Vend) => Promise<unknown>]>([
      ['no decision', 'no-approval', async () => undefined],
      ['a denial', 'not-approved', (v) => service.decide(v, 'deny')],
      [
        'a denial turned into an approval',
        'approval-forged',
        (v) => service.decide(v, 'deny').then(() => edit(v, "decision = 'approve'")),
      ],
      [
        'another approver',
        'approval-forged',
        (v) => service.decide(v).then(() => edit(v, "decided_by = 'eve@example.com'")),
      ],
      [
        'another plan',
        'approval-forged',
        (v) => service.decide(v).then(() => edit(v, "plan_digest = 'sha256:' || repeat('0', 64)")),
      ],
      [
        'another time',
        'approval-forged',
        (v) => service.decide(v).then(() => edit(v, "decided_at = decided_at + interval '1 second'")),
      ],
      ['another comment', 'approval-forged', (v) => service.decide(v).then(() => edit(v, "comment = 'ok'"))],
      [
        'another signature',
        'approval-forged',
        (v) => service.decide(v).then(() => edit(v, "signature = 'x'")),
      ],
    ])('refuses %s: %s', async (_what, code, act) => {
      const vend = await service.submit();
      await act(vend);
      expect(await confirmNow(vend)).toMatchObject({ outcome: 'refused', code });
      expect(
        await service.orm.select().from(pointOfNoReturn).where(eq(pointOfNoReturn.requestId, vend.requestId)),
      ).toEqual([]);
    });

    it('refuses the decision of another request', async () => {
      const [vend, other] = [await service.submit(), await service.submit()];
      await service.decide(other);
      await asOwner(service.orm, (owner) =>
        owner.execute(
          sql`update decisions set request_id = ${vend.requestId} where request_id = ${other.requestId}`,
        ),
      );
      expect(await confirmNow(vend)).toMatchObject({ outcome: 'refused', code: 'approval-forged' });
    });

    it('refuses a plan that the workflow was given instead, and a request that there is not', async () => {
      const vend = await service.submit();
      await service.decide(vend);
      expect(await confirmNow(vend, `sha256:${'0'.repeat(64)}`)).toMatchObject({ code: 'plan-differs' });
      expect(await confirmNow({ ...vend, requestId: 'req-none' })).toMatchObject({ code: 'unknown-request' });
    });

    it('says yes to the same question again', async () => {
      const vend = await service.submit();
      await service.decide(vend);
      expect(await confirmNow(vend)).toEqual({ outcome: 'confirmed' });
      expect(await confirmNow(vend)).toEqual({ outcome: 'confirmed' });
    });

    it('comes as an ask, is written down, and changes what a broken execution means', async () => {
      const vend = await service.submit();
      await service.decide(vend);
      await service.receive(askOf(vend, 'confirm-approval', 3));
      expect(await answerTo(service.orm, `${vend.requestId}:3`)).toEqual({ outcome: 'confirmed' });
      expect((await factsOfRequests(service.orm, [vend.requestId])).map((f) => f.type)).toContain(
        'ApprovalConfirmed',
      );
    });
  });
});
