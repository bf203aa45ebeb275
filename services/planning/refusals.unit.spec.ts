import { describe, expect, it } from 'vitest';
import type { FieldError } from '../kernel/errors.ts';
import { exampleSnapshot, snapshotWith, snapshotWithUnit } from '../reconciliation/snapshot.fixture.ts';
import { requestWith } from '../requests/request.fixture.ts';
import { contextWith } from './context.fixture.ts';
import type { AccountPlan } from './plan.schema.ts';
import { planAccount } from './plan.ts';

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
        message:
          '1 policy is needed and there is room for 0 (2 policies of 10240 characters may be attached to an account, 2 slots are used by FullAWSAccess, jetway-quarantine): AWS-GR_REGION_DENY does not fit',
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
        principalArn: 'arn:aws:iam::000000000000:role/jetway-execution',
        region: 'sa-east-1',
      },
    ];
    const errors = refused(
      requestWith({ guardrails: ['AWS-GR_REGION_DENY'] }),
      contextWith({ callsAfterGuardrails: calls }),
    );
    expect(pointers(errors)).toEqual(['/guardrails']);
    expect(errors[0]?.message).toMatch(
      /^AWS-GR_REGION_DENY: statement GRREGIONDENY of policy jetway-[0-9a-f]{12} on the account would deny ec2:DescribeVpcs /,
    );
  });

  it('a Region deny that leaves out a governed Region, where rules have to be made', () => {
    const deny = { id: 'AWS-GR_REGION_DENY', parameters: { GovernedRegions: ['us-east-1'] } };
    const errors = refused(requestWith({ guardrails: [deny, 'AWS-GR_RESTRICTED_SSH'] }));
    expect(errors[0]?.message).toContain('AWS-GR_REGION_DENY');
    expect(errors[0]?.message).toContain('stacksets-exec-');
  });

  it('the workflow as it is passes the Region deny of the governed Regions', () => {
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

describe('a mirror profile is refused', () => {
  const asking = (profile: string, json?: unknown) => {
    const { mirroring, ...context } = contextWith();
    const profiles = new Map([
      ...mirroring.profiles,
      ...(json === undefined ? [] : [[profile, json] as const]),
    ]);
    const request = requestWith({ trafficMirroring: { profile } });
    return refused(request, { ...context, mirroring: { ...mirroring, profiles } });
  };
  const profile = {
    name: 'ours',
    title: 'Ours',
    description: 'Ours',
    sessionNumber: 1,
    sources: { select: 'all' },
    expectedShare: 1,
    filter: {
      rules: [
        {
          direction: 'ingress',
          ruleNumber: 7,
          action: 'accept',
          sourceCidr: '::/0',
          destinationCidr: '10.0.0.0/8',
        },
        { direction: 'egress', ruleNumber: 7, action: 'allow', sourceCidr: '::/0', destinationCidr: '::/0' },
      ],
    },
  };

  it('where there is none of that name', () => {
    const [error] = asking('theirs');
    expect(error?.pointer).toBe('/trafficMirroring/profile');
    expect(error?.message).toContain('dns-only, security-standard, skip-bulk');
  });

  it('where there is no hub, and the component without a profile', () => {
    const { settings, ...context } = contextWith();
    const request = requestWith({ trafficMirroring: { profile: 'dns-only' } });
    expect(pointers(refused(request, { ...context, settings: { ...settings, mirrorHub: null } }))).toEqual([
      '/trafficMirroring',
    ]);
    const blueprint = { name: 'standard', parameters: { 'traffic-mirroring': {} } };
    expect(pointers(refused(requestWith({ blueprint }), contextWith()))).toEqual([
      '/blueprint/parameters/traffic-mirroring',
    ]);
  });

  it('with the rule and the field that are wrong', () => {
    expect(asking('ours', profile)).toEqual([
      {
        pointer: '/trafficMirroring/profile',
        message: expect.stringMatching(
          /^ours cannot be used: ingress rule 7, destinationCidr: .*rules\/0\/destinationCidr/,
        ),
      },
      {
        pointer: '/trafficMirroring/profile',
        message: expect.stringMatching(/^ours cannot be used: egress rule 7, action: .*rules\/1\/action/),
      },
    ]);
  });

  describe('of several', () => {
    const several = (profiles: string[], files: Record<string, unknown> = {}) => {
      const { mirroring, ...context } = contextWith();
      const all = new Map([...mirroring.profiles, ...Object.entries(files)]);
      const request = requestWith({ trafficMirroring: { profiles } });
      return refused(request, { ...context, mirroring: { ...mirroring, profiles: all } });
    };
    const accepting = {
      ...profile,
      filter: { rules: [{ ...profile.filter.rules[1], action: 'accept' }] },
    };
    const like = (name: string, sources: object) => ({ ...accepting, name, sessionNumber: 100, sources });

    it('each at its place', () => {
      expect(pointers(several(['dns-only', 'theirs', 'skip-bulk']))).toEqual([
        '/trafficMirroring/profiles/1',
      ]);
      expect(several(['ours', 'dns-only'], { ours: profile })[0]).toEqual({
        pointer: '/trafficMirroring/profiles/0',
        message: expect.stringMatching(/^ours cannot be used: ingress rule 7, destinationCidr: /),
      });
      expect(several(['dns-only', 'dns-only'])).toEqual([
        { pointer: '/trafficMirroring/profiles/1', message: 'dns-only is there twice' },
      ]);
    });

    it('with the number that two sessions of an interface would have', () => {
      expect(several(['security-standard', 'ours'], { ours: like('ours', { select: 'all' }) })).toEqual([
        {
          pointer: '/trafficMirroring/profiles/1',
          message: expect.stringMatching(
            /^ours cannot be used beside security-standard: sessionNumber: both have 100, .*ours\.json#\/sessionNumber/,
          ),
        },
      ]);
    });

    it.each([
      [
        { select: 'subnets', tiers: ['private'] },
        { select: 'subnets', tiers: ['isolated', 'private'] },
        true,
      ],
      [{ select: 'subnets', tiers: ['private'] }, { select: 'subnets', tiers: ['isolated'] }, false],
      [{ select: 'tags', tags: { env: 'prod' } }, { select: 'tags', tags: { env: 'dev' } }, false],
      [{ select: 'tags', tags: { env: 'prod' } }, { select: 'tags', tags: { tier: 'web' } }, true],
      [{ select: 'tags', tags: { env: 'prod' } }, { select: 'subnets', tiers: ['private'] }, true],
    ])('but not where no interface could be of both: %j and %j', (one, other, isRefused) => {
      const files = { one: like('one', one), other: like('other', other) };
      if (isRefused)
        expect(pointers(several(['one', 'other'], files))).toEqual(['/trafficMirroring/profiles/1']);
      else expect(() => several(['one', 'other'], files)).toThrow();
    });
  });
});
