import { describe, expect, it } from 'vitest';
import { type ChainLevel, compileChain, FULL_AWS_ACCESS } from '../services/guardrails/evaluate.ts';
import { quarantinePolicy, rootFencePolicy } from '../services/guardrails/fence.ts';
import { actionsUsed } from './asl/actions.ts';
import { artifacts } from './blueprints/plan.fixture.ts';
import { DEFINITIONS } from './definitions.ts';

/**
 * The fence must never lock out what builds the account, and never let in anybody else: every call of the workflows
 * and every resource of the templates is driven through both policies, wherever Control Tower may have left the account.
 */
const account = '444455556666';
const policy = (name: string, content: string) => ({ id: `p-${name}`, name, content });
const full = policy('FullAWSAccess', FULL_AWS_ACCESS);
const rootFence = policy(
  'jetway-root-fence',
  rootFencePolicy({ organizationId: 'o-exampleorg1', rootId: 'r-ab12' }),
);
const quarantine = policy('jetway-quarantine', quarantinePolicy());

function standing(units: readonly string[], own: ChainLevel['policies']) {
  const decide = compileChain([
    { targetId: 'r-ab12', policies: [full, rootFence] },
    ...units.map((targetId) => ({ targetId, policies: [full] })),
    { targetId: account, policies: [full, ...own] },
  ]);
  const path = `${['o-exampleorg1', 'r-ab12', ...units].join('/')}/`;
  return (principalArn: string, action: string, resource = '*') =>
    decide({
      action,
      resource,
      principalArn,
      accountId: account,
      region: 'us-east-1',
      context: { 'aws:PrincipalOrgPaths': [path] },
    }).decision;
}

/** Every place where an unfinished account can be. */
const PLACES = {
  'in its unit, in quarantine': standing(['ou-ab12-workloads'], [quarantine]),
  'in a unit below a unit, in quarantine': standing(
    ['ou-ab12-workloads', 'ou-ab12-workloadsprod'],
    [quarantine],
  ),
  'directly under Root, in quarantine': standing([], [quarantine]),
  'directly under Root, before anybody could fence it': standing([], []),
};

const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;
const sessionOf = (name: string, session: string) =>
  `arn:aws:sts::${account}:assumed-role/${name}/${session}`;

/** IAM's own prefixes where Step Functions has another name for the service. */
const PREFIX: Record<string, string> = { ssoadmin: 'sso' };
const workflowCalls = DEFINITIONS.flatMap(({ name, definition }) =>
  actionsUsed(definition).map((used) => ({ machine: name, ...used })),
);
const inTheAccount = workflowCalls.filter((used) => used.credentials !== 'none');

type Resource = { Type: string; Properties?: { RoleName?: string } };
const resources = artifacts.flatMap(({ text }) =>
  Object.values(JSON.parse(text).Resources as Record<string, Resource>),
);
const resourceTypes = [...new Set(resources.map(({ Type }) => Type))];

const builders: [who: string, principal: string, actions: string[]][] = [
  [
    'Account Factory and Control Tower in the account',
    sessionOf('AWSControlTowerExecution', 'AWSControlTowerBaseline'),
    ['cloudformation:CreateStack', 'iam:CreateRole', 'config:PutConfigurationRecorder', 'sns:CreateTopic'],
  ],
  [
    'the stack sets of Control Tower',
    sessionOf('stacksets-exec-0123456789abcdef', 'AWSControlTower'),
    ['cloudformation:CreateStack', 'config:PutDeliveryChannel', 'cloudtrail:CreateTrail'],
  ],
  [
    'Control Tower’s recorder role',
    sessionOf('aws-controltower-ConfigRecorderRole', 'AWSConfig'),
    ['s3:PutObject', 'config:PutConfigurationAggregator', 'ec2:DescribeInstances'],
  ],
  [
    'Control Tower’s forwarder',
    sessionOf('aws-controltower-ForwardSnsNotificationRole', 'lambda'),
    ['sns:Publish', 'logs:PutLogEvents'],
  ],
  ['our event forwarder', sessionOf('jetway-event-forwarder', 'events'), ['events:PutEvents']],
  [
    'Config by its role',
    role('aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig'),
    ['config:PutEvaluations', 'ec2:DescribeVpcs'],
  ],
  [
    'flow-log delivery by its role',
    role('aws-service-role/delivery.logs.amazonaws.com/AWSServiceRoleForLogDelivery'),
    ['s3:PutObject', 'firehose:PutRecord'],
  ],
];

const strangers: [who: string, principal: string][] = [
  ['the root user', `arn:aws:iam::${account}:root`],
  ['a central root session', `arn:aws:sts::${account}:assumed-root/ops`],
  ['an IAM user', `arn:aws:iam::${account}:user/ana`],
  [
    'Control Tower’s own administrators through Identity Center',
    sessionOf('AWSReservedSSO_AWSAdministratorAccess_0123456789abcdef', 'ana@example.com'),
  ],
  [
    'the platform identity of Account Factory',
    sessionOf(
      'AWSReservedSSO_AWSOrganizationsFullAccess_0123456789abcdef',
      'aws+jetway-platform@example.com',
    ),
  ],
  ['the role that Organizations makes by default', sessionOf('OrganizationAccountAccessRole', 'ops')],
  ['a role that somebody made', sessionOf('deployer', 'ci')],
  ['a role with one of our names under a path', role('team/jetway-execution')],
  ['a role that ends like Control Tower’s', sessionOf('not-AWSControlTowerExecution', 'x')],
];

describe.each(Object.entries(PLACES))('an unfinished account %s', (_where, decide) => {
  it.each(inTheAccount.map((used) => [`${used.credentials} ${used.service}:${used.action}`, used] as const))(
    'lets the workflow call %s',
    (_name, { service, action, credentials }) => {
      const name = `${PREFIX[service] ?? service}:${action}`;
      expect(decide(role(credentials), name)).toBe('allowed');
      expect(decide(sessionOf(credentials, 'states'), name)).toBe('allowed');
    },
  );

  it.each(resourceTypes)('lets CloudFormation make, read and delete %s as our roles', (type) => {
    const [, service = '', kind] = type.split('::');
    for (const verb of ['Create', 'Put', 'Describe', 'Tag', 'Delete']) {
      const action = `${service.toLowerCase()}:${verb}${kind}`;
      expect(decide(sessionOf('jetway-execution', 'AWSCloudFormation'), action)).toBe('allowed');
      expect(decide(sessionOf('AWSControlTowerExecution', 'AWSCloudFormation'), action)).toBe('allowed');
    }
  });

  it.each(builders)('lets %s work', (_who, principal, actions) => {
    for (const action of actions) expect(decide(principal, action), action).toBe('allowed');
  });

  it.each(strangers)('is closed to %s', (_who, principal) => {
    const anything = ['s3:GetObject', 'iam:CreateUser', 'organizations:LeaveOrganization', 'sts:AssumeRole'];
    const ours = inTheAccount.map(({ service, action }) => `${PREFIX[service] ?? service}:${action}`);
    for (const action of [...anything, 'account:CloseAccount', ...ours]) {
      expect(decide(principal, action), action).toBe('denied');
    }
  });
});

describe('a finished account', () => {
  const decide = standing(['ou-ab12-workloads'], []);
  it.each(strangers)('is open to %s as far as the fence goes', (_who, principal) => {
    expect(decide(principal, 's3:GetObject')).toBe('allowed');
  });
});

describe('what is driven through the fence', () => {
  it('is every call that a workflow makes in another account', () => {
    expect(new Set(inTheAccount.map((used) => used.credentials))).toEqual(
      new Set(['AWSControlTowerExecution', 'jetway-execution', 'jetway-mirror']),
    );
    expect(inTheAccount.length).toBeGreaterThan(10);
    expect(resourceTypes.length).toBeGreaterThan(10);
  });

  it('and every role that our templates make has a name that the fence knows', () => {
    const names = resources
      .filter(({ Type }) => Type === 'AWS::IAM::Role')
      .map(({ Properties }) => Properties?.RoleName ?? 'a name that CloudFormation invents');
    expect(names.length).toBeGreaterThan(2);
    // The text, or what Fn::Sub makes it of.
    for (const name of names) expect(JSON.stringify(name)).toMatch(/^(\{"Fn::Sub":)?"jetway-/);
  });
});
