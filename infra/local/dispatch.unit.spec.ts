import { beforeEach, describe, expect, it } from 'vitest';
import { TaskError } from './engine/engine.ts';
import { codeOf, openTestAws, provisionInput, type TestAws } from './local-aws.fixture.ts';
import { sdkTaskDispatch } from './sdk-task.ts';
import { AwsError, type Caller } from './world.ts';

let aws: TestAws;
beforeEach(async () => {
  aws = await openTestAws();
});

describe('the dispatcher', () => {
  it.each<[string, string, string, unknown]>([
    ['UnknownOperationException', 'organizations', 'CreateOrganisation', {}],
    ['UnknownOperationException', 'organizations', 'toString', {}],
    ['UnknownOperationException', 'lambda', 'Invoke', {}],
    ['UnknownOperationException', '../secret', 'Read', {}],
    ['InvalidInputException', 'organizations', 'DescribeAccount', { AccountId: '1' }],
    ['SerializationException', 'organizations', 'DescribeAccount', { AccountId: 1 }],
    ['ValidationException', 'servicecatalog', 'DescribeRecord', { Idd: 'x', Id: 'rec-1' }],
    ['ValidationException', 'controltower', 'GetLandingZone', {}],
  ])('answers %s to %s:%s', (code, service, action, input) => {
    expect(codeOf(() => aws.call(service, action, input))).toBe(code);
  });

  it('answers copies', () => {
    aws.call('organizations', 'ListRoots').Roots[0].Name = 'Changed';
    const { Account } = aws.call('organizations', 'DescribeAccount', { AccountId: '333344445555' });
    Account.Name = 'Changed';
    expect(aws.call('organizations', 'DescribeAccount', { AccountId: '333344445555' }).Account.Name).toBe(
      'Audit',
    );
  });

  it('refuses a call that would have to leave its Region', () => {
    const abroad: Caller = { ...aws.caller, region: 'eu-west-1' };
    const code = (service: string, action: string) =>
      codeOf(() => aws.dispatcher.call(service, action, {}, abroad));
    expect(code('servicecatalog', 'SearchProductsAsAdmin')).toBe('UnrecognizedClientException');
    expect(code('organizations', 'ListRoots')).toBe('none');
  });

  it('takes back what a failing operation wrote', () => {
    aws.setLimit('policySize', 100_000);
    const Tags = Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: '' }));
    const policy = {
      Name: 'tagged',
      Description: '',
      Type: 'SERVICE_CONTROL_POLICY',
      Content: '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}',
      Tags,
    };
    expect(codeOf(() => aws.call('organizations', 'CreatePolicy', policy))).toBe(
      'ConstraintViolationException',
    );
    expect(
      aws.call('organizations', 'ListPolicies', { Filter: 'SERVICE_CONTROL_POLICY' }).Policies,
    ).toHaveLength(3);
  });
});

describe('faults', () => {
  const list = () => codeOf(() => aws.call('organizations', 'ListAccounts'));

  it('hit the call they name, as often as they say', () => {
    aws.faults.inject({
      service: 'organizations',
      action: 'ListAccounts',
      kind: 'throttle',
      nth: 2,
      times: 2,
    });
    expect([list(), list(), list(), list()]).toEqual([
      'none',
      'TooManyRequestsException',
      'TooManyRequestsException',
      'none',
    ]);
    expect(aws.faults.hits.get('throttle organizations:ListAccounts')).toBe(2);
  });

  it('throttle by the name that the service uses', () => {
    for (const service of ['controltower', 'servicecatalog', 'sqs']) {
      aws.faults.inject({ service, action: '*', kind: 'throttle' });
    }
    expect([
      codeOf(() => aws.call('controltower', 'ListLandingZones')),
      codeOf(() => aws.call('servicecatalog', 'SearchProductsAsAdmin')),
      codeOf(() => aws.call('sqs', 'GetQueueUrl', { QueueName: 'everything' })),
    ]).toEqual(['ThrottlingException', 'ThrottlingException', 'RequestThrottled']);
  });

  it('go when taken out, or all at once', () => {
    const rule = { service: 'organizations', action: '*', kind: 'error', code: 'ServiceException' } as const;
    const takeOut = aws.faults.inject({ ...rule, times: Number.POSITIVE_INFINITY });
    expect([list(), list()]).toEqual(['ServiceException', 'ServiceException']);
    takeOut();
    expect(list()).toBe('none');
    aws.faults.inject({ ...rule, rate: 1 });
    expect(list()).toBe('ServiceException');
    aws.faults.clear();
    expect(list()).toBe('none');
  });

  it('can show yesterday’s list', () => {
    const roots = () => aws.call('organizations', 'ListOrganizationalUnitsForParent', { ParentId: 'r-ab12' });
    const action = 'ListOrganizationalUnitsForParent';
    aws.faults.inject({ service: 'organizations', action, kind: 'stale', nth: 2 });
    expect(roots().OrganizationalUnits).toHaveLength(4);
    aws.call('organizations', 'CreateOrganizationalUnit', { ParentId: 'r-ab12', Name: 'New' });
    expect(roots().OrganizationalUnits).toHaveLength(4);
    expect(roots().OrganizationalUnits).toHaveLength(5);
  });
});

describe('SDK integrations of Step Functions', () => {
  const MACHINE = 'arn:aws:states:us-east-1:111122223333:stateMachine:account-vending';
  const ROLE = 'arn:aws:iam::111122223333:role/jetway-vend';
  const task = (resource: string, input: unknown, roleArn?: string) => {
    const dispatch = sdkTaskDispatch(aws.dispatcher, {
      check: () => {},
      assume(arn, by) {
        if (by.externalId !== MACHINE || by.principalArn !== ROLE) throw new Error('wrong caller');
        if (!arn.includes('known')) throw new AwsError('AccessDenied', 'no');
        return { accountId: '333344445555', region: by.region, principalArn: arn };
      },
    });
    return dispatch({
      resource,
      arguments: input,
      stateMachineArn: MACHINE,
      executionArn: `${MACHINE.replace('stateMachine', 'execution')}:one`,
      executionRoleArn: ROLE,
      ...(roleArn ? { roleArn } : {}),
    });
  };
  const failure = (resource: string, input: unknown, roleArn?: string) => {
    try {
      return `none: ${JSON.stringify(task(resource, input, roleArn))}`;
    } catch (error) {
      if (error instanceof TaskError) return `${error.errorName}: ${error.cause}`;
      throw error;
    }
  };

  it('spell members with a capital, whatever the service does', () => {
    expect(task('aws-sdk:controltower:listLandingZones', {})).toEqual({
      LandingZones: [{ Arn: 'arn:aws:controltower:us-east-1:111122223333:landingzone/1A2B3C4D5E6F7G8H' }],
    });
    expect(failure('aws-sdk:controltower:getLandingZone', { landingZoneIdentifier: 'x' })).toBe(
      'States.Runtime: aws-sdk:controltower:getLandingZone: Arguments.LandingZoneIdentifier: required',
    );
  });

  it('send messages of any JSON', () => {
    const QueueUrl = 'https://sqs.us-east-1.amazonaws.com/111122223333/everything';
    const sent = task('sqs:sendMessage', { QueueUrl, MessageBody: { kind: 'fact', n: 1 } });
    expect(sent).toMatchObject({ MD5OfMessageBody: expect.any(String), MessageId: expect.any(String) });
    expect(aws.received()).toEqual([{ kind: 'fact', n: 1 }]);
    expect(failure('aws-sdk:sqs:sendMessage', { QueueUrl, MessageBody: {} })).toMatch(/^States\.Runtime/);
  });

  it.each<[string, string, unknown, string]>([
    [
      'an unknown service',
      'aws-sdk:lambda:invoke',
      {},
      'States.Runtime: The resource provided aws-sdk:lambda:invoke is',
    ],
    [
      'an unknown action',
      'aws-sdk:organizations:createOrganisation',
      {},
      'States.Runtime: The resource provided',
    ],
    ['a capital action', 'aws-sdk:organizations:ListRoots', {}, 'States.Runtime: The resource provided'],
    ['assumeRole', 'aws-sdk:sts:assumeRole', { RoleArn: 'x' }, 'States.Runtime: The resource provided'],
    ['another integration', 'lambda:invoke', {}, 'States.Runtime: The resource provided lambda:invoke is'],
    [
      'an unknown member',
      'aws-sdk:organizations:describeAccount',
      { AccountId: '333344445555', X: 1 },
      'States.Runtime: aws-sdk:organizations:describeAccount: Arguments.X: not a member of DescribeAccount input',
    ],
    [
      'a declared error',
      'aws-sdk:organizations:describeAccount',
      { AccountId: '999988887777' },
      'Organizations.AccountNotFoundException: You specified an account',
    ],
    [
      'a value that the service refuses',
      'aws-sdk:organizations:describeAccount',
      { AccountId: '1' },
      'Organizations.InvalidInputException: 1 validation error',
    ],
    [
      'a declared error of another service',
      'aws-sdk:servicecatalog:describeRecord',
      { Id: 'rec-1' },
      'ServiceCatalog.ResourceNotFoundException: Record rec-1 not found.',
    ],
    [
      'a queue that is not there',
      'sqs:sendMessage',
      { QueueUrl: 'https://x/none', MessageBody: 'x' },
      'SQS.QueueDoesNotExistException: The specified queue',
    ],
  ])('name %s', (_, resource, input, expected) => {
    expect(failure(resource, input).slice(0, expected.length)).toBe(expected);
  });

  it('name undeclared errors after the service, with the code in the cause', () => {
    aws.faults.inject({ service: 'servicecatalog', action: 'DescribeRecord', kind: 'throttle' });
    expect(failure('aws-sdk:servicecatalog:describeRecord', { Id: 'rec-1' })).toMatch(
      /^ServiceCatalog\.ServiceCatalogException: Rate exceeded \(Service: ServiceCatalog, Status Code: 429, Error Code: ThrottlingException, Request ID: [0-9a-f-]{36}\)$/,
    );
  });

  it('lose a reply of a call that was executed', () => {
    aws.faults.inject({ service: 'servicecatalog', action: 'ProvisionProduct', kind: 'lost-reply' });
    const provision = () => failure('aws-sdk:servicecatalog:provisionProduct', provisionInput('orders'));
    expect(provision()).toMatch(/^ServiceCatalog\.SdkClientException: Unable to execute HTTP request/);
    expect(provision()).toMatch(/^none: .*"Status":"CREATED"/);
  });

  it('act as another role by Credentials, or fail as AWS does', () => {
    expect(task('aws-sdk:sts:getCallerIdentity', {}, 'arn:aws:iam::333344445555:role/known')).toMatchObject({
      Account: '333344445555',
    });
    const unknown = 'arn:aws:iam::333344445555:role/other';
    expect(failure('aws-sdk:sts:getCallerIdentity', {}, unknown)).toBe(
      `States.TaskFailed: The role ${ROLE} is not authorized to assume the task state's role, ${unknown}.`,
    );
  });
});
