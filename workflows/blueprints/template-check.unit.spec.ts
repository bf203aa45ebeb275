import { describe, expect, it } from 'vitest';
import { parseComponent } from './component.ts';
import { TEMPLATE_LIMITS, templateProblems } from './template-check.ts';

const TOPIC = { Type: 'AWS::SNS::Topic' };
const component = (changes: object = {}) =>
  parseComponent(
    {
      name: 'alerts',
      title: 'Alerts',
      description: 'A topic for alarms.',
      version: '1.0.0',
      modes: ['deploy'],
      regions: 'home',
      ...changes,
    },
    'component.json',
  );
const problems = (template: object, changes: object = {}) =>
  templateProblems(component(changes), JSON.stringify({ Resources: { TOPIC }, ...template }));
const many = (count: number, value: object) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`One${i}`, value]));

it('takes a template that fits', () => {
  const stackParameters = { OwnerEmail: 'context.ownerEmail' };
  const Parameters = { OwnerEmail: { Type: 'String' }, Size: { Type: 'Number', Default: 1 } };
  expect(problems({ Parameters }, { stackParameters })).toEqual([]);
});

describe('a template is refused', () => {
  const said = (description: string) => ({ type: 'string', description });
  it.each<[what: string, template: object, changes: object, message: string]>([
    [
      'that is too long',
      { Description: 'x'.repeat(TEMPLATE_LIMITS.bytes) },
      {},
      'CloudFormation takes 1000000',
    ],
    ['with too many parameters', { Parameters: many(201, { Default: 1 }) }, {}, 'has 201 Parameters'],
    ['with too many resources', { Resources: many(501, TOPIC) }, {}, 'has 501 Resources'],
    ['with too many outputs', { Outputs: many(201, { Value: 1 }) }, {}, 'has 201 Outputs'],
    ['without resources', { Resources: {} }, {}, 'has no Resources'],
    ['with a section that is none', { Resources: [] }, {}, 'has no sound Resources'],
    ['with a macro', { Transform: 'AWS::Serverless-2016-10-31' }, {}, 'transform'],
    [
      'with a parameter that nobody fills',
      { Parameters: { Size: { Type: 'Number' } } },
      {},
      'a parameter Size',
    ],
    [
      'without a parameter that is filled',
      {},
      { stackParameters: { OwnerEmail: 'context.ownerEmail' } },
      'has no parameter OwnerEmail',
    ],
    [
      'with a parameter that may be left out and has no default',
      { Parameters: { Size: { Type: 'String' } } },
      { parameters: { size: said('Size.') }, stackParameters: { Size: 'parameters.size' } },
      'parameters.size may be left out',
    ],
    [
      'without a resource that an upgrade is said to replace',
      {},
      { upgrades: [{ below: '1.0.0', replaces: ['Gone'] }] },
      'has no resource Gone',
    ],
    [
      'with a resource that an upgrade is said to remove',
      {},
      { upgrades: [{ below: '1.0.0', removes: ['TOPIC'] }] },
      'has the resource TOPIC',
    ],
    [
      'with a secret that is shown',
      { Parameters: { DbPassword: { Type: 'String', Default: '' } } },
      {},
      'NoEcho',
    ],
    [
      'with the default of a secret',
      { Parameters: { DbPassword: { Type: 'String', Default: 'x', NoEcho: true } } },
      {},
      'a default for the secret DbPassword',
    ],
    [
      'with a secret in clear',
      { Resources: { Db: { Type: 'AWS::RDS::DBInstance', Properties: { MasterUserPassword: 'hunter2' } } } },
      {},
      'a secret in clear at /Resources/Db/Properties/MasterUserPassword',
    ],
    [
      'with an access key',
      { Resources: { TOPIC: { ...TOPIC, Properties: { DisplayName: 'AKIAIOSFODNN7EXAMPLE' } } } },
      {},
      'a secret in clear at /Resources/TOPIC/Properties/DisplayName',
    ],
    [
      'without an output that is read back',
      { Outputs: { Other: { Value: 1 } } },
      { readBack: { outputs: { TopicArn: 'x' } } },
      'has no output TopicArn, which component.json reads back',
    ],
    [
      'with an output that is read back and not always there',
      { Outputs: { TopicArn: { Value: 1, Condition: 'Wanted' } } },
      { readBack: { outputs: { TopicArn: 'x' } } },
      'only on a condition',
    ],
    ['with a user', { Resources: { Ana: { Type: 'AWS::IAM::User' } } }, {}, 'Identity Center'],
  ])('%s', (_what, template, changes, message) => {
    expect(problems(template, changes)).toEqual(expect.arrayContaining([expect.stringContaining(message)]));
  });

  it('that is no JSON', () => {
    expect(templateProblems(component(), 'Resources:')).toEqual([expect.stringContaining('is not JSON')]);
    expect(templateProblems(component(), '[]')).toEqual(['is not a JSON object']);
  });
});

describe('a role', () => {
  const trusted = (statement: object, RoleName: unknown = 'jetway-x') =>
    problems({
      Resources: {
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: {
            RoleName,
            AssumeRolePolicyDocument: {
              Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', ...statement }],
            },
          },
        },
      },
    });
  const audit = { AWS: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AuditAccountId}:root' } };
  const lambda = { Service: 'lambda.amazonaws.com' };

  it.each([
    [{ Principal: lambda }],
    [{ Principal: audit, Condition: { StringEquals: { 'sts:ExternalId': { Ref: 'ExternalId' } } } }],
    [{ Principal: { AWS: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root' } } }],
  ])('may trust %j', (statement) => expect(trusted(statement)).toEqual([]));

  it.each([
    [{ Principal: '*' }, 'trusts *'],
    [{ Principal: { AWS: '*' } }, 'trusts *'],
    [{ Principal: audit }, 'without an external id'],
    [
      { Principal: audit, Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } },
      'without an external id',
    ],
    [{ Principal: { AWS: { Ref: 'Somebody' } } }, 'trusts *'],
    [{ Principal: { Service: 'example.com' } }, 'which is no service'],
    [{ Principal: { Federated: 'arn:aws:iam::aws:oidc-provider/x' } }, 'without a condition'],
    [{ NotPrincipal: { AWS: '111122223333' } }, 'everybody but some'],
  ])('may not trust %j', (statement, message) => {
    expect(trusted(statement)).toEqual([expect.stringContaining(message)]);
  });

  it('needs a name that the fence knows, and somebody to trust', () => {
    const name = 'a role whose name does not begin with jetway-';
    expect(trusted({ Principal: lambda }, 'admin')).toEqual([expect.stringContaining(name)]);
    expect(trusted({ Principal: lambda }, { Ref: 'Name' })).toEqual([expect.stringContaining(name)]);
    expect(problems({ Resources: { Role: { Type: 'AWS::IAM::Role' } } })).toContain('Role trusts nobody');
  });
});
