import { describe, expect, it } from 'vitest';
import { canonicalJson, sha256 } from '../kernel/canonical-json.ts';
import { readAssets } from '../planning/assets.node.ts';
import { exampleSnapshot, snapshotWithUnit } from '../reconciliation/snapshot.fixture.ts';
import type { OrganizationSnapshot } from '../reconciliation/snapshot.schema.ts';
import { DEFAULT_SETTINGS } from '../settings/defaults.ts';
import type { UnitChangeContext } from './context.ts';
import { planUnitChange } from './plan-unit-change.ts';
import { changeWith } from './unit-change.fixture.ts';
import type { UnitChange } from './unit-change.schema.ts';

const { catalogue, callsAfterGuardrails } = readAssets();
const VOLUMES = 'AWS-GR_ENCRYPTED_VOLUMES';
const VPN = 'AWS-GR_DISALLOW_VPN_CONNECTIONS';
const ROOT_USER = 'AWS-GR_RESTRICT_ROOT_USER';
const MANDATORY = 'AWS-GR_CLOUDTRAIL_ENABLED';

const account = (accountId: string, organizationalUnitId: string) => ({
  accountId,
  name: `account ${accountId.slice(0, 4)}`,
  organizationalUnitId,
});
const accounts = [
  account('999911112222', 'ou-ab12-workloadsprod'),
  account('444455556666', 'ou-ab12-workloads'),
  account('555566667777', 'ou-ab12-sandboxes'),
  account('111122223333', 'r-ab12'),
];
const contextWith = (changes: Partial<UnitChangeContext> = {}): UnitChangeContext => ({
  requestId: 'req-1',
  now: '2026-03-04T10:00:00.000Z',
  snapshot: exampleSnapshot,
  catalogue,
  accounts,
  calls: callsAfterGuardrails,
  approvalExpiresAfterSeconds: 3_600,
  policies: DEFAULT_SETTINGS.policies,
  ...changes,
});
const unitOf = (snapshot: OrganizationSnapshot, id: string) => snapshot.units.find((u) => u.id === id)!;
const withControls = (id: string, ...controls: [id: string, status: string][]) =>
  snapshotWithUnit(id, {
    controls: [
      ...unitOf(exampleSnapshot, id).controls,
      ...controls.map(([control, status]) => ({ id: control, status })),
    ],
  });
const run = (changes: Partial<UnitChange>, context: Partial<UnitChangeContext> = {}) => {
  const whole = contextWith(context);
  const change = changeWith({ enable: [], disable: [], ...changes });
  return planUnitChange(change, unitOf(whole.snapshot, change.organizationalUnitId), whole);
};
const planOf = (...args: Parameters<typeof run>) => {
  const planned = run(...args);
  if ('errors' in planned) throw new Error(JSON.stringify(planned.errors));
  return planned.plan;
};
const errorsOf = (...args: Parameters<typeof run>) => {
  const planned = run(...args);
  return 'errors' in planned ? planned.errors.map((e) => `${e.pointer} ${e.message}`) : [];
};

describe('a planned change', () => {
  const enable = [VOLUMES, { id: VPN, parameters: { ExemptedPrincipalArns: ['arn:aws:iam::*:role/net'] } }];

  it('says what is enabled, as Control Tower names it, and for whom', () => {
    const plan = planOf({ enable });
    expect(plan.enable).toEqual([
      expect.objectContaining({
        control: VOLUMES,
        identifier: `arn:aws:controltower:us-east-1::control/${VOLUMES}`,
        guidance: 'strongly-recommended',
        behavior: 'detective',
        reachesBelow: false,
        parameters: [],
      }),
      expect.objectContaining({
        control: VPN,
        reachesBelow: true,
        parameters: [{ key: 'ExemptedPrincipalArns', value: ['arn:aws:iam::*:role/net'] }],
      }),
    ]);
    expect(plan.accounts.map((a) => a.accountId)).toEqual(['444455556666', '999911112222']);
    expect(plan.organizationalUnit).toMatchObject({ id: 'ou-ab12-workloads', path: 'Workloads' });
    expect(plan.warnings).toEqual([
      `${VOLUMES} act in accounts of Workloads itself, not in those of the units below it.`,
    ]);
    const { digest, ...digested } = plan;
    expect(digest).toBe(sha256(canonicalJson(digested)));
    expect(planOf({ enable }).digest).toBe(digest);
  });

  it('affects only accounts of the unit itself when no control reaches below', () => {
    expect(planOf({ enable: [VOLUMES] }).accounts.map((a) => a.accountId)).toEqual(['444455556666']);
  });

  it('fills in what a control cannot do without from the landing zone', () => {
    expect(planOf({ enable: ['CT.MULTISERVICE.PV.1'] }).enable[0]?.parameters).toEqual([
      { key: 'AllowedRegions', value: ['eu-west-1', 'us-east-1'] },
    ]);
  });

  it('calls newer controls by the ARN that Control Catalog has, and refuses what it does not have', () => {
    const newer = ['CT.S3.PR.1', 'SH.S3.1'];
    expect(planOf({ enable: newer }).enable.map(({ control, identifier }) => [control, identifier])).toEqual([
      ['CT.S3.PR.1', 'arn:aws:controlcatalog:::control/s3pr1'],
      ['SH.S3.1', 'arn:aws:controlcatalog:::control/shs31'],
    ]);
    const { controlArns: _, ...before } = exampleSnapshot;
    expect(errorsOf({ enable: [VOLUMES, ...newer] }, { snapshot: before })).toEqual([
      expect.stringMatching(/^\/enable\/1 CT\.S3\.PR\.1 is not in the Control Catalog of this organization/),
      expect.stringMatching(/^\/enable\/2 SH\.S3\.1 is not in the Control Catalog/),
    ]);
    const snapshot = { ...withControls('ou-ab12-workloads', ['CT.S3.PR.1', 'SUCCEEDED']) };
    expect(planOf({ disable: ['CT.S3.PR.1'] }, { snapshot }).disable[0]).toMatchObject({
      identifier: 'arn:aws:controlcatalog:::control/s3pr1',
    });
  });

  it('never affects the management account', () => {
    const moved = accounts.map((a) =>
      a.accountId === '111122223333' ? { ...a, organizationalUnitId: 'ou-ab12-workloadsprod' } : a,
    );
    expect(planOf({ enable: [VPN] }, { accounts: moved }).accounts.map((a) => a.accountId)).toEqual([
      '444455556666',
      '999911112222',
    ]);
  });

  it('recognises what a unit above enforces and does not enable it twice', () => {
    const snapshot = withControls('ou-ab12-workloads', [VPN, 'SUCCEEDED']);
    const below = { organizationalUnitId: 'ou-ab12-workloadsprod' };
    const plan = planOf({ ...below, enable: [VPN, ROOT_USER] }, { snapshot });
    expect(plan.enable.map((c) => c.control)).toEqual([ROOT_USER]);
    expect(plan.inherited).toEqual([{ control: VPN, organizationalUnitId: 'ou-ab12-workloads' }]);
    expect(plan.warnings[0]).toContain('enforced already from ou-ab12-workloads');
    expect(errorsOf({ ...below, enable: [VPN] }, { snapshot })).toEqual([
      expect.stringMatching(/^\/enable nothing is left to change: .*ou-ab12-workloads/),
    ]);
  });

  it('does not take a detective control above, or one that failed there, for inherited', () => {
    const snapshot = withControls('ou-ab12-workloads', [VOLUMES, 'SUCCEEDED'], [VPN, 'FAILED']);
    const plan = planOf(
      { organizationalUnitId: 'ou-ab12-workloadsprod', enable: [VOLUMES, VPN] },
      { snapshot },
    );
    expect(plan.enable.map((c) => c.control)).toEqual([VOLUMES, VPN]);
  });

  it('takes up what is listed and failed, and what gets other parameters', () => {
    const snapshot = withControls('ou-ab12-workloads', [VOLUMES, 'FAILED'], [VPN, 'SUCCEEDED']);
    expect(planOf({ enable }, { snapshot }).enable.map((c) => c.control)).toEqual([VOLUMES, VPN]);
  });

  it('warns of an old snapshot', () => {
    expect(planOf({ enable: [VPN] }, { now: '2026-03-04T11:00:00.000Z' }).warnings).toEqual([
      'The organization was last read 65 minutes ago.',
    ]);
  });
});

describe('a change that is refused', () => {
  const enabled = withControls('ou-ab12-workloads', [VPN, 'SUCCEEDED'], [ROOT_USER, 'UNDER_CHANGE']);

  it.each<[string, Partial<UnitChange>, Partial<UnitChangeContext>, RegExp]>([
    ['nothing', {}, {}, /^ names nothing/],
    ['an unknown control', { enable: ['AWS-GR_NONSENSE'] }, {}, /^\/enable\/0 there is no guardrail/],
    ['an unknown control to disable', { disable: ['AWS-GR_NONSENSE'] }, {}, /^\/disable\/0 there is no/],
    [
      'a mandatory one',
      { enable: [{ id: MANDATORY, parameters: {} }] },
      {},
      /^\/enable\/0\/id .*guidance mandatory/,
    ],
    ['a mandatory one to disable', { disable: [MANDATORY] }, {}, /^\/disable\/0 .*guidance mandatory/],
    ['a landing-zone setting', { enable: ['AWS-GR_REGION_DENY'] }, {}, /^\/enable\/0 .*landing zone/],
    [
      'a parameter that it does not have',
      { enable: [{ id: VPN, parameters: { Nope: 1 } }] },
      {},
      /^\/enable\/0\/parameters\/Nope/,
    ],
    [
      'one that is enabled',
      { enable: [VPN] },
      { snapshot: enabled },
      /^\/enable\/0 .*enabled on Workloads already/,
    ],
    [
      'one that is being changed',
      { enable: [ROOT_USER] },
      { snapshot: enabled },
      /^\/enable\/0 .*being changed/,
    ],
    [
      'one to disable that is being changed',
      { disable: [ROOT_USER] },
      { snapshot: enabled },
      /being changed/,
    ],
    ['one that is not enabled to disable', { disable: [VOLUMES] }, {}, /^\/disable\/0 .*is not enabled/],
    ['one to disable twice', { disable: [VPN, VPN] }, { snapshot: enabled }, /^\/disable\/1 .*twice/],
    ['one to enable twice', { enable: [VPN, VPN] }, {}, /^\/enable\/1 .*twice/],
    [
      'one in both lists',
      {
        enable: [{ id: VPN, parameters: { ExemptedPrincipalArns: ['arn:aws:iam::*:role/net'] } }],
        disable: [VPN],
      },
      { snapshot: enabled },
      /^\/enable\/0\/id .*to be disabled, too/,
    ],
    [
      'one to disable that a unit above carries',
      { organizationalUnitId: 'ou-ab12-workloadsprod', disable: [VPN] },
      { snapshot: enabled },
      /^\/disable\/0 .*enforced from Workloads \(ou-ab12-workloads\)/,
    ],
    [
      'a unit that is not registered',
      { enable: [VPN] },
      { snapshot: snapshotWithUnit('ou-ab12-workloads', { baseline: null }) },
      /not registered/,
    ],
    [
      'the unit of the management account',
      { enable: [VPN] },
      { accounts: [account('111122223333', 'ou-ab12-workloads')] },
      /holds the management account/,
    ],
  ])('because of %s', (_what, change, context, expected) => {
    expect(errorsOf(change, context)).toEqual([expect.stringMatching(expected)]);
  });

  it('because of the root', () => {
    const planned = planUnitChange(changeWith(), unitOf(exampleSnapshot, 'r-ab12'), contextWith());
    expect(planned).toMatchObject({ errors: [{ message: expect.stringContaining('the root') }] });
  });

  it('because the workflows could not do their work any more, with the control named', () => {
    const calls = [
      { action: 'ec2:CreateVpnGateway', principalArn: 'arn:aws:iam::000000000000:role/jetway-execution' },
    ];
    expect(errorsOf({ enable: [VOLUMES, VPN] }, { calls })).toEqual([
      `/enable ${VPN} would deny ec2:CreateVpnGateway to the workflows themselves`,
    ]);
    expect(errorsOf({ enable: [VPN] })).toEqual([]);
  });

  it('because the accounts are too many for one plan', () => {
    const many = Array.from({ length: 4_000 }, (_, i) =>
      account(String(100_000_000_000 + i), 'ou-ab12-workloads'),
    );
    expect(errorsOf({ enable: [VPN] }, { accounts: many })[0]).toMatch(/4000 accounts are affected/);
  });
});
