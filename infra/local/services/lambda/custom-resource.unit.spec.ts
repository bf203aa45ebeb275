import { beforeEach, describe, expect, it } from 'vitest';
import { withFunctions } from '../account-test-world.ts';
import { body, MINUTES, stackWorld } from '../cloudformation/stack-world.ts';
import { ec2Service } from '../ec2.ts';

/** Answers what the event's properties say, and tells what it was asked. */
const CODE = `
const { EC2Client, GetEbsEncryptionByDefaultCommand } = require('@aws-sdk/client-ec2');
exports.handler = async (event) => {
  const { Answer, Id, Look } = event.ResourceProperties;
  if (Answer === 'nothing') return;
  if (Answer === 'garbage') return void (await fetch(event.ResponseURL, { method: 'PUT', body: 'oops' }));
  let Seen = 'nothing';
  try {
    if (Look === 'true') Seen = String((await new EC2Client({}).send(new GetEbsEncryptionByDefaultCommand({}))).EbsEncryptionByDefault);
  } catch (error) { Seen = error.name + ': ' + error.message; }
  await fetch(event.ResponseURL, { method: 'PUT', body: JSON.stringify({
    Status: Answer, Reason: 'because ' + event.RequestType, PhysicalResourceId: Id, StackId: event.StackId,
    RequestId: event.RequestId, LogicalResourceId: event.LogicalResourceId,
    Data: { Seen, Type: event.RequestType, Old: JSON.stringify(event.OldResourceProperties || {}) } }) });
};`;
type Options = { runtime?: string; actions?: string[]; principal?: string };
const template = (
  properties: object,
  { runtime = 'nodejs22.x', actions = ['ec2:*'], principal = 'lambda' }: Options = {},
) => ({
  Resources: {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'jetway-f',
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: `${principal}.amazonaws.com` },
              Action: 'sts:AssumeRole',
            },
          ],
        },
        Policies: [
          {
            PolicyName: 'all',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
            },
          },
        ],
      },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'jetway-f',
        Runtime: runtime,
        Handler: 'index.handler',
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Code: { ZipFile: CODE },
      },
    },
    Custom: {
      Type: 'Custom::Thing',
      Properties: {
        ServiceToken: { 'Fn::GetAtt': ['Function', 'Arn'] },
        Answer: 'SUCCESS',
        Id: 'thing-1',
        ...properties,
      },
    },
  },
  Outputs: {
    Seen: { Value: { 'Fn::GetAtt': ['Custom', 'Seen'] } },
    Type: { Value: { 'Fn::GetAtt': ['Custom', 'Type'] } },
    Old: { Value: { 'Fn::GetAtt': ['Custom', 'Old'] } },
  },
});

let t: ReturnType<typeof stackWorld>;
beforeEach(() => {
  t = stackWorld();
  withFunctions(t, [ec2Service(t.world)]);
});
const make = (properties: object, options?: Options) => {
  t.create({ ...body(template(properties, options)), Capabilities: ['CAPABILITY_NAMED_IAM'] });
  t.pass(6 * MINUTES);
  return t.stack().StackStatus;
};
const change = (properties: object) => {
  const input = { StackName: 'jetway-net', Capabilities: ['CAPABILITY_NAMED_IAM'] };
  t.run('UpdateStack', { ...input, ...body(template(properties)) });
  t.pass(6 * MINUTES);
  return t.stack().StackStatus;
};
const outputs = () =>
  Object.fromEntries(t.stack().Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));

describe('a custom resource', () => {
  it('is made by its function, which calls AWS as its role', () => {
    expect(make({ Look: true })).toBe('CREATE_COMPLETE');
    expect(outputs()).toEqual({ Seen: 'false', Type: 'Create', Old: '{}' });
  });

  it('tells its function what a change changes', () => {
    make({ Look: true });
    expect(change({ Look: false })).toBe('UPDATE_COMPLETE');
    const { Old, ...rest } = outputs();
    expect(rest).toEqual({ Seen: 'nothing', Type: 'Update' });
    expect(JSON.parse(Old ?? '')).toMatchObject({ Look: 'true' });
  });

  it.each([
    [
      { Answer: 'FAILED' },
      'Received response status [FAILED] from custom resource. Message returned: because Create',
    ],
    [{ Answer: 'nothing' }, 'did not receive a response from your Custom Resource'],
    [{ Answer: 'garbage' }, 'Response is not valid JSON'],
    [{ Id: '' }, 'Invalid response'],
  ])('that answers %j fails the stack', (properties, words) => {
    expect(make(properties)).toBe('ROLLBACK_COMPLETE');
    expect(t.reasons().join('\n')).toContain(words);
  });

  it('rolls an update back when its function refuses it', () => {
    make({});
    expect(change({ Answer: 'FAILED' })).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(t.reasons().join('\n')).toContain('because Update');
  });

  it('is asked before it goes', () => {
    make({});
    change({ Answer: 'SUCCESS', Look: true });
    t.run('DeleteStack', { StackName: 'jetway-net' });
    t.pass(6 * MINUTES);
    expect(t.statuses().at(-1)).toBe('DELETE_COMPLETE');
  });

  it('is refused what its role does not allow', () => {
    expect(make({ Look: true }, { actions: ['s3:*'] })).toBe('CREATE_COMPLETE');
    expect(outputs().Seen).toBe(
      'AccessDenied: User: arn:aws:sts::444455556666:assumed-role/jetway-f/embedded is not authorized to perform: ec2:GetEbsEncryptionByDefault because no identity-based policy allows the ec2:GetEbsEncryptionByDefault action',
    );
  });

  it.each([
    [{ runtime: 'nodejs20.x' }, 'the embedded AWS runs nodejs22.x, nodejs24.x, not nodejs20.x'],
    [{ principal: 'ec2' }, 'The role defined for the function cannot be assumed by Lambda.'],
  ])('needs a function that Lambda can run: %j', (options, words) => {
    expect(make({}, options)).toBe('ROLLBACK_COMPLETE');
    expect(t.reasons().join('\n')).toContain(words);
  });
});
