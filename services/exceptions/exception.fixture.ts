import { digestOf } from '../kernel/canonical-json.ts';
import { ControlExceptionPlan } from './exception.schema.ts';

const undigested: Omit<ControlExceptionPlan, 'digest'> = {
  kind: 'control-exception',
  requestId: 'req-018e0000-0000-7000-8000-000000000003',
  accountId: '444455556666',
  account: { name: 'payments-prod', organizationalUnitId: 'ou-ab12-workloads' },
  control: {
    id: 'AWS-GR_ENCRYPTED_VOLUMES',
    title: 'Attached EBS volumes are encrypted',
    guidance: 'strongly-recommended',
    behavior: 'detective',
  },
  resource: 'vol-1',
  owner: 'ana@example.com',
  reason: 'The vendor image cannot be encrypted before April',
  requestedBy: 'ana@example.com',
  expiresAt: '2026-04-03T10:00:00.000Z',
  covered: 1,
  covers: [
    {
      region: 'us-east-1',
      rule: 'jetway-AWS-GR_ENCRYPTED_VOLUMES',
      resourceType: 'AWS::EC2::Volume',
      resourceId: 'vol-1',
      since: '2026-03-01T10:00:00.000Z',
      annotation: null,
    },
  ],
  replaces: null,
  summary: ['ana@example.com asks for an exception'],
  approvals: {
    policy: 'one-approver',
    quorum: 1,
    approvers: ['role:approver team:payments'],
    expiresAfterSeconds: 86_400,
    automatic: null,
    stages: [{ name: 'approver', quorum: 1, approvers: [{ requestTeam: true }] }],
    escalateTo: [],
    timers: [{ seconds: 86_400, act: 'expire' }],
  },
  warnings: [],
};

/** A plan with some of it replaced, and the digest that belongs to it. */
export function exceptionPlanWith(changes: Partial<ControlExceptionPlan> = {}): ControlExceptionPlan {
  const plan = { ...undigested, ...changes };
  return ControlExceptionPlan.parse({ ...plan, digest: digestOf(plan) });
}
