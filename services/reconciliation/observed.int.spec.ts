import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { transact } from '../../db/client.ts';
import {
  accountSnapshots,
  accounts,
  compliance,
  driftChecks,
  facts,
  organizationSnapshots,
  snapshotParts,
} from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { asOwner } from '../../test/support/owner.ts';
import { factOf, openService, type Service, waiting } from '../../test/support/service.ts';
import { vendedAccount } from '../../test/support/vended.ts';
import type { Incoming } from '../inbox/incoming.ts';
import { eventSample } from '../ledger/event-samples.fixture.ts';
import { requestReadings } from './account-readings.pg.ts';
import type { Part } from './assemble.ts';
import { partsOf } from './parts.fixture.ts';
import { requestReconcile } from './reconciliation.pg.ts';

const nobody = { requestId: '', planDigest: '' };
const SANDBOX = 'ou-ab12-sandboxes';

function messagesOf(snapshotId: string, parts: Part[]): Incoming[] {
  const say = (type: 'SnapshotPart' | 'SnapshotCompleted', order: number, data: Record<string, unknown>) =>
    factOf(nobody, type, order, {
      id: `${snapshotId}:${order}`,
      requestId: undefined,
      planDigest: undefined,
      data: { snapshotId, ...data },
    });
  return [
    ...parts.map((part, i) =>
      say('SnapshotPart', i + 1, { part: i + 1, kind: part.kind, value: part.value }),
    ),
    say('SnapshotCompleted', parts.length + 1, { parts: parts.length }),
  ];
}

type Seen = { id: string; email?: string; unit?: string; state?: string; name?: string };
type Product = { Id: string; Name: string; Status: string; PhysicalId?: string };

describe.each(databases)('what the reconciler finds on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  let next = 500_000_000_000;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    await service.reset();
    await asOwner(service.orm, (owner) => owner.delete(accountSnapshots));
    await service.orm.delete(organizationSnapshots);
    await service.setSnapshot();
  });

  const newId = () => String(next++);
  /** A reading of an organization with these accounts beside the three that it always has. */
  const partsWith = (seen: readonly Seen[], products: readonly Product[] = []): Part[] => [
    ...partsOf().filter(({ kind }) => kind !== 'provisioned-products'),
    ...seen.map(
      ({ id, email = `${id}@example.com`, unit = SANDBOX, state = 'ACTIVE', name = 'somebody' }): Part => ({
        kind: 'accounts',
        value: { ParentId: unit, Accounts: [{ Id: id, Name: name, Email: email, State: state }] },
      }),
    ),
    { kind: 'provisioned-products', value: { ProvisionedProducts: products } },
  ];
  const start = (when: 'unless-under-way' | 'anew' = 'anew') =>
    transact(service.orm, (tx) => requestReconcile(tx, service.ids, 'on demand', service.clock.now(), when));
  async function reconcile(parts: Part[]): Promise<void> {
    await service.receive(...messagesOf(await start(), parts));
  }
  const rowOf = async (id: string) =>
    (await service.orm.select().from(accounts).where(eq(accounts.accountId, id)))[0];
  const factsOf = async (id: string) =>
    (await service.orm.select().from(facts).where(eq(facts.accountId, id)).orderBy(facts.seq)).map(
      (f) => f.type,
    );

  describe('an account', () => {
    it('moves, is closed and leaves, and its row stays', async () => {
      const id = newId();
      await reconcile(partsWith([{ id }]));
      expect(await rowOf(id)).toMatchObject({
        status: 'ACTIVE',
        origin: 'FOREIGN',
        organizationalUnitId: SANDBOX,
      });
      await reconcile(partsWith([{ id, unit: 'ou-ab12-workloads', name: 'else' }]));
      expect(await rowOf(id)).toMatchObject({ organizationalUnitId: 'ou-ab12-workloads', name: 'else' });
      await reconcile(partsWith([{ id, unit: 'ou-ab12-workloads', name: 'else', state: 'PENDING_CLOSURE' }]));
      expect(await rowOf(id)).toMatchObject({ status: 'CLOSING' });
      await reconcile(partsWith([]));
      expect(await rowOf(id)).toMatchObject({ status: 'CLOSING' });
      await reconcile(partsWith([]));
      expect(await rowOf(id)).toMatchObject({ status: 'DEPARTED', name: 'else' });
      expect(await factsOf(id)).toEqual([
        'AccountJoined',
        'AccountClassified',
        'AccountMoved',
        'AccountRenamed',
        'AccountStateChanged',
        'AccountLeft',
      ]);
    });

    it('that an older reading saw elsewhere stays where the newer one saw it', async () => {
      const id = newId();
      await reconcile(partsWith([{ id }]));
      const older = await start();
      const newer = await start();
      await service.receive(...messagesOf(newer, partsWith([{ id }])));
      await service.receive(...messagesOf(older, partsWith([{ id, unit: 'ou-ab12-workloads' }])));
      expect(await rowOf(id)).toMatchObject({ organizationalUnitId: SANDBOX });
      expect(await factsOf(id)).not.toContain('AccountMoved');
    });

    it('that is read twice is told once', async () => {
      const id = newId();
      const snapshotId = await start();
      const messages = messagesOf(snapshotId, partsWith([{ id }]));
      await service.receive(...messages, ...messages);
      for (const message of messages) await service.receive(message);
      await reconcile(partsWith([{ id }]));
      expect(await factsOf(id)).toEqual(['AccountJoined', 'AccountClassified']);
    });

    it('of ours that has left is not called alive by its request, after the next run', async () => {
      const { accountId: id, body } = await vendedAccount(service);
      const seen = { id, email: body.account.email, name: body.account.name };
      await reconcile(partsWith([seen]));
      expect(await rowOf(id)).toMatchObject({ status: 'ACTIVE', origin: 'VENDED' });
      await reconcile(partsWith([]));
      await reconcile(partsWith([]));
      expect(await rowOf(id)).toMatchObject({
        status: 'DEPARTED',
        origin: 'VENDED',
        requestId: expect.any(String),
      });
      await service.orm.update(accounts).set({ status: 'ACTIVE' }).where(eq(accounts.accountId, id));
      await reconcile(partsWith([]));
      expect(await rowOf(id)).toMatchObject({ status: 'DEPARTED' });
      await reconcile(partsWith([seen]));
      expect(await rowOf(id)).toMatchObject({ status: 'ACTIVE', origin: 'VENDED' });
    });
  });

  it('says where every account comes from: one of four', async () => {
    const vended = await vendedAccount(service);
    const asked = await service.submit();
    const lost = await service.submit();
    const [orphan, addressed, adopted, foreign] = [newId(), newId(), newId(), newId()];
    await reconcile(
      partsWith(
        [
          { id: vended.accountId, email: vended.body.account.email },
          { id: orphan },
          { id: addressed, email: lost.body.account.email.toUpperCase() },
          { id: adopted },
          { id: foreign },
        ],
        [
          {
            Id: 'pp-1',
            Name: `jetway-${vended.requestId}`,
            Status: 'AVAILABLE',
            PhysicalId: vended.accountId,
          },
          { Id: 'pp-2', Name: `jetway-${asked.requestId}`, Status: 'TAINTED', PhysicalId: orphan },
          { Id: 'pp-3', Name: 'by-hand', Status: 'AVAILABLE', PhysicalId: adopted },
        ],
      ),
    );
    const origins = await Promise.all(
      [vended.accountId, orphan, addressed, adopted, foreign].map(async (id) => (await rowOf(id))?.origin),
    );
    expect(origins).toEqual(['VENDED', 'ORPHAN', 'ORPHAN', 'ADOPTED', 'FOREIGN']);
    // The request hears of its account after all.
    await service.orm.update(accounts).set({ origin: 'VENDED' }).where(eq(accounts.accountId, orphan));
    expect(await factsOf(orphan)).toContain('ProductChanged');
  });

  it('asks for a look for drift where something was lost', async () => {
    const { accountId: id, body } = await vendedAccount(service);
    const unit = 'ou-ab12-workloads';
    const seen = { id, unit, email: body.account.email };
    await reconcile(partsWith([seen]));
    const due = async () =>
      (await service.orm.select().from(driftChecks).where(eq(driftChecks.accountId, id)))[0]?.dueAt ?? null;
    expect(await due()).toBeNull();
    const without = partsWith([seen]).map((part): Part => {
      const value = part.value as { Id?: string; EnabledControls: { controlIdentifier: string }[] };
      if (part.kind !== 'unit' || value.Id !== unit) return part;
      return { kind: 'unit', value: { ...value, EnabledControls: value.EnabledControls.slice(1) } };
    });
    await reconcile(without);
    expect(await due()).not.toBeNull();
    const [gone] = await service.orm.select().from(facts).where(eq(facts.type, 'ControlDisabled'));
    expect(gone?.data).toMatchObject({ targetId: unit });
  });

  describe('in an account of ours', () => {
    let id: string;
    let vend: Awaited<ReturnType<typeof vendedAccount>>;
    beforeEach(async () => {
      vend = await vendedAccount(service);
      id = vend.accountId;
    });
    const ORDERING = '2026-03-04T09:00:00.123Z';
    const result = (ResourceId: string, more: object = {}) => ({
      Rule: 'jetway-x',
      ResourceType: 'AWS::S3::Bucket',
      ResourceId,
      Ordering: ORDERING,
      Compliance: 'NON_COMPLIANT',
      ...more,
    });
    const read = (results: unknown[], readFrom: string): Part[] => [
      { kind: 'account', value: { AccountId: id, Region: 'us-east-1', ReadFrom: readFrom } },
      { kind: 'account-policies', value: { Policies: [{ Id: 'p-1', Name: 'jetway-1' }] } },
      { kind: 'account-stacks', value: { Stacks: [{ Name: 'jetway-vpc', Status: 'CREATE_COMPLETE' }] } },
      {
        kind: 'account-instances',
        value: { StackSetName: 'jetway-s', Instances: [{ Region: 'eu-west-1', Status: 'CURRENT' }] },
      },
      { kind: 'account-compliance', value: { Results: results } },
    ];
    const ask = async (reason = 'on demand') =>
      (await transact(service.orm, (tx) => requestReadings(tx, reason, service.clock.now()))).find((one) =>
        one.includes(id),
      );
    const findings = async () =>
      service.orm
        .select()
        .from(compliance)
        .where(and(eq(compliance.accountId, id), eq(compliance.rule, 'jetway-x')));

    it('a reading is asked for once while one is under way, and not again for a while on schedule', async () => {
      const first = (await ask())!;
      expect(await waiting(service.orm)).toContain(`start-account-reading:${first}`);
      expect(await ask()).toBeUndefined();
      await service.receive(...messagesOf(first, read([], '2026-03-04T10:00:00.000Z')));
      expect(await ask('schedule')).toBeUndefined();
      expect(await ask()).toBeDefined();
      service.clock.advance(61 * 60_000);
      expect(await ask(), 'the one before was lost').toBeDefined();
    });

    it('an evaluation is one fact, by event and by reading, and one row', async () => {
      const event = eventSample('config.RulesComplianceChange.NON_COMPLIANT');
      const detail = {
        ...event.detail,
        awsAccountId: id,
        awsRegion: 'us-east-1',
        configRuleName: 'jetway-x',
        resourceType: 'AWS::S3::Bucket',
        resourceId: 'heard',
        newEvaluationResult: {
          complianceType: 'NON_COMPLIANT',
          evaluationResultIdentifier: { orderingTimestamp: ORDERING },
        },
      };
      const heard: Incoming = {
        kind: 'event',
        envelope: { ...event, id: randomUUID(), account: id, region: 'us-east-1', detail },
      };
      const reading = (await ask())!;
      const messages = messagesOf(
        reading,
        read([result('heard'), result('read')], '2026-03-04T10:00:00.000Z'),
      );
      await service.receive(heard);
      await service.receive(...messages);
      await service.receive({ ...heard, envelope: { ...heard.envelope, id: randomUUID() } });
      for (const message of messages) await service.receive(message);
      expect((await factsOf(id)).filter((type) => type === 'ComplianceChanged')).toHaveLength(2);
      expect((await findings()).map((f) => [f.resourceId, f.status, f.version]).sort()).toEqual(
        ['heard', 'read'].map((one) => [one, 'NON_COMPLIANT', Date.parse(ORDERING)]),
      );
    });

    it('what Config does not know any more is NOT_APPLICABLE; what is gone is told', async () => {
      await service.receive(...messagesOf((await ask())!, read([result('a')], '2026-03-04T10:00:00.000Z')));
      const [whole, ...rest] = read([], '2026-03-04T11:00:00.000Z');
      const none = rest.map(({ kind, value }) => ({
        kind,
        value: { ...(value as object), Policies: [], Stacks: [], Instances: [] },
      }));
      await service.receive(...messagesOf((await ask())!, [whole!, ...none]));
      expect(await findings()).toMatchObject([
        { status: 'NOT_APPLICABLE', version: Date.parse('2026-03-04T11:00:00.000Z') },
      ]);
      expect((await factsOf(id)).slice(-4)).toEqual([
        'PolicyDetached',
        'StackInstanceChanged',
        'StackChanged',
        'ComplianceChanged',
      ]);
    });

    it('one that ends after a newer one has ended says nothing any more', async () => {
      const older = (await ask())!;
      service.clock.advance(61 * 60_000);
      const newer = (await ask())!;
      await service.receive(...messagesOf(newer, read([result('a')], '2026-03-04T11:00:00.000Z')));
      await service.receive(...messagesOf(older, read([result('b')], '2026-03-04T10:00:00.000Z')));
      expect((await findings()).map((f) => f.resourceId)).toEqual(['a']);
      expect(
        await service.orm.select().from(snapshotParts).where(eq(snapshotParts.snapshotId, older)),
      ).toEqual([]);
    });

    it('one that failed, or that makes no sense, leaves everything as it was', async () => {
      const failed = (await ask())!;
      const failure = factOf(nobody, 'SnapshotFailed', 3, {
        id: `${failed}:3`,
        requestId: undefined,
        data: { snapshotId: failed, error: 'States.TaskFailed', cause: 'not authorized' },
      });
      await service.receive(failure, failure);
      const reasons = async () => (await service.orm.select().from(accountSnapshots)).map((s) => s.failure);
      expect(await reasons()).toContain('States.TaskFailed: not authorized');
      const wrong = (await ask())!;
      const [whole, ...rest] = read([result('a')], '2026-03-04T10:00:00.000Z');
      const other = { ...whole!, value: { ...(whole!.value as object), AccountId: '999999999999' } };
      await service.receive(...messagesOf(wrong, [other, ...rest]));
      expect(await reasons()).toContain(`the snapshot is not one of account ${id}`);
      expect(await findings()).toEqual([]);
    });
  });

  it('two thousand accounts are one run, and a second one finds nothing', async () => {
    const many = Array.from({ length: 2_000 }, () => newId());
    const parts: Part[] = [
      ...partsOf(),
      ...Array.from({ length: 10 }, (_, page): Part => {
        const Accounts = many
          .slice(page * 200, page * 200 + 200)
          .map((Id) => ({ Id, Name: 'a', Email: `${Id}@example.com`, State: 'ACTIVE' }));
        return { kind: 'accounts', value: { ParentId: SANDBOX, Accounts } };
      }),
    ];
    await reconcile(parts);
    const [row] = await service.orm.select().from(accounts).where(eq(accounts.accountId, many[1_999]!));
    expect(row).toMatchObject({ status: 'ACTIVE', origin: 'FOREIGN' });
    await reconcile(parts);
    const told = await service.orm.select({ id: facts.id }).from(facts).where(eq(facts.accountId, many[0]!));
    expect(told).toHaveLength(2);
  }, 120_000);
});
