import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rowsOf } from '../../db/client.ts';
import { accounts } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { accountEvent, newAccountId, underWay } from '../../test/support/messages.ts';
import {
  answerTo,
  askOf,
  factOf,
  openService,
  type Service,
  unique,
  type Vend,
  waiting,
} from '../../test/support/service.ts';
import { accountOperations } from '../admission/admission.pg.ts';
import type { Envelope } from '../ledger/envelope.schema.ts';
import { verifyLedger } from '../ledger/verify.pg.ts';
import type { Incoming } from './incoming.ts';

describe.each(databases)('the inbox on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
    await service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(() => service.reset());

  describe('a whole vend', () => {
    const story = (vend: Vend, id: string): Incoming[] => [
      askOf(vend, 'approval', 1),
      askOf(vend, 'admission', 2),
      askOf(vend, 'confirm-approval', 3),
      factOf(vend, 'ProvisioningStarted', 4, { data: { recordId: 'rec-1', adopted: false } }),
      askOf(vend, 'account-event', 5),
      accountEvent(vend, { accountId: id }),
      factOf(vend, 'AccountProvisioned', 6, { accountId: id, data: { accountId: id, recordId: 'rec-1' } }),
      factOf(vend, 'BlueprintApplied', 7, { accountId: id, data: { components: [] } }),
      factOf(vend, 'GuardrailsAttached', 8, {
        accountId: id,
        data: {
          preventive: [],
          detective: [{ ruleName: 'jetway-x', control: 'AWS-GR_ENCRYPTED_VOLUMES' }],
          inherited: ['AWS-GR_LOG_GROUP_POLICY'],
        },
      }),
      factOf(vend, 'AccountVended', 9, { accountId: id, data: { verified: {} } }),
      factOf(vend, 'AccessAssigned', 10, { accountId: id, data: { assignments: [] } }),
    ];

    it('ends ACTIVE with its account', async () => {
      const vend = await service.submit();
      await service.decide(vend);
      const id = newAccountId();
      for (const message of story(vend, id)) await service.receive(message);
      expect(await service.status(vend)).toBe('ACTIVE');
      const [row] = await service.orm.select().from(accounts).where(eq(accounts.accountId, id));
      expect(row).toMatchObject({
        team: vend.team,
        status: 'ACTIVE',
        origin: 'VENDED',
        requestId: vend.requestId,
      });
      expect(await Promise.all([1, 2, 3, 5].map((order) => service.answer(vend, order)))).toEqual([
        { outcome: 'approved' },
        { outcome: 'admitted' },
        { outcome: 'confirmed' },
        { outcome: 'woken' },
      ]);
      expect(await accountOperations(service.orm)).toEqual({ held: 0, waiting: 0 });
      expect(await service.holdsOf(vend)).toBe(3);
    });

    it('is the same when every message comes twice', async () => {
      const vend = await service.submit();
      await service.decide(vend);
      const all = story(vend, newAccountId());
      for (const message of all) await service.receive(message);
      const before = {
        types: await service.types(vend),
        outbox: await waiting(service.orm),
        ledger: await verifyLedger(service.orm),
      };
      await service.receive(...all);
      for (const message of all) await service.receive(message, message);
      expect({
        types: await service.types(vend),
        outbox: await waiting(service.orm),
        ledger: await verifyLedger(service.orm),
      }).toEqual(before);
    });

    it('is the same when everything after the confirmation comes at once and backwards', async () => {
      const vend = await service.submit();
      await service.decide(vend);
      const [id, all] = [newAccountId(), [] as Incoming[]];
      all.push(...story(vend, id));
      await service.receive(...all.slice(0, 3));
      await service.receive(...all.slice(3).reverse());
      expect(await service.status(vend)).toBe('ACTIVE');
      expect(await service.answer(vend, 5)).toEqual({ outcome: 'woken' });
    });
  });

  describe('an ask and its answer', () => {
    it('meet for the admission in either order', async () => {
      const early = await service.submit();
      await service.receive(askOf(early, 'admission', 2));
      expect(await service.answer(early, 2)).toEqual({ outcome: 'admitted' });
      expect(await service.types(early)).toContain('AdmissionGranted');
    });

    it('meet for the account event in either order, and only once', async () => {
      const late = await underWay(service);
      await service.receive(askOf(late, 'account-event', 5));
      expect(await service.answer(late, 5)).toBeUndefined();
      await service.receive(accountEvent(late));
      expect(await service.answer(late, 5)).toEqual({ outcome: 'woken' });

      const early = await underWay(service);
      await service.receive(accountEvent(early));
      await service.receive(askOf(early, 'account-event', 5));
      expect(await service.answer(early, 5)).toEqual({ outcome: 'woken' });
      await service.receive(askOf(early, 'account-event', 6));
      expect(await service.answer(early, 6)).toBeUndefined();
    });

    it('meet for an ask that was sent again, though the first was answered', async () => {
      const vend = await service.submit();
      await service.receive(askOf(vend, 'admission', 2));
      await service.receive(askOf(vend, 'admission', 3));
      expect(await service.answer(vend, 3)).toEqual({ outcome: 'admitted' });
      expect((await service.types(vend)).filter((t) => t === 'AdmissionGranted')).toHaveLength(1);
    });

    it('of an unknown request stay apart', async () => {
      const nobody = { requestId: `req-${randomUUID()}`, planDigest: 'x' };
      await service.receive(
        askOf(nobody, 'approval', 1),
        askOf(nobody, 'admission', 2),
        askOf(nobody, 'account-event', 3),
        askOf(nobody, 'confirm-approval', 4),
      );
      expect(await answerTo(service.orm, `${nobody.requestId}:2`)).toBeUndefined();
      expect(await answerTo(service.orm, `${nobody.requestId}:4`)).toMatchObject({
        outcome: 'refused',
        code: 'unknown-request',
      });
    });
  });

  describe('an account event', () => {
    it('wakes only the vend with the same name in the same unit', async () => {
      const name = unique('acc');
      const [wanted, otherUnit, otherName] = [
        await underWay(service, { account: { name } }),
        await underWay(service, { account: { name, organizationalUnitId: 'ou-ab12-sandboxes' } }),
        await underWay(service),
      ];
      await service.receive(...[wanted, otherUnit, otherName].map((v) => askOf(v, 'account-event', 5)));
      await service.receive(accountEvent(wanted));
      expect(await service.answer(wanted, 5)).toEqual({ outcome: 'woken' });
      expect(await service.answer(otherUnit, 5)).toBeUndefined();
      expect(await service.answer(otherName, 5)).toBeUndefined();
    });

    it('from another account wakes nobody', async () => {
      const vend = await underWay(service);
      await service.receive(askOf(vend, 'account-event', 5));
      const event = accountEvent(vend) as { kind: 'event'; envelope: Envelope };
      await service.receive({ kind: 'event', envelope: { ...event.envelope, account: '999900001111' } });
      expect(await service.answer(vend, 5)).toBeUndefined();
    });

    it('never sets an account id, least of all a failed one', async () => {
      const vend = await underWay(service);
      await service.receive(
        accountEvent(vend, { state: 'FAILED', accountId: 'Not Available' }),
        accountEvent(vend),
      );
      const [row] = await rowsOf<{ account_id: string | null }>(
        service.orm,
        sql`select account_id from request_views where request_id = ${vend.requestId}`,
      );
      expect(row?.account_id).toBeNull();
      expect(await service.orm.select().from(accounts).where(eq(accounts.requestId, vend.requestId))).toEqual(
        [],
      );
    });

    it('does not move a vend that has ended', async () => {
      const vend = await service.submit();
      await service.decide(vend, 'deny');
      await service.receive(accountEvent(vend));
      expect(await service.status(vend)).toBe('DENIED');
    });
  });

  describe('a fence ask', () => {
    const fence = (email: string, data: object = {}) =>
      askOf({ requestId: `fence-${randomUUID()}`, planDigest: '' }, 'fence', 1, {
        requestId: undefined,
        data: { accountId: newAccountId(), email, name: 'x', stage: 'attach', ...data },
      });
    const outcome = async (email: string, data: object = {}) => {
      const ask = fence(email, data);
      await service.receive(ask);
      return answerTo(service.orm, ask.ask.id);
    };

    it('fences the account of an open vend, whatever the case of its address', async () => {
      const vend = await underWay(service);
      expect(await outcome(vend.body.account.email)).toEqual({ outcome: 'fence' });
      expect(await outcome(vend.body.account.email.toUpperCase())).toEqual({ outcome: 'fence' });
    });

    it('waits with the question whether to keep it for the end of the vend', async () => {
      const vend = await underWay(service);
      const keep = fence(vend.body.account.email.toUpperCase(), { stage: 'keep' });
      await service.receive(keep);
      await service.receive(factOf(vend, 'AccountVended', 9, { accountId: newAccountId() }));
      expect(await answerTo(service.orm, keep.ask.id)).toBeFalsy();
      await service.receive(factOf(vend, 'AccessAssigned', 10));
      expect(await answerTo(service.orm, keep.ask.id)).toEqual({ outcome: 'leave' });
    });

    it('leaves an account that was made while we had not asked for ours yet', async () => {
      const vend = await service.submit();
      expect(await outcome(vend.body.account.email)).toEqual({ outcome: 'leave' });
    });

    it('leaves an account that is finished, and one that nobody asked for', async () => {
      const vend = await underWay(service);
      await service.receive(factOf(vend, 'AccountVended', 9, { accountId: newAccountId() }));
      await service.receive(factOf(vend, 'AccessAssigned', 10));
      expect(await outcome(vend.body.account.email)).toEqual({ outcome: 'leave' });
      expect(await outcome(vend.body.account.email, { stage: 'keep' })).toEqual({ outcome: 'leave' });
      expect(await outcome('stranger@example.com')).toEqual({ outcome: 'leave' });
      expect(await outcome('x', { accountId: 'Not Available' })).toEqual({ outcome: 'leave' });
    });
  });
});
