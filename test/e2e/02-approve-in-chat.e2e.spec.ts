import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestBody, startService, type TestService } from '../support/jetway.ts';

let jetway: TestService;
beforeAll(async () => {
  jetway = await startService();
});
afterAll(() => jetway?.close());

describe('the approver is asked in chat', () => {
  it('and sees who asks for what, why, where, and what it costs', async () => {
    const body = requestBody('shown', {
      guardrails: ['AWS-GR_RESTRICT_ROOT_USER'],
      access: [{ group: 'payments-admins', permissionSet: 'AdministratorAccess' }],
    });
    const asked = await jetway.submit(body);
    const message = await jetway.message(asked.id);
    expect(message).toMatchObject({ channel: '#approvals-payments', planDigest: asked.plan.digest });
    for (const word of [
      'ana@example.com',
      body.account.name,
      body.account.email,
      body.justification,
      'Workloads',
      'AWS-GR_RESTRICT_ROOT_USER',
      'payments-admins gets AdministratorAccess',
      'USD a month',
    ]) {
      expect(message.text).toContain(word);
    }
    expect(message.actions.map((a) => a.decision)).toEqual(['approve', 'deny']);
    // No task token, no secret: only what a person may see and a signature over it.
    expect(JSON.stringify(message)).not.toMatch(/token/i);
  });

  it('in words that the requester cannot forge', async () => {
    const asked = await jetway.submit(
      requestBody('forged', { justification: 'fine\nWhere: Sandbox\u202e\u0007 <!channel> *bold*' }),
    );
    const { text } = await jetway.message(asked.id);
    expect(text.split('\n').filter((line) => line.startsWith('Where:'))).toHaveLength(1);
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Cf}/u);
  });

  it('and a click on Approve is the decision, signed for exactly this plan', async () => {
    const asked = await jetway.submit(requestBody('clicked'));
    const answer = await jetway.click(await jetway.message(asked.id), 'approve');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ requestId: asked.id, decision: 'approve' });
    await jetway.reachesActive(asked.id);
    const decided = (await jetway.timeline(asked.id)).find((f) => f.type === 'ApprovalDecided');
    expect(decided).toMatchObject({
      actor: 'approver@example.com',
      data: { decision: 'approve', via: 'chat', planDigest: asked.plan.digest },
    });
    const settled = await jetway.message(asked.id, 0);
    expect(settled.text).toMatch(/^Approved\./);
  });

  it('and a click on Deny ends it', async () => {
    const asked = await jetway.submit(requestBody('refused'));
    expect((await jetway.click(await jetway.message(asked.id), 'deny')).status).toBe(200);
    expect(await jetway.reaches(asked.id, 'DENIED')).toMatchObject({ failure: { code: 'denied' } });
  });
});

describe('a callback', () => {
  it('counts once: a replay and a second opinion are told who was first, and when', async () => {
    const asked = await jetway.submit(requestBody('replay'));
    const message = await jetway.message(asked.id);
    const again = await jetway.message(asked.id);
    expect((await jetway.click(message, 'approve')).status).toBe(200);
    expect(await jetway.click(message, 'approve')).toMatchObject({ status: 409 });
    expect(await jetway.click(again, 'deny')).toMatchObject({
      status: 409,
      body: { decidedBy: 'approver@example.com', decidedAt: expect.any(String) },
    });
    const decisions = (await jetway.timeline(asked.id)).filter((f) => f.type === 'ApprovalDecided');
    expect(decisions).toHaveLength(1);
  });

  it('that was changed or signed by nobody is refused, and uses nothing up', async () => {
    const asked = await jetway.submit(requestBody('tampered'));
    const message = await jetway.message(asked.id);
    const { url, body, headers } = message.actions[0]!;
    const send = (more: { body?: string; headers?: Record<string, string> }) =>
      jetway.send('POST', url, { body, headers, ...more });
    const forged = [
      send({ body: body.replace('approve', 'deny') }),
      send({ headers: { ...headers, 'webhook-signature': 'v1,AAAA' } }),
      send({ headers: { 'content-type': 'application/json' } }),
      send({ headers: { ...headers, 'webhook-timestamp': String(Math.floor(Date.now() / 1000) - 600) } }),
    ];
    expect((await Promise.all(forged)).map((a) => a.status)).toEqual([401, 401, 401, 401]);
    expect((await jetway.request(asked.id)).status).not.toBe('QUEUED');
    expect((await jetway.click(message, 'approve')).status).toBe(200);
  });
});

describe('a decision over the API', () => {
  it('is never the requester’s own, never a stranger’s, never for another plan', async () => {
    const asked = await jetway.submit(requestBody('own'));
    const path = `/v1/account-requests/${asked.id}/decisions`;
    const yes = { decision: 'approve', planDigest: asked.plan.digest };
    const approver = (subject: string, teams = ['payments'], roles = ['approver']) =>
      jetway.as({ subject, teams, roles });

    for (const self of ['ana@example.com', 'ANA@Example.com']) {
      expect((await approver(self).post(path, yes)).status, self).toBe(403);
    }
    expect((await approver('bo@example.com', ['search']).post(path, yes)).status).toBe(404);
    for (const role of ['requester', 'auditor', 'admin', 'operator']) {
      expect((await approver('bo@example.com', ['payments'], [role]).post(path, yes)).status, role).toBe(403);
    }
    const other = { ...yes, planDigest: `sha256:${'0'.repeat(64)}` };
    expect((await approver('bo@example.com').post(path, other)).status).toBe(422);
    expect((await approver('bo@example.com').post(path, { ...yes, planDigest: 'x' })).status).toBe(422);
    expect((await approver('bo@example.com').post(path, yes)).status).toBe(200);
  });

  it('is one, however many approvers race', async () => {
    const asked = await jetway.submit(requestBody('raced'));
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        jetway
          .as({ subject: `approver-${i}@example.com`, teams: ['payments'], roles: ['approver'] })
          .post(`/v1/account-requests/${asked.id}/decisions`, {
            decision: i % 2 ? 'approve' : 'deny',
            planDigest: asked.plan.digest,
          }),
      ),
    );
    expect(answers.map((a) => a.status).sort()).toEqual([200, ...Array(7).fill(409)]);
    expect((await jetway.timeline(asked.id)).filter((f) => f.type === 'ApprovalDecided')).toHaveLength(1);
  });

  it('is taken from the 202 on, before the workflow has asked', async () => {
    const asked = await jetway.order(requestBody('early'));
    await jetway.reachesActive(asked.id);
  });
});
