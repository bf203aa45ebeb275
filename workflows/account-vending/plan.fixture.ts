import { AccountPlan } from '../../services/planning/plan.schema.ts';

const TEMPLATE = (digit: string) => `sha256:${digit.repeat(64)}`;

/** A plan of the example landing zone, with two deployed components, two verified ones and every kind of guardrail. */
export const examplePlan: AccountPlan = AccountPlan.parse({
  digest: `sha256:${'d'.repeat(64)}`,
  requestId: 'req-018e0000-0000-7000-8000-000000000001',
  account: {
    name: 'payments-prod',
    email: 'aws+payments-prod@example.com',
    organizationalUnitId: 'ou-ab12-workloadsprod',
  },
  team: 'payments',
  tags: { 'jetway:team': 'payments', 'cost-center': '4711' },
  organization: {
    id: 'o-exampleorg1',
    managementAccountId: '111122223333',
    rootId: 'r-ab12',
    homeRegion: 'us-east-1',
    reservedAccountIds: ['111122223333', '222233334444', '333344445555'],
    organizationalUnitArn: 'arn:aws:organizations::111122223333:ou/o-exampleorg1/ou-ab12-workloadsprod',
    organizationalUnitName: 'Prod',
  },
  product: {
    productId: 'prod-accountfactory',
    provisioningArtifactId: 'pa-accountfactory1',
    provisionToken: 'req-018e0000-0000-7000-8000-000000000001',
    provisionedProductName: 'req-018e0000-0000-7000-8000-000000000001',
    parameters: [
      { key: 'AccountName', value: 'payments-prod' },
      { key: 'AccountEmail', value: 'aws+payments-prod@example.com' },
      { key: 'ManagedOrganizationalUnit', value: 'Prod (ou-ab12-workloadsprod)' },
      { key: 'SSOUserEmail', value: 'jetway-platform@example.com' },
      { key: 'SSOUserFirstName', value: 'Jetway' },
      { key: 'SSOUserLastName', value: 'Platform' },
    ],
  },
  fence: { quarantinePolicyId: 'p-quarantine1' },
  network: {
    vpcCidr: '10.16.0.0/22',
    subnets: [{ name: 'private-a', cidr: '10.16.0.0/24', availabilityZone: 'us-east-1a', tier: 'private' }],
  },
  templateBaseUrl: 'https://jetway-artifacts-111122223333-us-east-1.s3.us-east-1.amazonaws.com',
  components: [
    {
      ...component('execution-role', TEMPLATE('1'), {
        VendRoleArn: 'arn:aws:iam::111122223333:role/jetway-vend',
      }),
      readBack: {
        roles: [
          {
            name: 'jetway-execution',
            trust: [
              'arn:aws:iam::111122223333:role/jetway-vend if StringEquals sts:ExternalId drift and StringEquals sts:ExternalId vending',
            ],
          },
        ],
      },
    },
    {
      ...component('vpc', TEMPLATE('2'), { Cidr: '10.16.0.0/22' }),
      readBack: { outputs: { VpcCidr: '10.16.0.0/22' } },
    },
    {
      ...component('audit-roles', TEMPLATE('3'), {}),
      readBack: {
        outputs: { ReadOnlyRoleArn: 'arn:aws:iam::{accountId}:role/jetway-audit-read-only' },
      },
    },
    {
      ...component('event-forwarding', TEMPLATE('5'), {}),
      readBack: { roles: [{ name: 'jetway-events', trust: ['events.amazonaws.com'] }] },
    },
    elsewhere('event-forwarding', TEMPLATE('5'), 'eu-central-1'),
    elsewhere('event-forwarding', TEMPLATE('5'), 'eu-west-1'),
    component('guardrails-detective', TEMPLATE('4'), {}),
    elsewhere('guardrails-detective', TEMPLATE('4'), 'eu-west-1'),
    { name: 'cloudtrail', version: '1.0.0', mode: 'verify', region: 'us-east-1', parameters: {} },
    { name: 'config', version: '1.0.0', mode: 'verify', region: 'us-east-1', parameters: {} },
    { name: 'identity-center', version: '1.0.0', mode: 'verify', region: 'us-east-1', parameters: {} },
  ],
  identityCenter: {
    instanceArn: 'arn:aws:sso:::instance/ssoins-1111222233334444',
    identityStoreId: 'd-1234567890',
  },
  groups: [],
  permissionSets: [
    {
      name: 'jetway-Auditor',
      description: 'Read what a security audit needs, never data',
      sessionDuration: 'PT4H',
      managedPolicies: ['arn:aws:iam::aws:policy/SecurityAudit', 'arn:aws:iam::aws:policy/ViewOnlyAccess'],
    },
  ],
  access: [
    { ...grant('payments-admins', '1', 'AdministratorAccess'), permissionSetArn: permissionSetArn('1') },
    grant('auditors', '2', 'jetway-Auditor'),
  ],
  guardrails: {
    preventive: [
      {
        policyName: 'jetway-guardrails-aaaa',
        characters: 26,
        controls: ['AWS-GR_RESTRICT_ROOT_USER'],
        content: '{"Version":"2012-10-17"}',
      },
    ],
    detective: [
      {
        ruleName: 'jetway-encrypted-volumes',
        control: 'AWS-GR_ENCRYPTED_VOLUMES',
        sourceIdentifier: 'ENCRYPTED_VOLUMES',
        parameters: {},
        regions: ['us-east-1', 'eu-west-1'],
      },
    ],
    inherited: ['AWS-GR_CLOUDTRAIL_CHANGE_PROHIBITED', 'AWS-GR_REGION_DENY'],
  },
  trafficMirroring: null,
  quotas: [{ name: 'Default maximum number of accounts', used: 4, limit: 1000 }],
  eta: { p50Seconds: 1200, p90Seconds: 2700 },
  monthlyCost: { currency: 'USD', amount: 0, items: [] },
  approvals: {
    policy: 'one',
    quorum: 1,
    approvers: ['cleo'],
    expiresAfterSeconds: 86_400,
    automatic: null,
    stages: [{ name: 'approver', quorum: 1, approvers: [{ requestTeam: true }] }],
    escalateTo: [],
    timers: [{ seconds: 86_400, act: 'expire' }],
  },
  snapshot: { id: 'snap-1', takenAt: '2026-03-04T09:55:00Z' },
  warnings: [],
});

/** Of a stack of the plan, as CloudFormation shows them. @param secret as those with NoEcho */
export const plannedParameters = (stack: string, secret = false) =>
  Object.entries(examplePlan.components.find(({ stackName }) => stackName === stack)?.parameters ?? {}).map(
    ([ParameterKey, planned]) => ({ ParameterKey, ParameterValue: secret ? '****' : planned }),
  );

function component(name: string, templateDigest: string, parameters: Record<string, string>) {
  return {
    name,
    version: '1.0.0',
    mode: 'deploy',
    region: 'us-east-1',
    stackName: `jetway-${name}`,
    templateDigest,
    parameters,
  };
}

function elsewhere(name: string, templateDigest: string, region: string) {
  return {
    name,
    version: '1.0.0',
    mode: 'deploy',
    region,
    stackSetName: `jetway-${name}-${templateDigest.slice(7, 19)}`,
    templateDigest,
    parameters: { HomeRegion: 'us-east-1' },
  };
}

function grant(principal: string, digit: string, permissionSet: string) {
  return {
    principal,
    permissionSet,
    principalType: 'GROUP',
    principalId: `00000000-0000-4000-8000-00000000000${digit}`,
  };
}

function permissionSetArn(digit: string) {
  return `arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-000000000000000${digit}`;
}
