import { expect } from 'vitest';
import { type RequestAnswer, type TestService, until } from './jetway.ts';

/**
 * A vend that stopped after the point of no return: it says so in full, holds no place, was asked of Service Catalog
 * once, and whatever account there is has its door shut.
 */
export async function expectQuarantined(
  jetway: TestService,
  asked: RequestAnswer,
  accounts: 0 | 1,
): Promise<RequestAnswer> {
  const stopped = await jetway.reaches(asked.id, 'QUARANTINED');
  expect(stopped.failure).toEqual({
    code: expect.stringMatching(/-failed$/),
    title: expect.any(String),
    detail: expect.stringMatching(/\w{3}/),
    step: expect.any(String),
    retriable: true,
    nextAction: expect.stringMatching(/\.$/),
  });
  expect(stopped.steps.filter((s) => s.status === 'failed')).toHaveLength(1);
  expect(jetway.accepted(asked.id)).toBe(1);
  const found = jetway.cloud.accountsWith(asked.account.email);
  expect(found).toHaveLength(accounts);
  for (const { Id } of found) {
    expect(stopped.accountId).toBe(Id);
    expect(jetway.cloud.isFenced(Id)).toBe(true);
    expect(jetway.cloud.policiesOf(Id).map((p) => p.Name)).toContain('jetway-quarantine');
    expect(jetway.cloud.assignmentsOf(Id)).toEqual([]);
  }
  expect((await jetway.slots()).held).toBe(0);
  return stopped;
}

/** Resumed, it ends as if nothing had happened: one account, in its unit, open to its people. */
export async function expectRepaired(jetway: TestService, asked: RequestAnswer): Promise<RequestAnswer> {
  const { status, body } = await jetway.resume(asked.id);
  expect(status, JSON.stringify(body)).toBe(202);
  const done = await jetway.reachesActive(asked.id);
  expect(done.failure).toBeUndefined();
  const [account, ...more] = jetway.cloud.accountsWith(asked.account.email);
  expect(more).toEqual([]);
  expect(done.accountId).toBe(account?.Id);
  expect(jetway.cloud.parentOf(account!.Id)).toBe(asked.account.organizationalUnitId);
  // A second fence may have gone up by the event; it comes down with the end of the vend.
  await until('the account is open', () => !jetway.cloud.isFenced(account!.Id));
  expect(jetway.cloud.productOf(asked.id)).toMatchObject({ Status: 'AVAILABLE' });
  expect(jetway.accepted(asked.id)).toBe(1);
  expect(await jetway.slots()).toEqual({ held: 0, waiting: 0 });
  return done;
}
