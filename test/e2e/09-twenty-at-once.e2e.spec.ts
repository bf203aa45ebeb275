import { afterAll, beforeAll, expect, it } from 'vitest';
import { requestBody, startService, type TestService } from '../support/jetway.ts';

let jetway: TestService;
beforeAll(async () => {
  // Twenty minutes of AWS take six tenths of a second: long enough for account operations to overlap.
  jetway = await startService({ timeScale: 2_000 });
});
afterAll(() => jetway?.close());

it('twenty requests at once are twenty accounts, five at a time, and nobody is stuck', async () => {
  const teams = ['payments', 'search', 'mobile', 'analytics'];
  const bodies = Array.from({ length: 20 }, (_, i) => requestBody('many', { team: teams[i % teams.length] }));
  const asked = await Promise.all(bodies.map((body) => jetway.order(body)));

  const done = await Promise.all(asked.map(({ id }) => jetway.reachesActive(id, 240_000)));

  expect(new Set(done.map((r) => r.accountId)).size).toBe(20);
  expect(jetway.cloud.vendedAccounts()).toHaveLength(20);
  for (const { id, account } of asked) {
    expect(jetway.accepted(id)).toBe(1);
    expect(jetway.cloud.accountsWith(account.email)).toHaveLength(1);
  }
  // As Service Catalog counted them: they did overlap, and never more than the quota.
  expect(jetway.watch.mostOperations()).toBeGreaterThan(1);
  expect(jetway.watch.mostOperations()).toBeLessThanOrEqual(5);
  expect(await jetway.slots()).toEqual({ held: 0, waiting: 0 });
  expect((await jetway.as('operator').get('/v1/ledger/verify')).body).toMatchObject({ ok: true });
}, 300_000);

it('a batch of one team does not hold up another', async () => {
  jetway.aws.setLimit('accountOperations', 2);
  await jetway.reconcile();
  const flood = await Promise.all(
    Array.from({ length: 6 }, () => jetway.submit(requestBody('flood', { team: 'big' }))),
  );
  for (const one of flood) await jetway.decide(one, 'approve');
  // Approved last, when the flood holds every place and fills the queue.
  const small = await jetway.order(requestBody('small', { team: 'small' }));
  const all = [...flood, small];
  await Promise.all(all.map(({ id }) => jetway.reachesActive(id, 120_000)));
  const admitted = await Promise.all(
    all.map(async ({ id }) => (await jetway.timeline(id)).find((f) => f.type === 'AdmissionGranted')!.seq),
  );
  const place = [...admitted].sort((a, b) => a - b).indexOf(admitted.at(-1)!);
  expect(place).toBeLessThan(5);
  expect(jetway.watch.mostOperations()).toBeLessThanOrEqual(5);
}, 180_000);
