import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { transact } from '../../db/client.ts';
import { decisions } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import {
  answerTo,
  askOf,
  factOf,
  openService,
  person,
  type Service,
  statusOf,
  type Vend,
  waiting,
} from '../../test/support/service.ts';
import type { Role } from '../access/principal.ts';
import type { Problem } from '../kernel/errors.ts';
import { factsOfRequests } from '../ledger/ledger.pg.ts';
import { verifyLedger } from '../ledger/verify.pg.ts';
import { decide } from './approvals.pg.ts';
import { cancel } from './cancel.pg.ts';
import { confirm } from './confirm.pg.ts';

describe.each(databases)('approvals on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
    await service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(() => service.reset());

  const decideAs = (vend: Vend, roles: Role[], team: string, subject: string, changes: object = {}) =>
    decide(service.deps, person(team, roles, subject), {
      requestId: vend.requestId,
      decision: 'approve',
      planDigest: vend.planDigest,
      via: 'api',
      ...changes,
    });
  const cancelAs = (vend: Vend, subject = 'ana@example.com', roles: Role[] = ['requester']) =>
    cancel(service.deps, person(vend.team, roles, subject), vend.requestId);
  const confirmNow = (vend: Vend, digest = vend.planDigest) =>
    transact(service.orm, (tx) => confirm(tx, service.deps, vend.requestId, digest));

  describe('a decision', () => {
    it.each<[string, string, (vend: Vend) => Promise<unknown>]>([
      ['the person who asked', 'self-approval', (v) => decideAs(v, ['approver'], v.team, 'ana@example.com')],
      [
        'the person who asked, spelt otherwise',
        'self-approval',
        (v) => decideAs(v, ['approver'], v.team, ' ANA@example.com'),
      ],
      ['a requester', 'not-an-approver', (v) => decideAs(v, ['requester'], v.team, 'ben@example.com')],
      ['an admin', 'not-an-approver', (v) => decideAs(v, ['admin'], v.team, 'ben@example.com')],
      [
        'an operator of another team',
        'not-an-approver',
        (v) => decideAs(v, ['operator', 'approver'], 'other', 'ben@example.com'),
      ],
      [
        'an auditor of another team',
        'not-an-approver',
        (v) => decideAs(v, ['auditor', 'approver'], 'other', 'ben@example.com'),
      ],
      [
        'an approver of another team',
        'not-found',
        (v) => decideAs(v, ['approver'], 'other', 'ben@example.com'),
      ],
    ])('of %s is refused: %s', async (_who, code, act) => {
      const vend = await service.submit();
      await expect(act(vend)).rejects.toMatchObject({ code });
      expect(
        await service.orm.select().from(decisions).where(eq(decisions.requestId, vend.requestId)),
      ).toEqual([]);
    });

    it('on another plan is refused, with the pointer', async () => {
      const vend = await service.submit();
      const planDigest = `sha256:${'0'.repeat(64)}`;
      await expect(
        decideAs(vend, ['approver'], vend.team, 'ben@example.com', { planDigest }),
      ).rejects.toMatchObject({
        code: 'plan-differs',
        extra: { errors: [{ pointer: '/planDigest' }] },
      });
    });

    it('on a request that there is not is refused like a foreign one', async () => {
      const vend = await service.submit();
      await expect(service.decide({ ...vend, requestId: 'req-none' })).rejects.toMatchObject({
        kind: 'not-found',
      });
    });

    it('is kept with who, when and how, signed', async () => {
      const vend = await service.submit();
      const decision = await service.decide(vend);
      const [row] = await service.orm.select().from(decisions).where(eq(decisions.requestId, vend.requestId));
      expect(row).toMatchObject({
        decision: 'approve',
        decidedBy: 'ben@example.com',
        via: 'api',
        planDigest: vend.planDigest,
      });
      expect(row?.decidedAt.toISOString()).toBe(decision.decidedAt);
      const facts = await factsOfRequests(service.orm, [vend.requestId]);
      expect(facts.at(-1)).toMatchObject({
        type: 'ApprovalDecided',
        actor: 'ben@example.com',
        data: { decision: 'approve' },
      });
      expect(await statusOf(service.orm, vend.requestId)).toBe('QUEUED');
    });

    it('comes once; later ones are told who was first, and when', async () => {
      const vend = await service.submit();
      const first = await service.decide(vend, 'deny');
      await expect(service.decide(vend, 'approve', 'cem@example.com')).rejects.toMatchObject({
        code: 'already-decided',
        extra: { decidedBy: 'ben@example.com', decidedAt: first.decidedAt },
      });
      await expect(cancelAs(vend)).rejects.toMatchObject({ code: 'ended' });
      expect(await statusOf(service.orm, vend.requestId)).toBe('DENIED');
    });

    it('before the ask answers it when it arrives; after it, at once; each answer leaves once', async () => {
      const early = await service.submit();
      await service.decide(early);
      await service.receive(askOf(early, 'approval', 1));
      const late = await service.submit();
      await service.receive(askOf(late, 'approval', 1));
      expect(await answerTo(service.orm, `${late.requestId}:1`)).toBeUndefined();
      await service.decide(late, 'deny');
      expect(await answerTo(service.orm, `${early.requestId}:1`)).toEqual({ outcome: 'approved' });
      expect(await answerTo(service.orm, `${late.requestId}:1`)).toEqual({ outcome: 'denied' });
      await service.receive(askOf(early, 'approval', 1), askOf(late, 'approval', 1));
      const answers = (await waiting(service.orm)).filter((k) => k.startsWith('task-success'));
      expect(answers).toEqual([`task-success:${early.requestId}:1`, `task-success:${late.requestId}:1`]);
    });

    it('answers the newest ask of an approval that was asked again', async () => {
      const vend = await service.submit();
      await service.receive(askOf(vend, 'approval', 3), askOf(vend, 'approval', 1));
      await service.decide(vend);
      expect(await answerTo(service.orm, `${vend.requestId}:3`)).toEqual({ outcome: 'approved' });
    });

    it('that denies frees e-mail, name and addresses', async () => {
      const vend = await service.submit();
      expect(await service.holdsOf(vend)).toBe(3);
      await service.decide(vend, 'deny');
      expect(await service.holdsOf(vend)).toBe(0);
      await expect(service.submit({ account: vend.body.account })).resolves.toMatchObject({
        requestId: expect.any(String),
      });
    });

    it('after the deadline is refused', async () => {
      const vend = await service.submit();
      await service.receive(factOf(vend, 'RequestExpired', 2));
      await expect(service.decide(vend)).rejects.toMatchObject({ kind: 'conflict', code: 'ended' });
    });
  });

  describe('of eight who act at once', () => {
    it('one wins, and the others are told', async () => {
      for (let round = 0; round < 3; round++) {
        const vend = await service.submit();
        const acts = [
          ...['ben', 'cem', 'dua'].map((who) => service.decide(vend, 'approve', `${who}@example.com`)),
          ...['eva', 'fay', 'gus'].map((who) => service.decide(vend, 'deny', `${who}@example.com`)),
          cancelAs(vend),
          cancelAs(vend, 'op@example.com', ['operator']),
        ];
        const results = await Promise.allSettled(acts);
        const lost = results.flatMap((r) => (r.status === 'rejected' ? [r.reason as Problem] : []));
        expect(new Set(lost.map((p) => p.kind))).toEqual(new Set(['conflict']));
        const facts = (await factsOfRequests(service.orm, [vend.requestId])).map((f) => f.type);
        const ends = facts.filter((t) => t === 'ApprovalDecided' || t === 'RequestCancelled');
        expect(ends.length).toBe(8 - lost.length);
        // A cancel may still follow an approval; it never follows another end.
        expect(ends.filter((t) => t === 'ApprovalDecided').length).toBeLessThanOrEqual(1);
        expect(ends.filter((t) => t === 'RequestCancelled').length).toBeLessThanOrEqual(1);
        expect(['QUEUED', 'DENIED', 'CANCELLED']).toContain(await statusOf(service.orm, vend.requestId));
        for (const problem of lost.filter((p) => p.code === 'already-decided')) {
          expect(problem.extra.decidedBy).toMatch(/@example\.com$/);
        }
      }
    });

    it('a cancel and the confirmation never both win', async () => {
      for (let round = 0; round < 5; round++) {
        const vend = await service.submit();
        await service.decide(vend);
        const [cancelled, confirmed] = await Promise.allSettled([cancelAs(vend), confirmNow(vend)]);
        const yes = confirmed.status === 'fulfilled' && confirmed.value.outcome === 'confirmed';
        expect(yes).not.toBe(cancelled.status === 'fulfilled');
      }
    });
  });

  it('keeps the ledger whole through all of this', async () => {
    expect(await verifyLedger(service.orm)).toMatchObject({ ok: true });
  });
});
