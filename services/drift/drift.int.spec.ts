import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { transact } from '../../db/client.ts';
import { accounts, compliance, driftChecks } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { attachGuardrails } from '../../test/support/guardrails.ts';
import { newAccountId } from '../../test/support/messages.ts';
import { factOf, openService, type Service, waiting } from '../../test/support/service.ts';
import type { Incoming } from '../inbox/incoming.ts';
import { accountCompliance } from '../ledger/account-compliance.pg.ts';
import { eventSample } from '../ledger/event-samples.fixture.ts';
import { listCompliance } from '../ledger/findings.pg.ts';
import { factsOfAccounts } from '../ledger/ledger.pg.ts';
import { complianceSummary } from '../ledger/summary.pg.ts';
import { driftChecked, openedGroup, stackFound } from './check.fixture.ts';
import type { DriftChecked } from './check.schema.ts';
import { driftInput, requestCheck, requestDueChecks } from './schedule.pg.ts';

const HOUR = 3_600_000;
const pace = { everyMs: 5 * 60_000, afterMs: 24 * HOUR };
const auditor = { subject: 'audit', teams: [], roles: ['auditor'] as const };
const nobody = { requestId: '', planDigest: '' };

const said = (accountId: string, order: number, changes: Partial<DriftChecked> = {}): Incoming =>
  factOf(nobody, 'DriftChecked', order, {
    id: `drift-${accountId}-${order}:${order}`,
    requestId: undefined,
    planDigest: undefined,
    accountId,
    data: driftChecked(changes),
  });
const drifted = { stacks: [stackFound({ resources: [openedGroup], changed: 1 })] };
const detached = { policies: [{ ...driftChecked().policies[0]!, state: 'MISSING' as const }] };

describe.each(databases)('drift on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let service: Service;
  let account: string;
  beforeAll(async () => {
    opened = await open();
    service = openService(opened.database);
    await service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    await service.reset();
    account = await vended();
  });

  /** An account that was vended, with a plan. */
  async function vended(createdAt = service.clock.now(), status = 'ACTIVE'): Promise<string> {
    const accountId = newAccountId();
    const { requestId } = await service.submit();
    await service.orm.insert(accounts).values({
      accountId,
      name: accountId,
      email: `${accountId}@example.com`,
      emailCanonical: `${accountId}@example.com`,
      organizationalUnitId: 'ou-ab12-workloads',
      team: 'payments',
      status,
      origin: 'VENDED',
      requestId,
      createdAt,
      updatedAt: createdAt,
    });
    await attachGuardrails(
      service.orm,
      [
        { accountId, control: 'AWS-GR_REGION_DENY', kind: 'preventive', carrier: 'p-1' },
        { accountId, control: 'AWS-GR_ENCRYPTED_VOLUMES', kind: 'detective', carrier: 'jetway-volumes' },
      ],
      0,
    );
    return accountId;
  }
  const rows = async () =>
    (await service.orm.select().from(compliance).where(eq(compliance.accountId, account)))
      .map(({ accountId: _, ...row }) => row)
      .sort((a, b) => (a.resourceId < b.resourceId ? -1 : 1));
  const types = async () => (await factsOfAccounts(service.orm, [account])).map((f) => f.type);
  const asked = async () => (await waiting(service.orm)).filter((key) => key.startsWith('start-drift:'));
  const checkId = async () =>
    (await service.orm.select().from(driftChecks).where(eq(driftChecks.accountId, account)))[0]?.checkId ??
    '';
  /** What the look that was asked for last says, as its execution names it. */
  const ofLook = async (order: number, changes: Partial<DriftChecked> = {}, id?: string): Promise<Incoming> =>
    factOf(nobody, 'DriftChecked', order, {
      id: `${id ?? (await checkId())}:${order}`,
      requestId: undefined,
      planDigest: undefined,
      accountId: account,
      data: driftChecked(changes),
    });
  const ended = async (order: number) => service.receive(await ofLook(order));

  describe('what a look found', () => {
    it('is in the compliance of the account until a later look finds it gone', async () => {
      await service.receive(said(account, 1_000, { ...drifted, ...detached }));
      expect(await rows()).toMatchObject([
        { rule: 'jetway:control-missing', control: 'AWS-GR_REGION_DENY', status: 'NON_COMPLIANT' },
        { rule: 'jetway:control-missing', control: 'AWS-GR_RESTRICT_ROOT_USER', status: 'NON_COMPLIANT' },
        {
          rule: 'jetway:stack-drift',
          resourceId: 'jetway-vpc/Group',
          status: 'NON_COMPLIANT',
          control: null,
        },
      ]);
      const { items, drift } = await accountCompliance(service.orm, auditor, account, service.clock.now());
      expect(items.map((i) => `${i.control} ${i.status}`)).toEqual([
        'AWS-GR_ENCRYPTED_VOLUMES UNKNOWN',
        'AWS-GR_REGION_DENY NON_COMPLIANT',
      ]);
      expect(drift).toMatchObject({ status: 'DRIFTED', stacks: [{ resourceId: 'jetway-vpc/Group' }] });
      await service.receive(said(account, 2_000));
      expect((await rows()).map((r) => r.status)).toEqual(['COMPLIANT', 'COMPLIANT', 'COMPLIANT']);
      const later = await accountCompliance(service.orm, auditor, account, service.clock.now());
      expect(later.items.map((i) => i.status)).toEqual(['UNKNOWN', 'COMPLIANT']);
      expect(later.drift).toMatchObject({ status: 'IN_SYNC', couldNotRead: [] });
      expect(await types()).toEqual([
        'DriftChecked',
        ...Array.from({ length: 3 }, () => ['DriftDetected', 'ComplianceChanged']).flat(),
        'DriftChecked',
        ...Array.from({ length: 3 }, () => 'ComplianceChanged'),
      ]);
    });

    it('is counted', async () => {
      const count = async () =>
        (await complianceSummary(service.orm, auditor, () => 'mandatory', { now: service.clock.now() }))
          .compliance;
      const before = await count();
      await service.receive(said(account, 1_000, drifted));
      expect(await count()).toEqual({
        ...before,
        unknown: before.unknown - 1,
        nonCompliant: before.nonCompliant + 1,
      });
      const { items } = await listCompliance(
        service.orm,
        auditor,
        { status: 'NON_COMPLIANT', limit: 50 },
        service.clock.now(),
      );
      expect(items.filter((i) => i.accountId === account)).toMatchObject([
        { rule: 'jetway:stack-drift', resourceType: 'AWS::EC2::SecurityGroup' },
      ]);
      await service.receive(said(account, 2_000));
      expect(await count()).toEqual(before);
    });

    it('comes to the same in every order, doubled, one by one and together', async () => {
      const looks: [order: number, changes: Partial<DriftChecked>][] = [
        [1_000, { ...drifted, ...detached }],
        [2_000, { stacks: [stackFound({ state: 'UNKNOWN', why: 'denied' })] }],
        [3_000, { trouble: [{ area: 'policies', error: 'x', cause: '' }] }],
      ];
      const outcomes = [];
      for (const order of [
        [0, 1, 2],
        [2, 1, 0],
        [1, 2, 0, 0, 1],
        [2, 0, 1, 2],
      ]) {
        for (const together of [false, true]) {
          account = await vended();
          const messages = order.map((i) => said(account, looks[i]![0], looks[i]![1]));
          if (together) await service.receive(...messages);
          else for (const message of messages) await service.receive(message);
          const [known] = await service.orm
            .select()
            .from(driftChecks)
            .where(eq(driftChecks.accountId, account));
          outcomes.push(
            JSON.stringify([
              (await rows()).map(({ key: _, ...row }) => row),
              known?.status,
              known?.version,
              known?.trouble,
            ]).replaceAll(account, 'A'),
          );
        }
      }
      expect(new Set(outcomes).size).toBe(1);
    });

    it('says what could not be read', async () => {
      await service.receive(
        said(account, 1_000, { stacks: [stackFound({ state: 'UNKNOWN', why: 'denied' })] }),
      );
      const { drift } = await accountCompliance(service.orm, auditor, account, service.clock.now());
      expect(drift).toMatchObject({
        status: 'UNKNOWN',
        couldNotRead: [{ what: 'stack jetway-vpc', why: 'denied' }],
      });
    });

    it('is not overruled by a Config rule with one of our names', async () => {
      await service.receive(said(account, 1_000, drifted));
      const event = eventSample('config.RulesComplianceChange.COMPLIANT');
      const detail = {
        ...event.detail,
        awsAccountId: account,
        configRuleName: 'jetway:stack-drift',
        resourceId: 'jetway-vpc/Group',
      };
      await service.receive({ kind: 'event', envelope: { ...event, id: randomUUID(), account, detail } });
      expect(await rows()).toMatchObject([{ status: 'NON_COMPLIANT' }]);
    });
  });

  describe('looks', () => {
    it('are asked for when the last one is old, the oldest first, few at a time', async () => {
      const now = service.clock.now();
      const old = await vended(new Date(now.getTime() - 30 * HOUR));
      const oldest = await vended(new Date(now.getTime() - 40 * HOUR));
      await vended(new Date(now.getTime() - 90 * HOUR), 'QUARANTINED');
      const due = () => transact(service.orm, (tx) => requestDueChecks(tx, service.clock.now(), pace));
      expect(await due()).toEqual([expect.stringContaining(oldest)]);
      expect(await due()).toEqual([expect.stringContaining(old)]);
      expect(await due()).toEqual([]);
      expect(await asked()).toHaveLength(2);
    });

    it('are one at a time, and lost ones are given up', async () => {
      const ask = () => transact(service.orm, (tx) => requestCheck(tx, account, service.clock.now()));
      const first = await ask();
      expect(await ask()).toBe(first);
      expect(await asked()).toHaveLength(1);
      service.clock.advance(2 * HOUR);
      const second = await ask();
      expect(second).not.toBe(first);
      await ended(1_000);
      expect(await ask()).not.toBe(second);
      const closed = await vended(service.clock.now(), 'CLOSED');
      expect(
        await transact(service.orm, (tx) => requestCheck(tx, closed, service.clock.now())),
      ).toBeUndefined();
    });

    it('compare with the plan that the account was made by', async () => {
      const input = await driftInput(service.orm, 'drift-1', account);
      expect(input.stacks.map((s) => s.stackName)).toContain('jetway-execution-role');
      expect(input.unitArn).toContain(input.unitId);
      await expect(driftInput(service.orm, 'drift-1', '000000000000')).rejects.toThrow('no plan');
    });

    /** CloudFormation says that the detection found drift: just now, in whole seconds. */
    const event = (detectionId: string, time = service.clock.now()): Incoming => {
      const envelope = eventSample('cloudformation.DriftDetectionStatusChange.DRIFTED');
      const detail = { ...envelope.detail, 'stack-drift-detection-id': detectionId };
      const seconds = `${time.toISOString().slice(0, 19)}Z`;
      return {
        kind: 'event',
        envelope: { ...envelope, id: randomUUID(), account, time: seconds, detail },
      };
    };
    const looked = (order: number, ...detections: string[]) =>
      ofLook(order, { stacks: [stackFound({ resources: [openedGroup], changed: 1, detections })] });

    it('are asked for by an event, but not by the events of a look', async () => {
      await service.receive(event('first'));
      expect(await asked()).toHaveLength(1);
      // Its own detections: while it runs, together with its end, and late.
      await service.receive(event('own-1'));
      await service.receive(event('own-2'), await looked(1_000, 'own-1', 'own-2', 'own-3'));
      await service.receive(event('own-3'));
      expect(await asked()).toHaveLength(1);
    });

    it('are asked for by an event in the very second in which a look ended', async () => {
      await service.receive(event('first'));
      service.clock.advance(900);
      await service.receive(await looked(1_000, 'own'));
      service.clock.advance(50);
      await service.receive(event('another'));
      expect(await asked()).toHaveLength(2);
      // What it was asked for is seen by this look.
      await service.receive(await looked(2_000, 'own-2'));
      expect(await asked()).toHaveLength(2);
    });

    it('are asked for again, once, when others found drift while one was under way', async () => {
      await service.receive(event('first'));
      service.clock.advance(5_000);
      await service.receive(event('own'), event('another'), event('a-third'));
      expect(await asked()).toHaveLength(1);
      await service.receive(await looked(1_000, 'own'));
      expect(await asked()).toHaveLength(2);
      await service.receive(event('own-2'), await looked(2_000, 'own-2'));
      expect(await asked()).toHaveLength(2);
    });

    it('are asked for by an event when one that is under way was lost', async () => {
      await service.receive(event('first'));
      service.clock.advance(2 * HOUR);
      await service.receive(event('another'));
      expect(await asked()).toHaveLength(2);
    });

    it('are not ended by one that was given up for lost and ends late, or each would ask for the next, for ever', async () => {
      const found = (detections: string[]) => ({
        stacks: [stackFound({ resources: [openedGroup], changed: 1, detections })],
      });
      await service.receive(event('first'));
      const lost = await checkId();
      service.clock.advance(2 * HOUR);
      await service.receive(event('another'));
      expect(await asked()).toHaveLength(2);
      // The late end, while the second look is under way; then what that one detects, and its end.
      await service.receive(await ofLook(1_000, found(['own-1']), lost));
      service.clock.advance(5_000);
      await service.receive(event('own-1'), event('own-2'));
      await service.receive(await ofLook(2_000, found(['own-2'])));
      await service.receive(event('own-2'));
      expect(await asked()).toHaveLength(2);
    });

    it('are asked for again when something happened while one was under way', async () => {
      const tower = eventSample('controltower.DriftDetected');
      const detail = { driftType: 'X', accountId: account };
      const say = (time: Date): Promise<void> =>
        service.receive({
          kind: 'event',
          envelope: { ...tower, id: randomUUID(), time: time.toISOString(), detail },
        });
      await say(service.clock.now());
      expect(await asked()).toHaveLength(1);
      service.clock.advance(5_000);
      // It happened before the look was asked for: the look sees it.
      await say(new Date(service.clock.now().getTime() - 60_000));
      await ended(1_000);
      expect(await asked()).toHaveLength(1);
      await transact(service.orm, (tx) => requestCheck(tx, account, service.clock.now()));
      await say(service.clock.now());
      expect(await asked()).toHaveLength(2);
      await ended(2_000);
      expect(await asked()).toHaveLength(3);
    });

    it('are asked for wherever a unit’s controls or a policy may have drifted', async () => {
      const tower = eventSample('controltower.DriftDetected');
      const say = (detail: object) =>
        service.receive({
          kind: 'event',
          envelope: {
            ...tower,
            id: randomUUID(),
            time: service.clock.now().toISOString(),
            detail: { driftType: 'X', ...detail },
          },
        });
      await say({ organizationalUnitId: 'ou-ab12-sandbox' });
      expect(await asked()).toEqual([]);
      await say({ organizationalUnitId: 'r-ab12' });
      expect(await asked()).toHaveLength(1);
      const other = await vended();
      await say({ policyId: 'p-1' });
      expect((await asked()).at(-1)).toContain(other);
    });
  });
});
