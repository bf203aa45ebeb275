import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf, openTestAws, provisionInput, type TestAws } from '../local-aws.fixture.ts';
import { MANDATORY_EVERYWHERE, MANDATORY_SECURITY } from './control-tower/controls.ts';

let aws: TestAws;
beforeEach(async () => {
  aws = await openTestAws();
});
const tower = (action: string, input: unknown = {}) => aws.call('controltower', action, input);
const refusal = (action: string, input: unknown) => codeOf(() => tower(action, input));
const unit = (id: string) => `arn:aws:organizations::111122223333:ou/o-exampleorg1/${id}`;
const SANDBOX = unit('ou-ab12-sandboxes');
const control = (id: string) => `arn:aws:controltower:us-east-1::control/${id}`;
const VOLUMES = control('AWS-GR_ENCRYPTED_VOLUMES');
const on = (targetIdentifier: string, filter?: object): { controlIdentifier: string }[] => {
  const all: { controlIdentifier: string }[] = [];
  let nextToken: string | undefined;
  do {
    const page = tower('ListEnabledControls', { targetIdentifier, maxResults: 10, filter, nextToken });
    all.push(...page.enabledControls);
    nextToken = page.nextToken;
  } while (nextToken);
  return all;
};

describe('the landing zone', () => {
  it('is one, with its version', () => {
    const [{ arn }] = tower('ListLandingZones').landingZones;
    const { landingZone } = tower('GetLandingZone', { landingZoneIdentifier: arn });
    expect(landingZone).toMatchObject({ arn, status: 'ACTIVE', version: '3.3' });
    expect(refusal('GetLandingZone', { landingZoneIdentifier: `${arn}X` })).toBe('ResourceNotFoundException');
  });

  it('has the baseline on every unit but Security, and the mandatory controls on all', () => {
    const baselines: { targetIdentifier: string }[] = tower('ListEnabledBaselines').enabledBaselines;
    expect(baselines).toHaveLength(5);
    expect(baselines.map((one) => one.targetIdentifier)).not.toContain(unit('ou-ab12-security1'));
    expect(on(SANDBOX).map((one) => one.controlIdentifier)).toEqual(MANDATORY_EVERYWHERE.map(control));
    expect(on(unit('ou-ab12-security1'))).toHaveLength(
      MANDATORY_EVERYWHERE.length + MANDATORY_SECURITY.length,
    );
    expect([MANDATORY_EVERYWHERE.length, MANDATORY_SECURITY.length]).toEqual([15, 8]);
  });
});

describe('a control', () => {
  const enable = () => tower('EnableControl', { controlIdentifier: VOLUMES, targetIdentifier: SANDBOX });
  const operation = (operationIdentifier: string) =>
    tower('GetControlOperation', { operationIdentifier }).controlOperation;

  it('is enabled in its own time, and says so twice', async () => {
    const { operationIdentifier, arn } = enable();
    expect(operation(operationIdentifier)).toMatchObject({
      status: 'IN_PROGRESS',
      operationType: 'ENABLE_CONTROL',
    });
    expect(on(SANDBOX, { statuses: ['UNDER_CHANGE'] })).toMatchObject([{ controlIdentifier: VOLUMES }]);
    await aws.settle();
    expect(operation(operationIdentifier)).toMatchObject({
      status: 'SUCCEEDED',
      enabledControlIdentifier: arn,
    });
    expect(tower('GetEnabledControl', { enabledControlIdentifier: arn }).enabledControlDetails).toMatchObject(
      {
        controlIdentifier: VOLUMES,
        statusSummary: { status: 'SUCCEEDED', lastOperationIdentifier: operationIdentifier },
        targetRegions: [{ name: 'us-east-1' }, { name: 'eu-west-1' }],
      },
    );
    const events = aws.received().filter(({ source }) => source === 'aws.controltower');
    expect(events.map(({ detail }) => detail.eventName).sort()).toEqual(['EnableControl', 'EnableGuardrail']);
    expect(events.find(({ detail }) => detail.eventName === 'EnableGuardrail')?.detail).toMatchObject({
      serviceEventDetails: {
        enableGuardrailStatus: {
          organizationalUnits: [
            { organizationalUnitId: 'ou-ab12-sandboxes', organizationalUnitName: 'Sandbox' },
          ],
          guardrails: [{ guardrailId: 'AWS-GR_ENCRYPTED_VOLUMES', guardrailBehavior: 'DETECTIVE' }],
          state: 'SUCCEEDED',
          requestTimestamp: expect.stringMatching(/\+0000$/),
        },
      },
    });
  });

  it('is listed although its enabling failed', async () => {
    aws.scenario({ control: 'AWS-GR_ENCRYPTED_VOLUMES', outcome: 'control-fails' });
    const { operationIdentifier } = enable();
    await aws.settle();
    expect(operation(operationIdentifier).status).toBe('FAILED');
    expect(on(SANDBOX, { controlIdentifiers: [VOLUMES] })).toMatchObject([
      { statusSummary: { status: 'FAILED' } },
    ]);
    expect(operation(enable().operationIdentifier).status).toBe('IN_PROGRESS');
  });

  it('is disabled again', async () => {
    enable();
    await aws.settle();
    tower('DisableControl', { controlIdentifier: VOLUMES, targetIdentifier: SANDBOX });
    await aws.settle();
    expect(on(SANDBOX, { controlIdentifiers: [VOLUMES] })).toEqual([]);
  });

  it.each<[string, string, object]>([
    ['ConflictException', 'EnableControl', { controlIdentifier: VOLUMES, targetIdentifier: SANDBOX }],
    [
      'ValidationException',
      'EnableControl',
      { controlIdentifier: control(MANDATORY_EVERYWHERE[0] ?? ''), targetIdentifier: SANDBOX },
    ],
    [
      'ValidationException',
      'DisableControl',
      { controlIdentifier: control(MANDATORY_EVERYWHERE[0] ?? ''), targetIdentifier: SANDBOX },
    ],
    [
      'ResourceNotFoundException',
      'EnableControl',
      { controlIdentifier: control('AWS-GR_NONSENSE'), targetIdentifier: SANDBOX },
    ],
    [
      'ResourceNotFoundException',
      'EnableControl',
      { controlIdentifier: VOLUMES, targetIdentifier: unit('ou-ab12-12345678') },
    ],
    [
      'ResourceNotFoundException',
      'DisableControl',
      { controlIdentifier: control('AWS-GR_EBS_OPTIMIZED_INSTANCE'), targetIdentifier: SANDBOX },
    ],
    [
      'ResourceNotFoundException',
      'GetControlOperation',
      { operationIdentifier: '00000000-0000-4000-8000-000000000000' },
    ],
  ])('%s from %s', (code, action, input) => {
    enable();
    expect(refusal(action, input)).toBe(code);
  });

  it('waits for a place when too many operations are under way', () => {
    aws.setLimit('controlOperations', 1);
    enable();
    const second = { controlIdentifier: VOLUMES, targetIdentifier: unit('ou-ab12-workloads') };
    expect(refusal('EnableControl', second)).toBe('ServiceQuotaExceededException');
  });
});

describe('what a control does', () => {
  const VPN = control('AWS-GR_DISALLOW_VPN_CONNECTIONS');
  const WORKLOADS = unit('ou-ab12-workloads');
  /** An account that Account Factory made in Workloads, and one in the unit below. */
  const makeAccount = async (name: string, place: string) => {
    aws.call('servicecatalog', 'ProvisionProduct', provisionInput(name, { unit: place }));
    await aws.settle();
    const { Accounts } = aws.call('organizations', 'ListAccounts', {});
    return (Accounts as { Id: string; Name: string }[]).find((one) => one.Name === name)?.Id ?? '';
  };
  const inAccount = (accountId: string, region = 'us-east-1') => ({
    accountId,
    region,
    principalArn: `arn:aws:iam::${accountId}:role/aws-controltower-AdministratorExecutionRole`,
  });
  const rulesOf = (accountId: string, region?: string): string[] =>
    (
      aws.dispatcher.call('config', 'DescribeConfigRules', {}, inAccount(accountId, region)) as {
        ConfigRules: { ConfigRuleName: string }[];
      }
    ).ConfigRules.map((rule) => rule.ConfigRuleName);
  const policiesOn = (TargetId: string): string[] =>
    aws
      .call('organizations', 'ListPoliciesForTarget', { TargetId, Filter: 'SERVICE_CONTROL_POLICY' })
      .Policies.map((policy: { Name: string }) => policy.Name);
  const change = async (action: string, controlIdentifier: string, parameters?: object[]) => {
    const { operationIdentifier } = tower(action, {
      controlIdentifier,
      targetIdentifier: WORKLOADS,
      ...(parameters ? { parameters } : {}),
    });
    await aws.settle();
    return tower('GetControlOperation', { operationIdentifier }).controlOperation;
  };

  it('preventive: a policy on the unit, packed with the others, gone with the last', async () => {
    await change('EnableControl', VPN);
    expect(policiesOn('ou-ab12-workloads')).toEqual([
      'FullAWSAccess',
      expect.stringMatching(/^aws-guardrails-/),
    ]);
    await change('EnableControl', control('AWS-GR_RESTRICT_ROOT_USER'));
    expect(policiesOn('ou-ab12-workloads')).toHaveLength(2);
    await change('DisableControl', VPN);
    await change('DisableControl', control('AWS-GR_RESTRICT_ROOT_USER'));
    expect(policiesOn('ou-ab12-workloads')).toEqual(['FullAWSAccess']);
  });

  it('preventive: fails in words when the policies do not fit, and leaves what was', async () => {
    aws.setLimit('policiesPerTarget', 1);
    expect(await change('EnableControl', VPN)).toMatchObject({
      status: 'FAILED',
      statusMessage: expect.stringContaining('do not fit'),
    });
    expect(policiesOn('ou-ab12-workloads')).toEqual(['FullAWSAccess']);
  });

  it('detective: a rule in every governed Region of the accounts in the unit, also of later ones', async () => {
    const first = await makeAccount('first', 'Workloads (ou-ab12-workloads)');
    const below = await makeAccount('below', 'Prod (ou-ab12-workloadsprod)');
    await change('EnableControl', VOLUMES);
    const later = await makeAccount('later', 'Workloads (ou-ab12-workloads)');
    for (const id of [first, later]) {
      for (const region of aws.landingZone.governedRegions)
        expect(rulesOf(id, region)).toEqual(['AWSControlTower_AWS-GR_ENCRYPTED_VOLUMES']);
    }
    expect(rulesOf(below)).toEqual([]);
    await change('DisableControl', VOLUMES);
    expect([first, later].flatMap((id) => rulesOf(id))).toEqual([]);
  });

  it('with parameters: they are kept, and can be changed', async () => {
    const parameter = (role: string) => [
      { key: 'ExemptedPrincipalArns', value: [`arn:aws:iam::*:role/${role}`] },
    ];
    const { enabledControlIdentifier } = await change('EnableControl', VPN, parameter('network'));
    const details = () => tower('GetEnabledControl', { enabledControlIdentifier }).enabledControlDetails;
    expect(details().parameters).toEqual(parameter('network'));
    const { operationIdentifier } = tower('UpdateEnabledControl', {
      enabledControlIdentifier,
      parameters: parameter('routers'),
    });
    expect(refusal('UpdateEnabledControl', { enabledControlIdentifier, parameters: [] })).toBe(
      'ConflictException',
    );
    await aws.settle();
    expect(operationType(operationIdentifier)).toBe('UPDATE_ENABLED_CONTROL');
    expect(details()).toMatchObject({
      parameters: parameter('routers'),
      statusSummary: { status: 'SUCCEEDED' },
    });
    const [, own] = aws.call('organizations', 'ListPoliciesForTarget', {
      TargetId: 'ou-ab12-workloads',
      Filter: 'SERVICE_CONTROL_POLICY',
    }).Policies;
    const { Content } = aws.call('organizations', 'DescribePolicy', { PolicyId: own.Id }).Policy;
    expect(Content).toContain('role/routers');
    expect(Content).not.toContain('role/network');
  });
  const operationType = (operationIdentifier: string) =>
    tower('GetControlOperation', { operationIdentifier }).controlOperation.operationType;
});

describe('service quotas', () => {
  it('show what the organization keeps to', () => {
    aws.setLimit('accounts', 12);
    const quota = aws.call('service-quotas', 'GetServiceQuota', {
      ServiceCode: 'organizations',
      QuotaCode: 'L-E619E033',
    });
    expect(quota.Quota.Value).toBe(12);
    const { Quotas } = aws.call('service-quotas', 'ListServiceQuotas', { ServiceCode: 'controltower' });
    expect(
      Quotas.map(({ QuotaName, Value }: { QuotaName: string; Value: number }) => [QuotaName, Value]),
    ).toContainEqual(['Concurrent account operations', 5]);
    expect(codeOf(() => aws.call('service-quotas', 'ListServiceQuotas', { ServiceCode: 'nothing' }))).toBe(
      'NoSuchResourceException',
    );
  });
});
