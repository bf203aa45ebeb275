import { describe, expect, it } from 'vitest';
import { stackCalls } from './stack-calls.ts';
import type { StackTemplate } from './stack-template.ts';

const plan = {
  stackName: 'jetway-vpc',
  parameters: { Tiers: '2', Name: 'jetway-topic' },
  region: 'eu-west-1',
  accountId: '000000000000',
  roleName: 'jetway-execution',
};
const actions = (template: StackTemplate) => stackCalls(template, plan).calls.map(({ action }) => action);
const gateway = { Type: 'AWS::EC2::InternetGateway' };
const CREATE = 'ec2:CreateInternetGateway';
const when = (condition: unknown): StackTemplate => ({
  Parameters: { Zones: { Default: 3 }, Missing: {} },
  Conditions: { Wanted: condition, Two: { 'Fn::Equals': [{ Ref: 'Tiers' }, '2'] } },
  Resources: { Gateway: { ...gateway, Condition: 'Wanted' } },
});

describe('stackCalls', () => {
  it('are made as the role, in the Region, through CloudFormation', () => {
    expect(stackCalls({ Resources: { Gateway: gateway } }, plan).calls[0]).toEqual({
      action: CREATE,
      principalArn: 'arn:aws:iam::000000000000:role/jetway-execution',
      resource: 'arn:aws:ec2:eu-west-1:000000000000:internet-gateway/*',
      region: 'eu-west-1',
      context: expect.objectContaining({ 'aws:ViaAWSService': 'true' }),
    });
  });

  it.each<[string, unknown, boolean]>([
    ['a parameter of the plan', { 'Fn::Equals': [{ Ref: 'Tiers' }, '2'] }, true],
    ['the other value', { 'Fn::Equals': [{ Ref: 'Tiers' }, '1'] }, false],
    ['a default of the template', { 'Fn::Equals': [{ Ref: 'Zones' }, '3'] }, true],
    ['the Region', { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] }, false],
    ['another condition', { Condition: 'Two' }, true],
    ['not', { 'Fn::Not': [{ Condition: 'Two' }] }, false],
    ['and', { 'Fn::And': [{ Condition: 'Two' }, { 'Fn::Not': [{ Condition: 'Two' }] }] }, false],
    ['or', { 'Fn::Or': [{ 'Fn::Not': [{ Condition: 'Two' }] }, { Condition: 'Two' }] }, true],
    ['what cannot be told', { 'Fn::Equals': [{ Ref: 'Missing' }, 'x'] }, true],
    ['not what cannot be told', { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Missing' }, 'x'] }] }, true],
    ['and, with what cannot be told', { 'Fn::And': [{ Condition: 'Two' }, { 'Fn::Unknown': [] }] }, true],
    ['or, with what cannot be told', { 'Fn::Or': [{ 'Fn::Unknown': [] }, { 'Fn::Unknown': [] }] }, true],
    ['a condition that is not there', { Condition: 'Nowhere' }, true],
  ])('depend on conditions: %s', (_name, condition, there) => {
    expect(actions(when(condition)).includes(CREATE)).toBe(there);
  });

  it.each<[string, unknown, string]>([
    ['a text', 'aws-controltower-x', 'aws-controltower-x'],
    ['a parameter', { Ref: 'Name' }, 'jetway-topic'],
    ['a text with values', { 'Fn::Sub': 'a-${Name}-${Other.Arn}' }, 'a-jetway-topic-*'],
    ['a text with values of its own', { 'Fn::Sub': ['b-${Own}', { Own: 'x' }] }, 'b-*'],
    ['no name', undefined, 'jetway-vpc-Topic-*'],
    ['a function that we do not know', { 'Fn::Join': ['', []] }, 'jetway-vpc-Topic-*'],
  ])('name the resource: %s', (_name, TopicName, expected) => {
    const template = { Resources: { Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName } } } };
    expect(stackCalls(template, plan).calls[0]?.resource).toBe(
      `arn:aws:sns:eu-west-1:000000000000:${expected}`,
    );
  });

  it('tell what nobody has looked up', () => {
    expect(stackCalls({ Resources: { X: { Type: 'Acme::Thing::One' } } }, plan)).toEqual({
      calls: [],
      unknownTypes: ['Acme::Thing::One'],
    });
  });

  it('are those of its functions too, as their roles', () => {
    const statement = (Action: unknown, Resource: unknown = '*') => ({ Effect: 'Allow', Action, Resource });
    const role = (service: string) => ({
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: { 'Fn::Sub': 'jetway-fn-${AWS::Region}' },
        AssumeRolePolicyDocument: { Statement: [{ Principal: { Service: service } }] },
        Policies: [
          {
            PolicyDocument: {
              Statement: [
                statement(['ec2:EnableEbsEncryptionByDefault', 'ec2:Describe*']),
                statement('logs:PutLogEvents', { 'Fn::GetAtt': ['Log', 'Arn'] }),
                { 'Fn::If': ['Two', statement('iam:UpdateAccountPasswordPolicy'), { Ref: 'AWS::NoValue' }] },
                { 'Fn::If': ['Two', { Ref: 'AWS::NoValue' }, statement('iam:DeleteAccountPasswordPolicy')] },
                { ...statement('s3:PutObject'), Effect: 'Deny' },
              ],
            },
          },
        ],
      },
    });
    const of = (service: string) =>
      stackCalls({ ...when(true), Resources: { Role: role(service) } }, plan).calls.filter(
        ({ principalArn }) => principalArn.endsWith('role/jetway-fn-eu-west-1'),
      );
    expect(of('lambda.amazonaws.com').map(({ action, resource }) => [action, resource])).toEqual([
      ['ec2:EnableEbsEncryptionByDefault', 'arn:aws:ec2:*:000000000000:*'],
      ['logs:PutLogEvents', 'arn:aws:logs:*:000000000000:*'],
      ['iam:UpdateAccountPasswordPolicy', 'arn:aws:iam:*:000000000000:*'],
    ]);
    expect(of('events.amazonaws.com')).toEqual([]);
  });
});
