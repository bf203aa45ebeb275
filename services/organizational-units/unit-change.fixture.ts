import { digestOf } from '../kernel/canonical-json.ts';
import { ledgerFact } from '../ledger/fact.fixture.ts';
import type { Fact } from '../ledger/fact.ts';
import { UnitChange, UnitChangePlan } from './unit-change.schema.ts';

const REGION = 'us-east-1';

export const changeWith = (changes: Partial<UnitChange> = {}): UnitChange =>
  UnitChange.parse({
    organizationalUnitId: 'ou-ab12-workloads',
    enable: ['AWS-GR_ENCRYPTED_VOLUMES', 'AWS-GR_DISALLOW_VPN_CONNECTIONS'],
    disable: ['AWS-GR_RESTRICT_ROOT_USER'],
    reason: 'PCI scope grows',
    ...changes,
  });

const control = (id: string, more: Pick<UnitChangePlan['disable'][number], 'guidance' | 'behavior'>) => ({
  control: id,
  identifier: `arn:aws:controltower:${REGION}::control/${id}`,
  title: `What ${id} says`,
  reachesBelow: more.behavior === 'preventive',
  ...more,
});

const undigested: Omit<UnitChangePlan, 'digest'> = {
  kind: 'organizational-unit-change',
  requestId: 'req-018e0000-0000-7000-8000-000000000001',
  organization: { id: 'o-exampleorg1', managementAccountId: '111122223333', homeRegion: REGION },
  organizationalUnit: {
    id: 'ou-ab12-workloads',
    name: 'Workloads',
    path: 'Workloads',
    arn: 'arn:aws:organizations::111122223333:ou/o-exampleorg1/ou-ab12-workloads',
  },
  enable: [
    {
      ...control('AWS-GR_ENCRYPTED_VOLUMES', { guidance: 'strongly-recommended', behavior: 'detective' }),
      parameters: [],
    },
    {
      ...control('AWS-GR_DISALLOW_VPN_CONNECTIONS', { guidance: 'elective', behavior: 'preventive' }),
      parameters: [{ key: 'ExemptedPrincipalArns', value: ['arn:aws:iam::444455556666:role/network-admin'] }],
    },
  ],
  disable: [
    control('AWS-GR_RESTRICT_ROOT_USER', { guidance: 'strongly-recommended', behavior: 'preventive' }),
  ],
  inherited: [],
  accounts: [{ accountId: '444455556666', name: 'payments-prod' }],
  quotas: [{ name: 'Concurrent control operations', used: 1, limit: 100 }],
  approvals: {
    policy: 'one-approver-of-any-team',
    quorum: 1,
    approvers: ['role:approver'],
    expiresAfterSeconds: 86_400,
    automatic: null,
    stages: [{ name: 'approver', quorum: 1, approvers: [{ anyTeam: true }] }],
    escalateTo: [],
    timers: [{ seconds: 86_400, act: 'expire' }],
  },
  snapshot: { id: 'snapshot-1', takenAt: '2026-03-04T10:00:00.000Z' },
  warnings: [],
};

/** A plan with some of it replaced, and the digest that belongs to it. */
export function unitChangePlanWith(changes: Partial<UnitChangePlan> = {}): UnitChangePlan {
  const plan = { ...undigested, ...changes };
  return UnitChangePlan.parse({ ...plan, digest: digestOf(plan) });
}

/** Facts of a smooth change, in their order. */
export const smoothChange: readonly Fact[] = [
  ledgerFact('ChangeRequested', 0, { source: 'jetway' }),
  ledgerFact('ChangePlanned', 0, { source: 'jetway' }),
  ledgerFact('ApprovalRequested', 1),
  ledgerFact('ApprovalDecided', 0, {
    id: 'decision:req-1',
    source: 'jetway',
    actor: 'ben@example.com',
    data: { decision: 'approve' },
  }),
  ledgerFact('ApprovalConfirmed', 2, { source: 'jetway' }),
  ledgerFact('ChangeStarted', 3),
  ledgerFact('ControlChanged', 4, { data: { control: 'AWS-GR_ENCRYPTED_VOLUMES', outcome: 'enabled' } }),
  ledgerFact('ControlChanged', 5, { data: { control: 'AWS-GR_RESTRICT_ROOT_USER', outcome: 'disabled' } }),
  ledgerFact('GuardrailsAttached', 6),
  ledgerFact('ChangeCompleted', 7),
];
