import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { transact } from '../../db/client.ts';
import { facts } from '../../db/schema/index.ts';
import { requestCollection } from '../../services/guardrails/collection.pg.ts';
import { PoliciesCollected } from '../../services/guardrails/collection.schema.ts';
import { requestBody, startService, type TestService, until } from '../support/jetway.ts';

const ROOT_USER = { guardrails: ['AWS-GR_RESTRICT_ROOT_USER'] };
const ours = (policies: readonly { Name: string }[]) =>
  policies.map((p) => p.Name).filter((name) => /^jetway-[0-9a-f]{12}$/.test(name));

let jetway: TestService;
beforeAll(async () => {
  jetway = await startService();
}, 60_000);
afterAll(() => jetway?.close());

/** What the schedule does, now. @returns what the collection said */
async function collect() {
  const { orm } = jetway.database;
  const id = await transact(orm, (tx) => requestCollection(tx, new Date(), 1));
  let said: PoliciesCollected | undefined;
  await until(`${id} has said what it saw`, async () => {
    const rows = await orm.select().from(facts).where(eq(facts.type, 'PoliciesCollected'));
    said = rows.map((row) => PoliciesCollected.parse(row.data)).find((one) => one.collectionId === id);
    return said !== undefined;
  });
  return said!;
}
const known = (): string[] =>
  ours(jetway.cloud.call('organizations', 'ListPolicies', { Filter: 'SERVICE_CONTROL_POLICY' }).Policies);

it('a policy that no account has any more goes, but not while a request needs it', async () => {
  const asked = await jetway.order(requestBody('collected', ROOT_USER));
  const accountId = (await jetway.reachesActive(asked.id)).accountId as string;
  const attached = jetway.cloud.policiesOf(accountId).filter((p) => ours([p]).length > 0);
  const names = ours(attached).sort();
  expect(names.length).toBeGreaterThan(0);
  await collect();
  expect(await collect()).toMatchObject({ deleted: [], unattached: [], trouble: [] });

  for (const { Id } of attached) {
    jetway.cloud.call('organizations', 'DetachPolicy', { PolicyId: Id, TargetId: accountId });
  }
  const waiting = await jetway.submit(requestBody('waiting', ROOT_USER));
  const planned = (await jetway.plan(waiting.id)).guardrails.preventive.map((p) => p.policyName);
  expect(planned.sort()).toEqual(names);
  for (const _ of [1, 2, 3]) {
    const { deleted, unattached } = await collect();
    expect({ deleted, unattached: unattached.sort() }).toEqual({ deleted: [], unattached: names });
  }

  await jetway.decide(waiting, 'deny');
  await jetway.reaches(waiting.id, 'DENIED');
  expect((await collect()).deleted.sort()).toEqual(names);
  expect(known()).toEqual([]);
  const root = jetway.cloud.call('organizations', 'ListPolicies', { Filter: 'SERVICE_CONTROL_POLICY' });
  const left = (root.Policies as { Name: string }[]).map((p) => p.Name);
  expect(left).toEqual(expect.arrayContaining(['FullAWSAccess', 'jetway-root-fence', 'jetway-quarantine']));
}, 120_000);

it('a policy that was collected is made again for the next account', async () => {
  const asked = await jetway.order(requestBody('again', ROOT_USER));
  const { accountId } = await jetway.reachesActive(asked.id);
  expect(ours(jetway.cloud.policiesOf(accountId as string)).length).toBeGreaterThan(0);
}, 120_000);
