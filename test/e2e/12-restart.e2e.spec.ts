import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { requestBody, startService, type TestService } from '../support/jetway.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'jetway-restart-'));
let jetway: TestService | undefined;
afterAll(async () => {
  await jetway?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const start = async () => {
  jetway = await startService({ dataDir, timeScale: 400 });
  return jetway;
};

it('ended and started again on the same folder, everything goes on where it was', async () => {
  const first = await start();
  const undecided = await first.submit(requestBody('undecided'));
  await first.message(undecided.id);
  const asked = await first.order(requestBody('restart', { guardrails: ['AWS-GR_RESTRICTED_SSH'] }));
  await first.reaches(asked.id, 'PROVISIONING');
  const plan = await first.plan(asked.id);
  const accepted = first.accepted(asked.id);
  await first.close();

  const second = await start();
  expect(await second.plan(asked.id)).toEqual(plan);
  expect((await second.request(undecided.id)).status).toBe('AWAITING_APPROVAL');
  await second.reaches(asked.id, (r) => ['APPLYING_BLUEPRINT', 'ATTACHING_GUARDRAILS'].includes(r.status));
  await second.close();

  const third = await start();
  const done = await third.reachesActive(asked.id);
  expect(accepted + second.accepted(asked.id) + third.accepted(asked.id)).toBe(1);
  expect(third.cloud.accountsWith(asked.account.email)).toMatchObject([{ Id: done.accountId }]);
  expect(third.cloud.isFenced(done.accountId!)).toBe(false);
  expect((await third.as('operator').get('/v1/ledger/verify')).body).toMatchObject({ ok: true });

  // A click on a message that was posted two lives ago.
  expect((await third.click(await third.message(undecided.id), 'approve')).status).toBe(200);
  await third.reachesActive(undecided.id);
  expect(third.cloud.vendedAccounts()).toHaveLength(2);
}, 120_000);

it('a second service on the same folder is refused while the first runs', async () => {
  await expect(startService({ dataDir })).rejects.toThrow(/another|in use|already/i);
});
