import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, expectProblem, openApp } from '../../test/support/http.ts';
import { askOf, person, type Vend } from '../../test/support/service.ts';
import type { Principal, Role } from '../access/principal.ts';

describe.each(databases)('decisions over HTTP on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database);
    await app.service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    app.comeFrom('127.0.0.1');
    await app.service.reset();
  });
  const requester = (team: string) => person(team, ['requester']);

  describe('a decision over REST', () => {
    const decide = (vend: Vend, who: Principal, body: object = {}) =>
      app.call('POST', `/v1/account-requests/${vend.requestId}/decisions`, {
        who,
        body: { decision: 'approve', planDigest: vend.planDigest, ...body },
      });
    const ben = (team: string, roles: Role[] = ['approver']) => person(team, roles, 'ben@example.com');

    it('is taken from an approver; the next one is told who was first', async () => {
      const vend = await app.service.submit();
      expect(await decide(vend, ben(vend.team))).toMatchObject({ status: 200, body: { status: 'QUEUED' } });
      const late = await decide(vend, person(vend.team, ['approver'], 'cem@example.com'), {
        decision: 'deny',
      });
      expectProblem(late, 409, 'already-decided');
      expect(late.body).toMatchObject({
        decidedBy: 'ben@example.com',
        decidedAt: expect.stringMatching(/Z$/),
      });
    });

    it('is refused for a malformed digest and for another one, for oneself and without the role', async () => {
      const vend = await app.service.submit();
      for (const planDigest of ['', 'sha256:abc', `sha256:${'G'.repeat(64)}`, `sha1:${'0'.repeat(64)}`]) {
        const answer = await decide(vend, ben(vend.team), { planDigest });
        expectProblem(answer, 422, 'validation');
        expect(answer.body.errors).toMatchObject([{ pointer: '/planDigest' }]);
      }
      const other = await decide(vend, ben(vend.team), { planDigest: `sha256:${'0'.repeat(64)}` });
      expectProblem(other, 422, 'plan-differs');
      expect(other.body.errors).toMatchObject([{ pointer: '/planDigest' }]);
      expectProblem(await decide(vend, ben(vend.team), { decision: 'maybe' }), 422);
      expectProblem(await decide(vend, ben(vend.team), { via: 'chat' }), 422);
      expectProblem(await decide(vend, person(vend.team, ['approver'])), 403, 'self-approval');
      expectProblem(await decide(vend, ben(vend.team, ['requester'])), 403, 'not-an-approver');
    });

    it('may be taken back until the account is being made', async () => {
      const vend = await app.service.submit();
      await decide(vend, ben(vend.team));
      const cancel = (who: Principal) =>
        app.call('POST', `/v1/account-requests/${vend.requestId}/cancel`, { who });
      expectProblem(await cancel(ben(vend.team)), 403, 'not-yours');
      await app.service.receive(askOf(vend, 'confirm-approval', 3));
      expectProblem(await cancel(requester(vend.team)), 409, 'too-late');
      expectProblem(
        await app.call('POST', `/v1/account-requests/${vend.requestId}/resume`, { who: ben(vend.team) }),
        403,
        'not-an-operator',
      );
      expectProblem(
        await app.call('POST', `/v1/account-requests/${vend.requestId}/resume`, {
          who: person('x', ['operator']),
        }),
        409,
        'not-quarantined',
      );
      const open = await app.service.submit();
      expect(
        await app.call('POST', `/v1/account-requests/${open.requestId}/cancel`, {
          who: requester(open.team),
        }),
      ).toMatchObject({ status: 202, body: { status: 'CANCELLED' } });
    });
  });
});
