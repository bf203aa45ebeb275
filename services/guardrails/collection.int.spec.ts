import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { transact } from '../../db/client.ts';
import { accountRequests, outbox, requestViews } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { asOwner } from '../../test/support/owner.ts';
import { factOf, openService, type Service } from '../../test/support/service.ts';
import { PolicyCollectionInput } from '../../workflows/policy-collection/input.schema.ts';
import { requestCollection } from './collection.pg.ts';

const HOUR = 3_600_000;
const A = 'jetway-aaaaaaaaaaaa';
const B = 'jetway-bbbbbbbbbbbb';
const nobody = { requestId: '', planDigest: '' };

describe.each(databases)('collections of policies on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    await service.reset();
    await service.orm.delete(outbox).where(eq(outbox.kind, 'start-collection'));
  });

  const ask = () => transact(service.orm, (tx) => requestCollection(tx, service.clock.now(), HOUR));
  /** The inputs of what will be started, in the order of asking. */
  const started = async () =>
    (
      await service.orm.select().from(outbox).where(eq(outbox.kind, 'start-collection')).orderBy(outbox.id)
    ).map((row) => PolicyCollectionInput.parse(row.payload));
  const newest = async () => {
    service.clock.advance(HOUR);
    await ask();
    return (await started()).at(-1);
  };
  const said = (order: number, unattached: string[]) =>
    factOf(nobody, 'PoliciesCollected', order, {
      id: `policies-${order}:${order}`,
      requestId: undefined,
      planDigest: undefined,
      data: { collectionId: `policies-${order}`, deleted: [], unattached, trouble: [], left: 0 },
    });

  it('are asked for once in a period, by however many', async () => {
    const first = await ask();
    expect(await ask()).toBe(first);
    expect(await started()).toHaveLength(1);
    service.clock.advance(HOUR);
    expect(await ask()).not.toBe(first);
    expect(await started()).toHaveLength(2);
  });

  it('have what the newest one saw as candidates, whenever its word came', async () => {
    const at = service.clock.now().getTime();
    await service.receive(said(at + 2, [A]));
    await service.receive(said(at + 1, [B]));
    expect(await newest()).toMatchObject({ candidates: [A] });
    await service.receive(said(at + 3, []));
    expect(await newest()).toMatchObject({ candidates: [] });
  });

  it('keep the policies of every request that is under way, and of no other', async () => {
    await service.setSnapshot();
    const [{ requestId }, other] = [await service.submit(), await service.submit()];
    const plan = { guardrails: { preventive: [{ policyName: A }, { policyName: 'jetway-root-fence' }] } };
    const planned = (id: string, planText: object) =>
      asOwner(service.orm, (owner) =>
        owner
          .update(accountRequests)
          .set({ planText: JSON.stringify(planText) })
          .where(eq(accountRequests.id, id)),
      );
    const becomes = (status: string, terminal = false) =>
      service.orm.update(requestViews).set({ status, terminal }).where(eq(requestViews.requestId, requestId));
    await planned(requestId, plan);
    await planned(other.requestId, {
      change: { after: { policies: [{ policyName: B }, { policyName: B }] } },
    });
    for (const status of ['AWAITING_APPROVAL', 'QUEUED', 'ATTACHING_GUARDRAILS', 'QUARANTINED']) {
      await becomes(status);
      expect((await newest())?.keep).toEqual(expect.arrayContaining([A, B]));
    }
    await becomes('ACTIVE');
    expect((await newest())?.keep).not.toContain(A);
    await becomes('DENIED', true);
    const { keep = [] } = (await newest()) ?? {};
    expect(keep).not.toContain(A);
    expect(keep.filter((name) => name === B)).toEqual([B]);
  });
});
