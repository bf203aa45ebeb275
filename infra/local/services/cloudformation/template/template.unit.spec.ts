import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../world.ts';
import { evaluateConditions } from './conditions.ts';
import { evaluate, type Scope } from './evaluate.ts';
import { resourceWaves, type TypeFacts } from './order.ts';
import { type GivenParameter, resolveParameters } from './parameters.ts';
import { type Json, type JsonObject, parseTemplate } from './template.ts';

const types: TypeFacts = { knows: (type) => type.startsWith('T::'), attributes: () => ['Arn'] };
const resource = (properties: JsonObject = {}, rest: JsonObject = {}) => ({
  Type: 'T::A',
  Properties: properties,
  ...rest,
});
const template = (sections: JsonObject) =>
  parseTemplate(JSON.stringify({ Resources: { R: resource() }, ...sections }));

const scope: Scope = {
  region: 'us-east-1',
  ref: (name) => ({ Name: 'payments', List: ['a', 'b'], 'AWS::Region': 'us-east-1', Role: 'role-1' })[name],
  getAtt: (logicalId, attribute) => (attribute === 'Arn' ? `arn:${logicalId}` : undefined),
  condition: (name) => name === 'Yes',
  mapping: (map, top, second) => (`${map}/${top}/${second}` === 'Sizes/large/bits' ? 12 : undefined),
  availabilityZones: (region) => [`${region}a`, `${region}b`],
};

function message(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ValidationError') return error.message;
    throw error;
  }
  return 'no error';
}

describe('intrinsic functions', () => {
  const cases: [name: string, node: Json, value: Json][] = [
    ['plain data', { a: [1, true, null] }, { a: [1, true, null] }],
    ['Ref of a parameter', { Ref: 'Name' }, 'payments'],
    ['Ref of a list', { Ref: 'List' }, ['a', 'b']],
    ['GetAtt as a list', { 'Fn::GetAtt': ['Role', 'Arn'] }, 'arn:Role'],
    ['GetAtt as text', { 'Fn::GetAtt': 'Role.Arn' }, 'arn:Role'],
    ['Sub', { 'Fn::Sub': 'x-${Name}-${Role.Arn}-${!Name}' }, 'x-payments-arn:Role-${Name}'],
    ['Sub with variables', { 'Fn::Sub': ['${A}/${Name}', { A: { Ref: 'Role' } }] }, 'role-1/payments'],
    ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'Name' }, 3]] }, 'a-payments-3'],
    ['Select', { 'Fn::Select': ['1', { Ref: 'List' }] }, 'b'],
    ['Split', { 'Fn::Split': ['-', 'a-b'] }, ['a', 'b']],
    ['FindInMap', { 'Fn::FindInMap': ['Sizes', 'large', 'bits'] }, 12],
    ['GetAZs of this Region', { 'Fn::GetAZs': '' }, ['us-east-1a', 'us-east-1b']],
    ['Base64', { 'Fn::Base64': 'hi' }, 'aGk='],
    ['If true', { 'Fn::If': ['Yes', 'a', { Ref: 'Missing' }] }, 'a'],
    [
      'If false with NoValue leaves the property out',
      { a: { 'Fn::If': ['No', 1, { Ref: 'AWS::NoValue' }] } },
      {},
    ],
    ['NoValue leaves the item out', [1, { Ref: 'AWS::NoValue' }], [1]],
    ['Cidr', { 'Fn::Cidr': ['10.0.0.0/22', 3, 8] }, ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24']],
    ['Select of Cidr', { 'Fn::Select': [1, { 'Fn::Cidr': ['10.1.0.0/16', 4, '12'] }] }, '10.1.16.0/20'],
  ];
  it.each(cases)('%s', (_name, node, value) => {
    expect(evaluate(node, scope)).toEqual(value);
  });

  const refused: [name: string, node: Json, text: string][] = [
    ['unknown function', { 'Fn::ImportValue': 'x' }, 'unsupported function: Fn::ImportValue'],
    ['two keys', { 'Fn::Join': ['', []], other: 1 }, 'must have one key'],
    ['Select out of range', { 'Fn::Select': [9, { Ref: 'List' }] }, 'nonexistent value at index 9'],
    [
      'missing mapping',
      { 'Fn::FindInMap': ['Sizes', 'small', 'bits'] },
      'Unable to get mapping for Sizes::small::bits',
    ],
    ['Cidr that does not fit', { 'Fn::Cidr': ['10.0.0.0/24', 2, 8] }, 'cannot make 2 blocks'],
    ['Cidr with host bits', { 'Fn::Cidr': ['10.0.0.1/24', 1, 4] }, 'cannot make'],
    ['Join of a list in a list', { 'Fn::Join': ['', [['a']]] }, 'requires strings'],
  ];
  it.each(refused)('refuses %s', (_name, node, text) => {
    expect(message(() => evaluate(node, scope))).toContain(text);
  });
});

describe('parameters', () => {
  const parameters = {
    Env: { Type: 'String', AllowedValues: ['prod', 'test'] },
    Name: { Type: 'String', AllowedPattern: '[a-z]+', MinLength: 2, MaxLength: 5, Default: 'abc' },
    Count: { Type: 'Number', MinValue: 1, MaxValue: 9, Default: 2 },
    Zones: { Type: 'CommaDelimitedList', Default: 'a, b' },
    Vpc: { Type: 'AWS::EC2::VPC::Id', Default: 'vpc-1' },
  };
  const given = (values: Record<string, string>): GivenParameter[] =>
    Object.entries(values).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));
  const resolve = (values: Record<string, string>) =>
    resolveParameters(template({ Parameters: parameters }), given(values));

  it('takes values and defaults, with the type of the parameter', () => {
    const resolved = resolve({ Env: 'prod' });
    expect(Object.fromEntries([...resolved].map(([name, { value }]) => [name, value]))).toEqual({
      Env: 'prod',
      Name: 'abc',
      Count: '2',
      Zones: ['a', 'b'],
      Vpc: 'vpc-1',
    });
  });

  it.each([
    [{}, 'Parameters: [Env] must have values'],
    [{ Env: 'prod', Nope: '1' }, 'Parameters: [Nope] do not exist in the template'],
    [{ Env: 'dev' }, "Parameter 'Env' must be one of AllowedValues"],
    [{ Env: 'prod', Name: 'ABC' }, "Parameter 'Name' must match pattern [a-z]+"],
    [{ Env: 'prod', Name: 'a' }, "Parameter 'Name' must contain at least 2 characters"],
    [{ Env: 'prod', Name: 'abcdef' }, "Parameter 'Name' must contain at most 5 characters"],
    [{ Env: 'prod', Count: '0' }, "Parameter 'Count' must be a number not less than 1"],
    [{ Env: 'prod', Count: 'x' }, "Parameter 'Count' must be a number"],
  ])('refuses %j', (values, text) => {
    expect(message(() => resolve(values as Record<string, string>))).toBe(text);
  });

  it('keeps a previous value when asked to', () => {
    const [resolved] = [
      resolveParameters(
        template({ Parameters: { A: { Type: 'String' } } }),
        [{ ParameterKey: 'A', UsePreviousValue: true }],
        new Map([['A', 'old']]),
      ),
    ];
    expect(resolved?.get('A')?.text).toBe('old');
  });
});

describe('conditions', () => {
  const values = { ...scope, ref: (name: string) => ({ Env: 'prod', Flag: 'true' })[name] };
  const evaluated = (Conditions: JsonObject) =>
    Object.fromEntries(evaluateConditions(template({ Conditions }), values));

  it('knows Equals, And, Or, Not and other conditions', () => {
    expect(
      evaluated({
        IsProd: { 'Fn::Equals': [{ Ref: 'Env' }, 'prod'] },
        IsFlag: { 'Fn::Equals': [{ Ref: 'Flag' }, true] },
        Both: { 'Fn::And': [{ Condition: 'IsProd' }, { Condition: 'IsFlag' }] },
        Neither: { 'Fn::Not': [{ 'Fn::Or': [{ Condition: 'IsProd' }, { Condition: 'IsFlag' }] }] },
      }),
    ).toEqual({ IsProd: true, IsFlag: true, Both: true, Neither: false });
  });

  it.each([
    [{ A: { Condition: 'B' } }, 'Unresolved condition dependency B'],
    [{ A: { Condition: 'B' }, B: { Condition: 'A' } }, 'circular condition dependency'],
    [{ A: { 'Fn::Join': ['', []] } }, 'unsupported function: Fn::Join'],
    [{ A: { 'Fn::And': [{ Condition: 'A' }] } }, 'requires a list of 2 to 10'],
  ])('refuses %j', (conditions, text) => {
    expect(message(() => evaluated(conditions as JsonObject))).toContain(text);
  });
});

describe('the order of resources', () => {
  const waves = (resources: JsonObject, rest: JsonObject = {}, conditions: [string, boolean][] = []) =>
    resourceWaves(template({ Resources: resources, ...rest }), new Map(conditions), types);

  it('puts what is needed first, and together what can be made together', () => {
    expect(
      waves({
        Sub: resource({ a: { 'Fn::Sub': '${Top.Arn}' } }),
        Top: resource(),
        Side: resource({}, { DependsOn: 'Sub' }),
        Free: resource(),
      }),
    ).toEqual([['Top', 'Free'], ['Sub'], ['Side']]);
  });

  it('leaves out what its condition leaves out, with the branch that names it', () => {
    const resources = {
      Maybe: resource({}, { Condition: 'No' }),
      User: resource({ a: { 'Fn::If': ['No', { Ref: 'Maybe' }, 'none'] } }, { DependsOn: ['Maybe'] }),
    };
    expect(waves(resources, {}, [['No', false]])).toEqual([['User']]);
    expect(waves(resources, {}, [['No', true]])).toEqual([['Maybe'], ['User']]);
  });

  it.each<[name: string, resources: JsonObject, rest: JsonObject, text: string]>([
    ['an unknown type', { A: { Type: 'X::Y' } }, {}, 'Unrecognized resource types: [X::Y]'],
    [
      'an unknown name',
      { A: resource({ a: { Ref: 'B' } }) },
      {},
      'Unresolved resource dependencies [B] in the Resources block',
    ],
    [
      'an unknown DependsOn',
      { A: resource({}, { DependsOn: 'B' }) },
      {},
      'Unresolved resource dependencies [B]',
    ],
    [
      'an unknown name in outputs',
      { A: resource() },
      { Outputs: { O: { Value: { Ref: 'B' } } } },
      '[B] in the Outputs block',
    ],
    [
      'an unknown attribute',
      { A: resource(), B: resource({ a: { 'Fn::GetAtt': 'A.Id' } }) },
      {},
      'does not support attribute type Id',
    ],
    [
      'GetAtt of a parameter',
      { A: resource({ a: { 'Fn::GetAtt': 'P.Arn' } }) },
      { Parameters: { P: { Type: 'String' } } },
      'undefined resource P',
    ],
    [
      'a circle',
      { A: resource({ a: { Ref: 'B' } }), B: resource({ a: { Ref: 'A' } }) },
      {},
      'Circular dependency between resources: [A, B]',
    ],
    [
      'an unknown condition',
      { A: resource({}, { Condition: 'C' }) },
      {},
      'Unresolved condition dependency C',
    ],
    [
      'an unknown function',
      { A: resource({ a: { 'Fn::Transform': {} } }) },
      {},
      'unsupported function: Fn::Transform',
    ],
    [
      'a dynamic reference',
      { A: resource({ a: '{{resolve:ssm:x}}' }) },
      {},
      'dynamic reference {{resolve:ssm:x}}',
    ],
  ])('refuses %s', (_name, resources, rest, text) => {
    expect(message(() => waves(resources, rest))).toContain(text);
  });
});

describe('the structure of a template', () => {
  it.each([
    ['{', 'JSON not well-formed'],
    ['[]', 'unsupported structure'],
    ['{"Resources":{}}', 'At least one Resources member'],
    [
      '{"Resources":{"A":{"Type":"T::A"}},"Transform":"x"}',
      'Invalid template property or properties [Transform]',
    ],
    ['{"Resources":{"A-B":{"Type":"T::A"}}}', 'Resource name A-B is non alphanumeric'],
    ['{"Resources":{"A":{"Type":"T::A","Propertys":{}}}}', "Invalid template resource property 'Propertys'"],
    ['{"Resources":{"A":{}}}', 'must contain a Type member'],
  ])('refuses %s', (body, text) => {
    expect(message(() => parseTemplate(body))).toContain(text);
  });
});
