import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf } from '../kernel/canonical-json.ts';
import {
  exampleSnapshot,
  MANDATORY_CONTROLS,
  QUARANTINE_ID,
  snapshotWithUnit,
} from '../reconciliation/snapshot.fixture.ts';
import { requestWith } from '../requests/request.fixture.ts';
import { contextWith } from './context.fixture.ts';
import { AccountPlan } from './plan.schema.ts';
import { MAX_PLAN_BYTES, planAccount } from './plan.ts';

function planned(request = requestWith(), context = contextWith()): AccountPlan {
  const result = planAccount(request, context);
  if ('errors' in result) throw new Error(JSON.stringify(result.errors));
  return result.plan;
}

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
      {
        principal: 'security-auditors',
        permissionSet: 'jetway-ReadOnly',
        principalType: 'GROUP',
        principalId: 'group-security-auditors',
        permissionSetArn: exampleSnapshot.permissionSets[2]?.arn,
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
    const { guardrails, warnings } = planned(requestWith({ guardrails: ['AWS-GR_CLOUDTRAIL_ENABLED'] }));
    expect(guardrails.preventive).toEqual([]);
    expect(guardrails.inherited).toEqual([...MANDATORY_CONTROLS].sort());
    expect(warnings).toEqual([
      'AWS-GR_CLOUDTRAIL_ENABLED is inherited from the organizational unit and is not attached again.',
    ]);
  });

  it('that are not there and share a statement are attached by one', () => {
    const ids = ['AWS-GR_CLOUDTRAIL_ENABLED', 'AWS-GR_CLOUDTRAIL_VALIDATION_ENABLED'];
    const controls = (exampleSnapshot.units[3]?.controls ?? []).filter(({ id }) => !ids.includes(id));
    const context = contextWith({ snapshot: snapshotWithUnit('ou-ab12-workloads', { controls }) });
    expect(planned(requestWith({ guardrails: ids }), context).warnings).toEqual([
      `${ids.join(' and ')} have a statement in common; it is attached once.`,
    ]);
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

  it('say what mirroring comes to', () => {
    const plan = planned(requestWith({ trafficMirroring: { profile: 'security-standard' } }));
    expect(plan.trafficMirroring).toMatchObject({
      profile: 'security-standard',
      status: 'TO_BE_ARMED',
      hub: { targetId: 'tmt-0123456789abcdef0' },
      sessionNumber: 100,
      capacity: null,
    });
    expect(plan.components).toContainEqual(
      expect.objectContaining({ name: 'traffic-mirroring', mode: 'deploy', region: 'us-east-1' }),
    );
    expect(planned(requestWith()).components.map(({ name }) => name)).not.toContain('traffic-mirroring');
    expect(plan.warnings.join()).toContain('no workload was told');
    expect(plan.warnings.join()).toContain('nothing is mirrored in eu-west-1: there is no hub there');
    const workload = [{ instanceType: 'm5.large', instances: 2, inboundMbps: 300, outboundMbps: 300 }];
    const reckoned = planned(requestWith({ trafficMirroring: { profile: 'security-standard', workload } }));
    expect(reckoned.warnings.join()).toContain('190.5 of 640.5 Mbps of copies would be dropped');
    expect(reckoned.monthlyCost.amount).toBeCloseTo(plan.monthlyCost.amount + 21.9);
    const several = planned(
      requestWith({ trafficMirroring: { profiles: ['dns-only', 'skip-bulk'], workload } }),
    );
    expect(several.trafficMirroring).toMatchObject({
      ...{ profile: 'skip-bulk', sessionNumber: 150, capacity: { sessions: 4, usdPerMonth: 43.8 } },
      further: [{ profile: 'dns-only', sessionNumber: 200, packetLength: 1_500 }],
    });
    expect(several.warnings.join()).toContain('armed with skip-bulk, dns-only');
    const none = planned(requestWith({ trafficMirroring: { profiles: [] } }));
    expect(none.trafficMirroring).toEqual({ profile: null, status: 'DISARMED' });
    expect(none.components).toContainEqual(expect.objectContaining({ name: 'traffic-mirroring' }));
    expect(none.warnings.join()).not.toContain('Traffic Mirroring');
  });
});
