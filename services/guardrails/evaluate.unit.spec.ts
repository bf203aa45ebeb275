import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChainLevel, evaluatePolicies, FULL_AWS_ACCESS, type PolicyRequest } from './evaluate.ts';

const account = '444455556666';
const role = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
const base: PolicyRequest = {
  action: 's3:PutObject',
  resource: 'arn:aws:s3:::bucket/key',
  principalArn: role('Developer'),
  accountId: account,
  region: 'eu-west-1',
};
const full = { id: 'p-FullAWSAccess', name: 'FullAWSAccess', content: FULL_AWS_ACCESS };

type Statement = Record<string, unknown>;
const policy = (name: string, ...statements: Statement[]): ChainLevel['policies'][number] => ({
  id: `p-${name}`,
  name,
  content: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
});
const deny = (rest: Statement): Statement => ({
  Sid: 'S',
  Effect: 'Deny',
  Action: '*',
  Resource: '*',
  ...rest,
});
const level = (targetId: string, ...policies: ChainLevel['policies']): ChainLevel => ({
  targetId,
  policies: [full, ...policies],
});
const decideWith = (statement: Statement, request: Partial<PolicyRequest> = {}) =>
  evaluatePolicies([level('r-ab12'), level(account, policy('test', statement))], { ...base, ...request });

type Case = [name: string, statement: Statement, request: Partial<PolicyRequest>, decision: string];

const when = (operator: string, key: string, values: unknown): Statement =>
  deny({ Condition: { [operator]: { [key]: values } } });
const given = (key: string, value: string | string[]): Partial<PolicyRequest> => ({
  context: { [key]: value },
});

const elements: Case[] = [
  ['exact action', deny({ Action: 's3:PutObject' }), {}, 'denied'],
  ['other action', deny({ Action: 's3:GetObject' }), {}, 'allowed'],
  ['action in any case', deny({ Action: 'S3:putobject' }), {}, 'denied'],
  ['action list', deny({ Action: ['ec2:*', 's3:Put*'] }), {}, 'denied'],
  ['star in the middle of an action', deny({ Action: 's3:*Object' }), {}, 'denied'],
  ['question mark is one character', deny({ Action: 's3:PutObjec?' }), {}, 'denied'],
  ['question mark is not none', deny({ Action: 's3:PutObject?' }), {}, 'allowed'],
  ['service prefix is not enough', deny({ Action: 's3:*' }), { action: 's3express:PutObject' }, 'allowed'],
  ['NotAction spares', withoutAction({ NotAction: 's3:*' }), {}, 'allowed'],
  ['NotAction denies the rest', withoutAction({ NotAction: ['iam:*', 'sts:*'] }), {}, 'denied'],
  ['resource prefix', deny({ Resource: 'arn:aws:s3:::buck*' }), {}, 'denied'],
  ['other resource', deny({ Resource: 'arn:aws:s3:::other/*' }), {}, 'allowed'],
  ['resources keep their case', deny({ Resource: 'arn:aws:s3:::BUCKET/key' }), {}, 'allowed'],
  ['any partition', deny({ Resource: 'arn:*:s3:::bucket/*' }), {}, 'denied'],
  ['NotResource spares', withoutResource({ NotResource: 'arn:aws:s3:::bucket/*' }), {}, 'allowed'],
  ['NotResource denies the rest', withoutResource({ NotResource: 'arn:aws:s3:::x/*' }), {}, 'denied'],
  ['asked with a wider action than denied', deny({ Action: 's3:PutObject' }), { action: 's3:*' }, 'unknown'],
  ['asked with a narrower pattern', deny({ Action: 's3:*' }), { action: 's3:Put*' }, 'denied'],
  ['asked with a pattern apart', deny({ Action: 's3:Get*' }), { action: 's3:Put*' }, 'allowed'],
  ['asked for every resource', deny({ Resource: 'arn:aws:s3:::bucket/*' }), { resource: '*' }, 'unknown'],
  [
    'a variable in a resource',
    deny({ Resource: 'arn:aws:s3:::${aws:PrincipalAccount}/*' }),
    { resource: `arn:aws:s3:::${account}/x` },
    'denied',
  ],
  ['a variable without value', deny({ Resource: 'arn:aws:s3:::${aws:PrincipalTag/team}/*' }), {}, 'unknown'],
  [
    'a variable with a default',
    deny({ Resource: "arn:aws:s3:::${aws:PrincipalTag/team, 'bucket'}/*" }),
    {},
    'denied',
  ],
  ['an escaped star is a star', deny({ Resource: 'arn:aws:s3:::${*}/key' }), {}, 'allowed'],
];

function withoutAction(rest: Statement): Statement {
  const { Action: _, ...kept } = deny({});
  return { ...kept, ...rest };
}
function withoutResource(rest: Statement): Statement {
  const { Resource: _, ...kept } = deny({});
  return { ...kept, ...rest };
}

const unsure: Case[] = [
  ['Region inside', when('StringNotEquals', 'aws:RequestedRegion', ['eu-west-1']), {}, 'allowed'],
  [
    'Region outside',
    when('StringNotEquals', 'aws:RequestedRegion', ['eu-west-1']),
    { region: 'us-east-1' },
    'denied',
  ],
  [
    'Region not told',
    when('StringNotEquals', 'aws:RequestedRegion', ['eu-west-1']),
    { region: undefined },
    'unknown',
  ],
  ['an unknown operator', when('StringSounds', 'a:k', 'v'), given('a:k', 'v'), 'unknown'],
  [
    'an unknown operator that changes nothing',
    { ...when('StringSounds', 'a:k', 'v'), Action: 'iam:*' },
    {},
    'allowed',
  ],
  ['an unknown set operator', when('ForMostValues:StringEquals', 'a:k', 'v'), given('a:k', 'v'), 'unknown'],
  ['a Principal has no place in an SCP', deny({ Principal: '*' }), {}, 'unknown'],
  [
    'conditions are ANDed',
    deny({ Condition: { StringEquals: { 'a:k': 'v' }, Bool: { 'a:b': 'true' } } }),
    { context: { 'a:k': 'v', 'a:b': 'false' } },
    'allowed',
  ],
  [
    'a sure no beats a maybe',
    deny({ Condition: { StringSounds: { 'a:k': 'v' }, Bool: { 'a:b': 'true' } } }),
    { context: { 'a:b': 'false' } },
    'allowed',
  ],
  [
    'a service-linked role is not bound',
    deny({}),
    { principalArn: role('aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig') },
    'allowed',
  ],
  [
    'a session named like one may be one',
    deny({}),
    { principalArn: `arn:aws:sts::${account}:assumed-role/AWSServiceRoleForConfig/x` },
    'unknown',
  ],
  ['an IAM user is bound', deny({}), { principalArn: `arn:aws:iam::${account}:user/ops/ana` }, 'denied'],
];

const cases = [...elements, ...unsure];

describe('evaluatePolicies', () => {
  it.each(cases)('%s', (_name, statement, request, decision) => {
    expect(decideWith(statement, request)).toMatchObject({ decision });
  });

  it('names every statement that denies, and where it is attached', () => {
    const chain = [
      level('r-ab12', policy('root', deny({ Sid: 'A' }), deny({ Sid: 'B', Action: 'ec2:*' }))),
      level(account, policy('own', deny({ Sid: 'C' }))),
    ];
    expect(evaluatePolicies(chain, base)).toEqual({
      decision: 'denied',
      by: [
        { policyName: 'root', sid: 'A', targetId: 'r-ab12' },
        { policyName: 'own', sid: 'C', targetId: account },
      ],
    });
  });

  it('needs an Allow at every level', () => {
    const chain = [level('r-ab12'), { targetId: 'ou-ab12-x', policies: [] }, level(account)];
    expect(evaluatePolicies(chain, base)).toEqual({
      decision: 'denied',
      by: [],
      why: 'no policy attached to ou-ab12-x allows the action',
    });
  });

  it('takes an allow list in place of FullAWSAccess', () => {
    const list = policy('list', { Effect: 'Allow', Action: 's3:*', Resource: '*' });
    const chain = [level('r-ab12'), { targetId: account, policies: [list] }];
    expect(evaluatePolicies(chain, base).decision).toBe('allowed');
    expect(evaluatePolicies(chain, { ...base, action: 'ec2:RunInstances' }).decision).toBe('denied');
  });

  it('does not let an uncertain Allow spoil a certain one', () => {
    const maybe = policy('maybe', {
      Effect: 'Allow',
      Action: '*',
      Resource: '*',
      Condition: { Odd: { 'a:k': 'v' } },
    });
    const chain = [{ targetId: account, policies: [maybe, full] }];
    expect(evaluatePolicies(chain, base)).toEqual({ decision: 'allowed', by: [] });
    expect(evaluatePolicies([{ targetId: account, policies: [maybe] }], base).decision).toBe('unknown');
  });

  it('says why it does not know', () => {
    const answer = decideWith(when('StringSounds', 'a:k', 'v'), given('a:k', 'v'));
    expect(answer).toEqual({
      decision: 'unknown',
      by: [{ policyName: 'test', sid: 'S', targetId: account }],
      why: 'operator StringSounds is not known',
    });
  });

  it('keeps the reason of a broken policy, but a sure denial wins', () => {
    const broken = { id: 'p-1', name: 'broken', content: '{' };
    expect(evaluatePolicies([level(account, broken)], base)).toMatchObject({
      decision: 'unknown',
      why: 'policy broken cannot be read: /: not JSON',
    });
    const both = [level(account, broken, policy('sure', deny({})))];
    expect(evaluatePolicies(both, base).decision).toBe('denied');
  });

  it('can take every key that is not given for unknown, as CloudTrail records need', () => {
    const chain = [level(account, policy('test', when('Bool', 'ec2:Encrypted', 'false')))];
    expect(evaluatePolicies(chain, base).decision).toBe('allowed');
    expect(evaluatePolicies(chain, base, { missingKeys: 'unknown' }).decision).toBe('unknown');
  });

  it('has no variables before version 2012-10-17', () => {
    const old = JSON.stringify({
      Version: '2008-10-17',
      Statement: [deny({ Resource: 'arn:aws:s3:::${aws:PrincipalAccount}/*' })],
    });
    const chain = [level(account, { id: 'p-1', name: 'old', content: old })];
    const request = { ...base, resource: `arn:aws:s3:::${account}/x` };
    expect(evaluatePolicies(chain, request).decision).toBe('allowed');
    expect(
      evaluatePolicies(chain, { ...base, resource: 'arn:aws:s3:::${aws:PrincipalAccount}/x' }).decision,
    ).toBe('denied');
  });
});

describe('more denials never allow more', () => {
  const anyStatement = fc
    .constantFrom(...cases.map(([, statement]) => statement))
    .map((s) => ({ ...s, Sid: undefined }));
  const anyRequest = fc.constantFrom(...cases.map(([, , request]) => ({ ...base, ...request })));
  it('adding a policy keeps a denial, and never turns unknown into allowed', () => {
    fc.assert(
      fc.property(anyStatement, anyStatement, anyRequest, (first, second, request) => {
        const one = evaluatePolicies([level(account, policy('a', first))], request).decision;
        const two = evaluatePolicies(
          [level(account, policy('a', first), policy('b', second))],
          request,
        ).decision;
        if (one === 'denied') expect(two).toBe('denied');
        if (one === 'unknown') expect(two).not.toBe('allowed');
      }),
      { numRuns: 1000 },
    );
  });
  it('the order of policies does not matter', () => {
    fc.assert(
      fc.property(anyStatement, anyStatement, anyRequest, (first, second, request) => {
        const [a, b] = [policy('a', first), policy('b', second)];
        expect(evaluatePolicies([level(account, a, b)], request).decision).toBe(
          evaluatePolicies([level(account, b, a)], request).decision,
        );
      }),
    );
  });
});
