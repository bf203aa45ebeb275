import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf } from '../kernel/canonical-json.ts';
import type { FieldError } from '../kernel/errors.ts';
import {
  exampleSnapshot,
  MANDATORY_CONTROLS,
  QUARANTINE_ID,
  snapshotWith,
  snapshotWithUnit,
} from '../reconciliation/snapshot.fixture.ts';
import { requestWith } from '../requests/request.fixture.ts';
import { readAssets } from './assets.node.ts';
import { AccountPlan } from './plan.schema.ts';
import { MAX_PLAN_BYTES, type PlanningContext, planAccount } from './plan.ts';

const assets = readAssets();

const contextWith = (changes: Partial<PlanningContext> = {}): PlanningContext => ({
  ...assets,
  requestId: 'req-018e0000-0000-7000-8000-000000000001',
  now: '2026-03-04T10:00:00.000Z',
  snapshot: exampleSnapshot,
  takenBlocks: [],
  emailTakenBy: undefined,
  nameTakenBy: undefined,
  accountsUsed: 3,
  settings: {
    cidrPool: '10.0.0.0/8',
    platformEmail: 'aws+jetway-platform@example.com',
    templateBaseUrl: 'https://artifacts.example.com',
    approvalExpiresAfterSeconds: 604_800,
    eta: { p50Seconds: 1_500, p90Seconds: 2_700 },
    auditAccountId: '333344445555',
    logArchiveAccountId: '222233334444',
  },
  ...changes,
});

function planned(request = requestWith(), context = contextWith()): AccountPlan {
  const result = planAccount(request, context);
  if ('errors' in result) throw new Error(JSON.stringify(result.errors));
  return result.plan;
}

function refused(request = requestWith(), context = contextWith()): FieldError[] {
  const result = planAccount(request, context);
  if ('plan' in result) throw new Error('the plan was not refused');
  return result.errors;
}

const pointers = (errors: FieldError[]) => errors.map((e) => e.pointer);
const inUnit = (organizationalUnitId: string) => requestWith({ account: { organizationalUnitId } });

describe('a plan', () => {
  it('has the published shape', () => {
    expect(() => AccountPlan.parse(planned())).not.toThrow();
  });

  it('is the same, byte for byte, for the same request and context', () => {
    expect(canonicalJson(planned(requestWith(), contextWith()))).toBe(
      canonicalJson(planned(requestWith(), contextWith())),
    );
  });

  it('carries the digest of its canonical JSON without the digest', () => {
    const { digest, ...rest } = planned();
    expect(digest).toBe(digestOf(rest));
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('has another digest when anything differs', () => {
    const { digest } = planned();
    expect(planned(requestWith({ tags: { 'cost-center': '4712' } })).digest).not.toBe(digest);
    expect(planned(requestWith(), contextWith({ takenBlocks: ['10.0.0.0/22'] })).digest).not.toBe(digest);
  });

  it('derives token and product name from the request id alone', () => {
    const { product } = planned();
    const requestId = contextWith().requestId;
    expect(product.provisionToken).toBe(requestId);
    expect(product.provisionedProductName).toContain(requestId);
    expect(product.provisioningArtifactId).toBe('pa-accountfactory1');
  });

  it('gives Account Factory a locked platform identity, never a person', () => {
    const parameters = new Map(planned().product.parameters.map((p) => [p.key, p.value]));
    expect(parameters.get('SSOUserEmail')).toBe('aws+jetway-platform@example.com');
    expect(parameters.get('ManagedOrganizationalUnit')).toBe('Workloads (ou-ab12-workloads)');
    expect([...parameters.values()]).not.toContain('ana@example.com');
  });

  it('names the quarantine policy of the organization', () => {
    expect(planned().fence.quarantinePolicyId).toBe(QUARANTINE_ID);
  });

  it('takes the lowest free block and divides it', () => {
    const { network } = planned(requestWith(), contextWith({ takenBlocks: ['10.0.0.0/22', '10.0.4.0/24'] }));
    expect(network?.vpcCidr).toBe('10.0.8.0/22');
    expect(new Set(network?.subnets.map((s) => s.availabilityZone))).toEqual(
      new Set(['us-east-1a', 'us-east-1b']),
    );
  });

  it('has no network when the blueprint has none', () => {
    const plan = planned(requestWith({ blueprint: { name: 'standard', parameters: { vpc: false } } }));
    expect(plan.network).toBeNull();
    expect(plan.components.map((c) => c.name)).not.toContain('vpc');
  });

  it('resolves groups and permission sets to their ids', () => {
    expect(planned().access).toEqual([
      {
        principal: 'payments-admins',
        permissionSet: 'AdministratorAccess',
        principalType: 'GROUP',
        principalId: 'group-payments-admins',
        permissionSetArn: exampleSnapshot.permissionSets[0]?.arn,
      },
    ]);
  });

  it('puts requested detective guardrails in a stack of their own', () => {
    const { guardrails, components } = planned();
    expect(guardrails.detective.map((d) => d.control)).toEqual(['AWS-GR_ENCRYPTED_VOLUMES']);
    expect(components.at(-1)?.name).toBe('guardrails-detective');
  });

  it('stays far below the size that a workflow can carry', () => {
    expect(Buffer.byteLength(canonicalJson(planned()))).toBeLessThan(MAX_PLAN_BYTES / 4);
  });
});

describe('guardrails of the OU chain', () => {
  it('are inherited, not attached twice', () => {
    const { guardrails } = planned(requestWith({ guardrails: ['AWS-GR_CLOUDTRAIL_ENABLED'] }));
    expect(guardrails.preventive).toEqual([]);
    expect(guardrails.inherited).toEqual([...MANDATORY_CONTROLS].sort());
  });

  it('come from every unit above, for an account in a child unit', () => {
    const context = contextWith({ snapshot: snapshotWithUnit('ou-ab12-workloadsprod', { controls: [] }) });
    expect(planned(inUnit('ou-ab12-workloadsprod'), context).guardrails.inherited).toHaveLength(
      MANDATORY_CONTROLS.length,
    );
  });

  it('that are mandatory and missing there come on the account', () => {
    const [first, second, ...rest] = exampleSnapshot.units[3]?.controls ?? [];
    const context = contextWith({ snapshot: snapshotWithUnit('ou-ab12-workloads', { controls: rest }) });
    const { guardrails } = planned(requestWith(), context);
    expect(guardrails.preventive.flatMap((p) => p.controls)).toEqual([first?.id, second?.id].sort());
    expect(guardrails.inherited).not.toContain(first?.id);
  });

  it('count only when Control Tower finished enabling them', () => {
    const controls = (exampleSnapshot.units[3]?.controls ?? []).map((c, i) =>
      i === 0 ? { ...c, status: 'FAILED' } : c,
    );
    const context = contextWith({ snapshot: snapshotWithUnit('ou-ab12-workloads', { controls }) });
    expect(planned(requestWith(), context).guardrails.preventive.flatMap((p) => p.controls)).toEqual([
      controls[0]?.id,
    ]);
  });
});

describe('a plan is refused, with the pointer of what stands in the way', () => {
  const SECURITY = 'ou-ab12-security1';
  it.each<[string, string, Parameters<typeof planAccount>]>([
    ['an unknown unit', '/account/organizationalUnitId', [inUnit('ou-ab12-nowhere00'), contextWith()]],
    ['a reserved unit', '/account/organizationalUnitId', [inUnit(SECURITY), contextWith()]],
    [
      'a unit that is not registered',
      '/account/organizationalUnitId',
      [requestWith(), contextWith({ snapshot: snapshotWithUnit('ou-ab12-workloads', { baseline: null }) })],
    ],
    [
      'a unit whose baseline failed',
      '/account/organizationalUnitId',
      [
        requestWith(),
        contextWith({ snapshot: snapshotWithUnit('ou-ab12-workloads', { baseline: 'FAILED' }) }),
      ],
    ],
    [
      'an e-mail in use',
      '/account/email',
      [requestWith(), contextWith({ emailTakenBy: 'the account 444455556666' })],
    ],
    [
      'the platform identity as e-mail, whatever its case',
      '/account/email',
      [requestWith({ account: { email: 'AWS+Jetway-Platform@example.com' } }), contextWith()],
    ],
    [
      'a name in use',
      '/account/name',
      [requestWith(), contextWith({ nameTakenBy: 'another account request' })],
    ],
    ['the account quota', '/account', [requestWith(), contextWith({ accountsUsed: 1_000 })]],
    [
      'an unknown blueprint',
      '/blueprint/name',
      [requestWith({ blueprint: { name: 'golden', parameters: {} } }), contextWith()],
    ],
    [
      'a bad blueprint parameter',
      '/blueprint/parameters/vpc/size',
      [
        requestWith({ blueprint: { name: 'standard', parameters: { vpc: { size: 'huge' } } } }),
        contextWith(),
      ],
    ],
    [
      'an unknown blueprint parameter',
      '/blueprint/parameters/vcp',
      [requestWith({ blueprint: { name: 'standard', parameters: { vcp: {} } } }), contextWith()],
    ],
    [
      'an unknown guardrail',
      '/guardrails/0',
      [requestWith({ guardrails: ['AWS-GR_NOTHING'] }), contextWith()],
    ],
    ['a proactive guardrail', '/guardrails/0', [requestWith({ guardrails: ['CT.ACM.PR.1'] }), contextWith()]],
    [
      'a Region deny without the home Region',
      '/guardrails/0/parameters/GovernedRegions',
      [
        requestWith({
          guardrails: [{ id: 'AWS-GR_REGION_DENY', parameters: { GovernedRegions: ['eu-west-1'] } }],
        }),
        contextWith(),
      ],
    ],
    [
      'an unknown group',
      '/access/0/group',
      [requestWith({ access: [{ group: 'nobody', permissionSet: 'ReadOnlyAccess' }] }), contextWith()],
    ],
    [
      'an unknown permission set',
      '/access/1/permissionSet',
      [
        requestWith({
          access: [
            { group: 'auditors', permissionSet: 'ReadOnlyAccess' },
            { group: 'auditors', permissionSet: 'Nothing' },
          ],
        }),
        contextWith(),
      ],
    ],
    ['an end in the past', '/expiresAt', [requestWith({ expiresAt: '2026-03-04T10:00:00Z' }), contextWith()]],
    [
      'a full address pool',
      '/blueprint/parameters/vpc/size',
      [requestWith(), contextWith({ takenBlocks: ['10.0.0.0/9', '10.128.0.0/9'] })],
    ],
    [
      'no active version of Account Factory',
      '',
      [
        requestWith(),
        contextWith({ snapshot: snapshotWith({ product: { ...exampleSnapshot.product, artifacts: [] } }) }),
      ],
    ],
    [
      'no quarantine policy',
      '',
      [
        requestWith(),
        contextWith({ snapshot: snapshotWith({ policies: exampleSnapshot.policies.slice(0, 2) }) }),
      ],
    ],
  ])('%s', (_what, pointer, [request, context]) => {
    const errors = refused(request, context);
    expect(pointers(errors)).toEqual([pointer]);
    expect(errors[0]?.message).not.toBe('');
  });

  it('more policies than the target has room for, with the limit as AWS says it', () => {
    const quotas = exampleSnapshot.quotas.map((q) => (q.code === 'L-SCP-TARGET' ? { ...q, value: 2 } : q));
    const errors = refused(
      requestWith({ guardrails: ['AWS-GR_REGION_DENY'] }),
      contextWith({ snapshot: snapshotWith({ quotas }) }),
    );
    expect(errors).toEqual([
      {
        pointer: '/guardrails',
        message: expect.stringMatching(/1 policies are needed and there is room for 0.*AWS-GR_REGION_DENY/),
      },
    ]);
  });

  it('a statement longer than a policy may be', () => {
    const quotas = exampleSnapshot.quotas.map((q) => (q.code === 'L-SCP-SIZE' ? { ...q, value: 500 } : q));
    const request = requestWith({ guardrails: ['AWS-GR_REGION_DENY'] });
    expect(pointers(refused(request, contextWith({ snapshot: snapshotWith({ quotas }) })))).toEqual([
      '/guardrails',
    ]);
  });

  it('a guardrail that would deny the workflow its own calls', () => {
    // A bare call that no guardrail spares: the Region deny binds it outside the governed Regions.
    const calls = [
      {
        action: 'ec2:DescribeVpcs',
        principalArn: 'arn:aws:iam::000000000000:role/someone',
        region: 'eu-west-1',
      },
    ];
    const errors = refused(
      requestWith({ guardrails: ['AWS-GR_REGION_DENY'] }),
      contextWith({ callsAfterGuardrails: calls }),
    );
    expect(pointers(errors)).toEqual(['/guardrails']);
    expect(errors[0]?.message).toContain('AWS-GR_REGION_DENY would deny ec2:DescribeVpcs');
  });

  it('the workflow as it is passes the Region deny of the home Region', () => {
    expect(planned(requestWith({ guardrails: ['AWS-GR_REGION_DENY'] })).guardrails.preventive).toHaveLength(
      1,
    );
  });

  it('everything at once, not only the first thing', () => {
    const request = requestWith({
      account: { organizationalUnitId: SECURITY },
      guardrails: ['AWS-GR_NOTHING'],
      access: [{ group: 'nobody', permissionSet: 'Nothing' }],
    });
    expect(pointers(refused(request, contextWith({ emailTakenBy: 'another account request' })))).toEqual([
      '/account/organizationalUnitId',
      '/account/email',
      '/guardrails/0',
      '/access/0/group',
      '/access/0/permissionSet',
    ]);
  });
});

describe('warnings', () => {
  it('are absent when all is well', () => {
    expect(planned().warnings).toEqual([]);
  });

  it('say how old a stale reading of the organization is', () => {
    const context = contextWith({ now: '2026-03-04T10:11:00.000Z' });
    expect(planned(requestWith(), context).warnings).toEqual([
      'The organization was last read 16 minutes ago.',
    ]);
    expect(planned(requestWith(), contextWith({ now: '2026-03-04T10:10:00.000Z' })).warnings).toEqual([]);
  });

  it('say that traffic mirroring will not be applied', () => {
    const plan = planned(requestWith({ trafficMirroring: { profile: 'security-standard' } }));
    expect(plan.trafficMirroring).toEqual({ profile: 'security-standard', status: 'NOT_AVAILABLE' });
    expect(plan.warnings.join()).toContain('security-standard will not be applied');
  });
});
