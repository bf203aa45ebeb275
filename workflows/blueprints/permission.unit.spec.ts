import { describe, expect, it } from 'vitest';
import { joined, Permission, statementsOf } from './permission.ts';

const OWN_ROLE = 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/jetway-x';
const problems = (permission: object) => {
  const read = Permission.safeParse(permission);
  return read.success ? [] : read.error.issues.map(({ message }) => message);
};

describe('a permission', () => {
  it.each([
    [{ actions: ['sns:CreateTopic'], resources: ['*'] }],
    [{ actions: ['iam:CreateRole', 'iam:GetRole'], resources: [OWN_ROLE] }],
    [
      {
        actions: ['iam:PassRole'],
        resources: [OWN_ROLE],
        condition: { StringEquals: { 'iam:PassedToService': 'events.amazonaws.com' } },
      },
    ],
  ])('may be %j', (permission) => expect(problems(permission)).toEqual([]));

  it.each([
    [{ actions: ['*'], resources: ['*'] }, 'is not an action of one service'],
    [{ actions: ['s3:*'], resources: ['*'] }, 'is not an action of one service'],
    [{ actions: ['iam:Create*'], resources: [OWN_ROLE] }, 'iam:Create* is too much'],
    [{ actions: ['iam:CreateRole'], resources: ['*'] }, 'on more than roles and policies named jetway-'],
    [{ actions: ['iam:PassRole'], resources: [OWN_ROLE] }, 'without a condition on iam:PassedToService'],
    [{ actions: ['iam:AttachRolePolicy'], resources: [OWN_ROLE] }, 'without a condition on iam:PolicyARN'],
    [{ actions: ['sts:AssumeRole'], resources: ['*'] }, 'nothing that a component may do'],
    [{ actions: ['organizations:LeaveOrganization'], resources: ['*'] }, 'nothing that a component may do'],
    [{ actions: ['s3:GetObject'], resources: ['bucket'] }, 'is not an ARN'],
  ])('may not be %j', (permission, message) => {
    expect(problems(permission)).toContainEqual(expect.stringContaining(message));
  });
});

it('becomes a statement with a name of its own', () => {
  const permission = {
    actions: ['sns:Subscribe', 'sns:CreateTopic'],
    resources: ['arn:${AWS::Partition}:sns:x'],
  };
  expect(statementsOf('log-alerts', [permission])).toEqual([
    {
      Sid: 'LogAlerts1',
      Effect: 'Allow',
      Action: ['sns:CreateTopic', 'sns:Subscribe'],
      Resource: { 'Fn::Sub': 'arn:${AWS::Partition}:sns:x' },
    },
  ]);
});

it('joins what is allowed alike, and nothing else', () => {
  const pass = (resource: string, service = 'lambda') => ({
    actions: ['iam:PassRole'],
    resources: [resource],
    condition: { StringEquals: { 'iam:PassedToService': `${service}.amazonaws.com` } },
  });
  const look = { actions: ['logs:DescribeLogGroups'], resources: ['*'] };
  const statements = [
    ...statementsOf('one', [pass('arn:one'), look]),
    ...statementsOf('two', [pass('arn:two'), pass('arn:two', 'events'), look]),
  ];
  expect(joined(statements).map(({ Sid, Resource }) => [Sid, Resource])).toEqual([
    ['Shared1', ['arn:one', 'arn:two']],
    ['Shared2', '*'],
    ['Two2', 'arn:two'],
  ]);
});
