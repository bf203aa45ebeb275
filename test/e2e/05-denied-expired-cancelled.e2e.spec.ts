import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RequestAnswer, requestBody, startService, type TestService, until } from '../support/jetway.ts';

const DAY = 86_400_000;

/** AWS time stands still here unless it is made to pass. */
let jetway: TestService;
beforeAll(async () => {
  jetway = await startService({ timeScale: 1, skippable: true });
});
afterAll(() => jetway?.close());

const becomes = (id: string, status: string) =>
  jetway.passUntil(`${id} is ${status}`, async () => (await jetway.request(id)).status === status);

/** No account, no call, no place taken, and the same words may be sent again. */
async function nothingWasMade(asked: RequestAnswer, body: object): Promise<void> {
  expect(jetway.accepted(asked.id)).toBe(0);
  expect(jetway.cloud.accountsWith(asked.account.email)).toEqual([]);
  const again = await jetway.as('ana').post('/v1/account-requests?dryRun=true', body);
  expect(again.status, JSON.stringify(again.body)).toBe(200);
}

describe('denied', () => {
  it('ends the request with the approver’s reason', async () => {
    const body = requestBody('denied');
    const asked = await jetway.submit(body);
    expect((await jetway.decide(asked, 'deny', 'use the shared account')).status).toBe(200);
    const { failure, status, steps } = await jetway.reaches(asked.id, 'DENIED');
    expect(status).toBe('DENIED');
    expect(failure).toMatchObject({
      code: 'denied',
      title: expect.any(String),
      detail: 'bo@example.com denied it: use the shared account',
      step: 'approval',
      retriable: false,
      nextAction: expect.any(String),
    });
    expect(steps.find((s) => s.name === 'approval')?.status).toBe('failed');
    expect((await jetway.decide(asked, 'approve')).status).toBe(409);
    await nothingWasMade(asked, body);
    await executionEnds(asked.id);
  });
});

describe('expired', () => {
  it('when nobody decides within the days that the plan gives, and never approved by itself', async () => {
    const body = requestBody('expired');
    const asked = await jetway.submit(body);
    await jetway.reaches(asked.id, 'AWAITING_APPROVAL');
    const { approvals } = await jetway.plan(asked.id);
    expect(approvals.expiresAfterSeconds).toBe(7 * 86_400);
    // A day is what the policy waits before it reminds; the rest of the week begins with the ask after that.
    jetway.skip(1.1 * DAY);
    await until('somebody is reminded', async () =>
      (await jetway.timeline(asked.id)).some((fact) => fact.type === 'ApprovalReminded'),
    );
    jetway.skip(5.8 * DAY);
    expect((await jetway.request(asked.id)).status).toBe('AWAITING_APPROVAL');
    jetway.skip(0.3 * DAY);
    const { failure } = await jetway.reaches(asked.id, 'EXPIRED');
    expect(failure).toMatchObject({ code: 'expired', step: 'approval', retriable: false });
    expect((await jetway.decide(asked, 'approve')).status).toBe(409);
    expect((await jetway.message(asked.id, 0)).text).toMatch(/^Nobody decided in time/);
    await nothingWasMade(asked, body);
  });
});

describe('cancelled', () => {
  const cancel = (asked: RequestAnswer, who: Parameters<TestService['as']>[0] = 'ana') =>
    jetway.as(who).post(`/v1/account-requests/${asked.id}/cancel`);

  it('before anybody decided', async () => {
    const body = requestBody('early');
    const asked = await jetway.submit(body);
    expect((await cancel(asked, 'approver')).status).toBe(403);
    expect((await cancel(asked)).status).toBe(202);
    const { failure } = await jetway.reaches(asked.id, 'CANCELLED');
    expect(failure).toMatchObject({ code: 'cancelled', detail: expect.stringContaining('ana@example.com') });
    expect((await cancel(asked)).status).toBe(409);
    expect((await jetway.decide(asked, 'approve')).status).toBe(409);
    await nothingWasMade(asked, body);
    await executionEnds(asked.id);
  });

  it('while it waits for a place; and too late once Service Catalog is about to be asked', async () => {
    jetway.aws.setLimit('accountOperations', 1);
    await reconcileInTime();
    const [busy, body] = [requestBody('busy'), requestBody('queued')];
    const first = await jetway.order(busy);
    await becomes(first.id, 'PROVISIONING');
    const second = await jetway.order(body);
    const waiting = await jetway.reaches(second.id, (r) => r.queuePosition === 1);
    expect(waiting.status).toBe('QUEUED');
    expect(await jetway.slots()).toEqual({ held: 1, waiting: 1 });

    expect((await cancel(second)).status).toBe(202);
    await jetway.reaches(second.id, 'CANCELLED');
    expect(await jetway.slots()).toEqual({ held: 1, waiting: 0 });
    await executionEnds(second.id);

    expect(await cancel(first)).toMatchObject({ status: 409, body: { title: expect.any(String) } });
    await becomes(first.id, 'ACTIVE');
    expect(jetway.accepted(first.id)).toBe(1);
    expect(await cancel(first)).toMatchObject({ status: 409 });
    expect(await jetway.slots()).toEqual({ held: 0, waiting: 0 });
    await nothingWasMade(second, body);
    jetway.aws.setLimit('accountOperations', 5);
  });
});

/** The workflow does not linger: its execution is over as well. */
async function executionEnds(id: string): Promise<void> {
  const executionArn = `arn:aws:states:us-east-1:111122223333:execution:account-vending:${id}`;
  await jetway.passUntil(
    `the execution of ${id} is over`,
    async () =>
      jetway.cloud.call('stepfunctions', 'DescribeExecution', { executionArn }).status === 'SUCCEEDED',
  );
}

async function reconcileInTime(): Promise<void> {
  const done = jetway.reconcile();
  let over = false;
  void done.then(() => {
    over = true;
  });
  await jetway.passUntil('the organization is read again', async () => over);
  await done;
}
