import { describe, expect, it } from 'vitest';
import { type ChainLevel, compileChain, FULL_AWS_ACCESS } from './evaluate.ts';
import {
  FENCE_EXEMPT_PRINCIPALS,
  QUARANTINE_POLICY_NAME,
  quarantinePolicy,
  ROOT_FENCE_POLICY_NAME,
  rootFencePolicy,
} from './fence.ts';
import { parsePolicy } from './policy-document.ts';

const organization = { organizationId: 'o-exampleorg1', rootId: 'r-ab12' };
const account = '444455556666';
const arn = (rest: string): string => `arn:aws:iam::${account}:${rest}`;
const session = (rest: string): string => `arn:aws:sts::${account}:assumed-role/${rest}`;

const full = { id: 'p-FullAWSAccess', name: 'FullAWSAccess', content: FULL_AWS_ACCESS };
const fence = { id: 'p-fence', name: ROOT_FENCE_POLICY_NAME, content: rootFencePolicy(organization) };
const quarantine = { id: 'p-quarantine', name: QUARANTINE_POLICY_NAME, content: quarantinePolicy() };

/** The chain of an account, and where it says that it is. */
const place = (units: string[], quarantined: boolean) => {
  const chain: ChainLevel[] = [
    { targetId: 'r-ab12', policies: [full, fence] },
    ...units.map((targetId) => ({ targetId, policies: [full] })),
    { targetId: account, policies: quarantined ? [full, quarantine] : [full] },
  ];
  const path = `o-exampleorg1/r-ab12/${units.map((unit) => `${unit}/`).join('')}`;
  const decide = compileChain(chain);
  return (principalArn: string, action: string, resource = '*') =>
    decide({
      action,
      resource,
      principalArn,
      accountId: account,
      region: 'us-east-1',
      context: { 'aws:PrincipalOrgPaths': [path] },
    });
};

const underRoot = place([], false);
const fenced = place(['ou-ab12-workloads'], true);
const active = place(['ou-ab12-workloads', 'ou-ab12-workloadsprod'], false);

const builders = [
  arn('role/AWSControlTowerExecution'),
  session('AWSControlTowerExecution/AWSControlTowerBaseline'),
  arn('role/jetway-execution'),
  session('jetway-execution/0123456789abcdef'),
  arn('role/aws-controltower-ConfigRecorderRole'),
  arn('role/aws-controltower-ForwardSnsNotificationRole'),
  arn('role/aws-controltower-AdministratorExecutionRole'),
  arn('role/stacksets-exec-0a1b2c3d4e5f'),
  arn('role/jetway-event-forwarder'),
];
const serviceLinked = [
  arn('role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig'),
  arn('role/aws-service-role/delivery.logs.amazonaws.com/AWSServiceRoleForLogDelivery'),
  arn('role/aws-service-role/sso.amazonaws.com/AWSServiceRoleForSSO'),
];
const strangers = [
  arn('root'),
  `arn:aws:sts::${account}:assumed-root/ana`,
  arn('user/ana'),
  arn('user/role/jetway-execution'),
  arn('role/OrganizationAccountAccessRole'),
  arn('role/Developer'),
  arn('role/AWSControlTowerExecution2'),
  arn('role/my-aws-controltower-role'),
  arn('role/team/jetway-execution'),
  arn('role/aws-reserved/sso.amazonaws.com/us-east-1/AWSReservedSSO_AdministratorAccess_0123456789abcdef'),
  session('AWSReservedSSO_AdministratorAccess_0123456789abcdef/ana@example.com'),
  `arn:aws:sts::${account}:federated-user/jetway-execution`,
];
/** What building takes: by Control Tower, by our two hops, by the services that record and forward. */
const buildingActions = [
  'iam:CreateRole',
  'iam:PutRolePolicy',
  'sts:AssumeRole',
  'sts:GetCallerIdentity',
  'cloudformation:CreateStack',
  'cloudformation:DescribeStacks',
  'cloudformation:DescribeStackEvents',
  'cloudformation:UpdateStack',
  'ec2:CreateVpc',
  'ec2:CreateSubnet',
  'ec2:CreateFlowLogs',
  'logs:CreateLogDelivery',
  'config:PutConfigurationRecorder',
  'config:PutConfigRule',
  'config:DescribeConfigurationRecorderStatus',
  'config:PutEvaluations',
  'cloudtrail:DescribeTrails',
  'cloudtrail:GetTrailStatus',
  'events:PutRule',
  'events:PutEvents',
  'budgets:ModifyBudget',
  'sns:Publish',
];

describe('the fence', () => {
  describe.each(builders)('%s', (principal) => {
    it.each(buildingActions)('may %s, fenced and directly under the root', (action) => {
      expect(fenced(principal, action)).toEqual({ decision: 'allowed', by: [] });
      expect(underRoot(principal, action)).toEqual({ decision: 'allowed', by: [] });
    });
  });

  it.each(serviceLinked)('does not bind %s', (principal) => {
    expect(fenced(principal, 'config:PutEvaluations')).toMatchObject({
      decision: 'allowed',
      why: 'scp-not-applied',
    });
  });

  describe.each(strangers)('%s', (principal) => {
    it.each([...buildingActions, 's3:GetObject', 'organizations:LeaveOrganization', 'account:CloseAccount'])(
      'may not %s',
      (action) => {
        expect(fenced(principal, action)).toMatchObject({
          decision: 'denied',
          by: [{ policyName: 'jetway-quarantine', sid: 'JetwayQuarantine', targetId: account }],
        });
        expect(underRoot(principal, action)).toMatchObject({
          decision: 'denied',
          by: [{ policyName: 'jetway-root-fence', sid: 'JetwayRootFence', targetId: 'r-ab12' }],
        });
      },
    );
  });

  it.each(strangers)('lets %s work once the account is in its OU and not in quarantine', (principal) => {
    expect(active(principal, 's3:GetObject').decision).toBe('allowed');
  });

  it('is not fooled by an OU whose id begins like the root', () => {
    const twin = place(['r-ab12'], false);
    expect(twin(arn('user/ana'), 's3:GetObject').decision).toBe('allowed');
  });

  it('is unknown, never allowed, when nobody says where the account is', () => {
    const decide = compileChain([{ targetId: 'r-ab12', policies: [full, fence] }]);
    const request = {
      action: 's3:GetObject',
      resource: '*',
      principalArn: arn('user/ana'),
      accountId: account,
    };
    expect(decide(request).decision).toBe('unknown');
  });

  it('spares the same principals in both policies, fits any limit, and is minified', () => {
    for (const { content } of [fence, quarantine]) {
      const [statement] = parsePolicy(content).statements;
      expect(statement?.conditions.at(-1)?.values).toEqual([...FENCE_EXEMPT_PRINCIPALS]);
      expect(content.length).toBeLessThan(1_800);
      expect(JSON.stringify(JSON.parse(content))).toBe(content);
    }
  });
});

describe('the names of the builders', () => {
  const names = [
    'role/jetway-mine',
    'role/jetway-execution',
    'role/stacksets-exec-0a1b2c3d4e5f',
    'role/AWSControlTowerExecution',
    'role/aws-controltower-ConfigRecorderRole',
  ];
  const changes = [
    'iam:CreateRole',
    'iam:AttachRolePolicy',
    'iam:PutRolePolicy',
    'iam:PutRolePermissionsBoundary',
    'iam:UpdateAssumeRolePolicy',
    'iam:UpdateRole',
    'iam:UpdateRoleDescription',
    'iam:TagRole',
    'iam:UntagRole',
    'iam:DetachRolePolicy',
    'iam:DeleteRolePolicy',
    'iam:DeleteRolePermissionsBoundary',
    'iam:DeleteRole',
    'iam:PassRole',
  ];

  describe.each(strangers)('%s', (principal) => {
    it('may not take or change one, in an account that is ACTIVE', () => {
      for (const action of changes) {
        for (const name of names) {
          expect(active(principal, action, arn(name)), `${action} ${name}`).toMatchObject({
            decision: 'denied',
            by: [{ policyName: 'jetway-root-fence', sid: 'JetwayBuilders', targetId: 'r-ab12' }],
          });
        }
      }
      const code = 'arn:aws:lambda:eu-west-1:444455556666:function:jetway-security-baseline';
      expect(active(principal, 'lambda:UpdateFunctionCode', code).decision).toBe('denied');
    });

    it('may read them, and do as they like with other roles and functions', () => {
      expect(active(principal, 'iam:GetRole', arn('role/jetway-execution')).decision).toBe('allowed');
      for (const action of changes) {
        expect(active(principal, action, arn('role/Developer')).decision).toBe('allowed');
        expect(active(principal, action, arn('role/my-jetway-role')).decision).toBe('allowed');
      }
      const code = 'arn:aws:lambda:eu-west-1:444455556666:function:theirs';
      expect(active(principal, 'lambda:UpdateFunctionCode', code).decision).toBe('allowed');
    });
  });

  it.each(builders)('are open to %s', (principal) => {
    for (const action of changes) {
      for (const name of names) expect(active(principal, action, arn(name)).decision).toBe('allowed');
    }
  });
});
