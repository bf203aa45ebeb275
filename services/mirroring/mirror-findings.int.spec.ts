import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accounts, alertLines } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { attachGuardrails } from '../../test/support/guardrails.ts';
import { newAccountId } from '../../test/support/messages.ts';
import { factOf, openService, type Service } from '../../test/support/service.ts';
import type { Incoming } from '../inbox/incoming.ts';
import { accountComplianceAsOf } from '../ledger/account-as-of.pg.ts';
import { accountCompliance } from '../ledger/account-compliance.pg.ts';
import { findingsAsOf } from '../ledger/as-of.pg.ts';
import { listCompliance } from '../ledger/findings.pg.ts';
import { heatMap } from '../ledger/heat-map.pg.ts';
import { factsOfAccounts } from '../ledger/ledger.pg.ts';
import { checkProjections } from '../ledger/rebuild.pg.ts';
import { complianceSummary } from '../ledger/summary.pg.ts';
import { MIRROR_CONTROL, MIRROR_COVERAGE } from './findings.ts';
import { mirroredItem, mirrorTold } from './told.fixture.ts';
import type { MirrorTold } from './told.schema.ts';

const auditor = { subject: 'audit', teams: [], roles: ['auditor'] as const };
const nobody = { requestId: '', planDigest: '' };
const T0 = Date.parse('2026-03-04T09:00:00.000Z');
const MINUTE = 60_000;
const eni = (n: number) => mirroredItem(n).networkInterfaceId;
const gap = (n: number, reason = 'three sessions of others') =>
  mirroredItem(n, { state: 'LIMIT', reason, sessionId: undefined, sessionNumber: undefined });

let told = 0;
const said = (accountId: string, minute: number, changes: Partial<MirrorTold> = {}): Incoming => {
  told += 1;
  return factOf(nobody, 'MirrorSessionChanged', told, {
    id: `mirror-${accountId}:${told}`,
    requestId: undefined,
    planDigest: undefined,
    accountId,
    data: mirrorTold({ look: T0 + minute * MINUTE, ...changes }),
  });
};

describe.each(databases)('gaps in mirroring on $name', ({ open }) => {
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
    account = newAccountId();
    const { requestId } = await service.submit();
    const now = service.clock.now();
    await service.orm.insert(accounts).values({
      ...{ accountId: account, name: account, team: 'payments', requestId },
      ...{ email: `${account}@example.com`, emailCanonical: `${account}@example.com` },
      ...{ organizationalUnitId: 'ou-ab12-workloads', status: 'ACTIVE', origin: 'VENDED' },
      ...{ createdAt: now, updatedAt: now },
    });
    const guardrail = { control: 'AWS-GR_REGION_DENY', kind: 'preventive', carrier: 'p-1' } as const;
    await attachGuardrails(service.orm, [{ accountId: account, ...guardrail }], 0);
  });
  const compliance = () => accountCompliance(service.orm, auditor, account, service.clock.now());
  const item = async () => (await compliance()).items.find(({ control }) => control === MIRROR_CONTROL);
  const now = () => ({ now: service.clock.now() });
  const counts = async () =>
    (await complianceSummary(service.orm, auditor, () => 'mandatory', now())).compliance;
  const cell = async () => {
    const map = await heatMap(service.orm, auditor, { limit: 100 }, service.clock.now());
    const column = map.accounts.findIndex(({ accountId }) => accountId === account);
    return map.controls.find(({ control }) => control === MIRROR_CONTROL)?.cells[column];
  };

  it('are violations of the account until there is a session, wherever violations are shown', async () => {
    expect(await item()).toBeUndefined();
    const before = await counts();
    await service.receive(said(account, 0, { items: [mirroredItem(1)] }));
    expect(await item()).toMatchObject({ status: 'COMPLIANT', resources: [] });
    expect(await cell()).toBe('c');
    await service.receive(said(account, 1, { items: [mirroredItem(1), gap(2)] }));
    expect(await item()).toMatchObject({
      kind: 'detective',
      status: 'NON_COMPLIANT',
      resources: [
        {
          resourceType: 'AWS::EC2::NetworkInterface',
          resourceId: eni(2),
          region: 'us-east-1',
          status: 'NON_COMPLIANT',
          annotation: 'Not mirrored: security-standard: three sessions of others.',
        },
      ],
    });
    const { violations, state, open: unmended } = await compliance();
    expect({ state, unmended }).toEqual({ state: 'nonCompliant', unmended: 1 });
    expect(violations).toMatchObject([{ rule: MIRROR_COVERAGE, control: MIRROR_CONTROL, count: 1 }]);
    expect(await cell()).toBe('v');
    expect(await counts()).toMatchObject({
      nonCompliant: before.nonCompliant + 1,
      compliant: before.compliant - 1,
    });
    expect(await service.orm.select().from(alertLines)).toMatchObject([
      { accountId: account, rule: MIRROR_COVERAGE, turned: 1, resources: [eni(2)] },
    ]);
    const listed = async (query: object) =>
      (await listCompliance(service.orm, auditor, { limit: 100, ...query }, service.clock.now())).items
        .filter(({ accountId }) => accountId === account)
        .map(({ resourceId, status }) => [resourceId, status]);
    expect(await listed({ control: MIRROR_CONTROL })).toEqual([[eni(2), 'NON_COMPLIANT']]);
    expect(await listed({ drift: true })).toEqual([]);
    expect(await listed({ drift: false })).toEqual([[eni(2), 'NON_COMPLIANT']]);

    // Told again, and at the next look: nothing new.
    await service.receive(said(account, 2, { items: [mirroredItem(1), gap(2)] }));
    expect((await changes()).length).toBe(1);
    await service.receive(said(account, 3, { whole: false, instanceId: 'i-2', items: [mirroredItem(2)] }));
    expect(await item()).toMatchObject({ status: 'COMPLIANT' });
    expect(await cell()).toBe('c');
    expect(await counts()).toEqual(before);

    const then = (minute: number) =>
      accountComplianceAsOf(service.orm, auditor, account, { asOf: new Date(T0 + minute * MINUTE) });
    expect((await then(2)).items).toContainEqual(
      expect.objectContaining({ control: MIRROR_CONTROL, status: 'NON_COMPLIANT' }),
    );
    expect((await then(4)).items).toContainEqual(
      expect.objectContaining({ control: MIRROR_CONTROL, status: 'COMPLIANT' }),
    );
    const asOf = { asOf: new Date(T0 + 2 * MINUTE) };
    const found = await findingsAsOf(service.orm, auditor, { limit: 100, control: MIRROR_CONTROL }, asOf);
    expect(found.items).toMatchObject([{ resourceId: eni(2), status: 'NON_COMPLIANT' }]);
    await asRebuilt();
  });

  const changes = async () =>
    (await factsOfAccounts(service.orm, [account])).filter(({ type }) => type === 'ComplianceChanged');
  const asRebuilt = async () => {
    const { tables } = await checkProjections(service.orm);
    // Accounts of this spec are written beside the ledger.
    const folded = tables.filter(({ table }) => table === 'compliance_history');
    expect(folded.map(({ differing }) => differing)).toEqual([0]);
  };

  it('are told with the reason of now; what cannot be mirrored is none, and what is gone ends it', async () => {
    await service.receive(said(account, 1, { items: [gap(1), gap(2)] }));
    await service.receive(said(account, 2, { items: [gap(1, 'throttled'), mirrorTold().items[2]!] }));
    const { resources = [] } = (await item()) ?? {};
    expect(resources.map(({ resourceId, status, annotation }) => [resourceId, status, annotation])).toEqual([
      [eni(1), 'NON_COMPLIANT', 'Not mirrored: security-standard: throttled.'],
      [eni(2), 'NOT_APPLICABLE', 'No profile asks for it any more, or it is gone.'],
      [eni(3), 'NOT_APPLICABLE', 'Cannot be mirrored: security-standard: t2.micro is not mirrored by AWS.'],
    ]);
    expect((await item())?.status).toBe('NON_COMPLIANT');
    expect(await service.orm.select().from(alertLines)).toMatchObject([{ turned: 2 }]);
    await asRebuilt();
  });

  it('are the account itself where it cannot be armed', async () => {
    const reason = 'the target tmt-1 is not shared with the account';
    await service.receive(said(account, 1, { status: 'NOT_ARMED', reason, items: [] }));
    expect(await item()).toMatchObject({
      status: 'NON_COMPLIANT',
      resources: [
        { resourceType: 'AWS::::Account', resourceId: account, annotation: expect.stringContaining(reason) },
      ],
    });
    await service.receive(said(account, 2, { items: [] }));
    expect((await item())?.status).toBe('COMPLIANT');
  });

  it('come to the same whatever the order in which looks are told', async () => {
    const looks = [
      said(account, 1, { items: [gap(1), gap(2)] }),
      said(account, 2, { items: [mirroredItem(1), gap(2)] }),
      said(account, 3, { items: [mirroredItem(1), mirroredItem(2), gap(4)] }),
    ];
    for (const one of [looks[2], looks[0], looks[2], looks[1]]) await service.receive(one!);
    const { resources = [] } = (await item()) ?? {};
    expect(resources.map(({ resourceId, status }) => [resourceId, status])).toEqual([
      [eni(4), 'NON_COMPLIANT'],
    ]);
  });

  it('can be excepted, as what other detective controls find', async () => {
    await service.receive(said(account, 1, { items: [gap(1)] }));
    const wanted = {
      ...{ control: MIRROR_CONTROL, reason: 'three other owners' },
      expiresAt: new Date(service.clock.now().getTime() + 24 * 60 * MINUTE).toISOString(),
    };
    const row = { accountId: account, name: account, team: 'payments' } as never;
    const plan = await service.planException('req-x', row, wanted, 'ana@example.com');
    expect(plan).toMatchObject({ covered: 1, control: { id: MIRROR_CONTROL, behavior: 'detective' } });
  });
});
