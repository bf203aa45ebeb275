import { describe, expect, it } from 'vitest';
import { evaluatePolicies, FULL_AWS_ACCESS, type PolicyRequest } from './evaluate.ts';

const account = '444455556666';
const role = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
const base: PolicyRequest = {
  action: 's3:PutObject',
  resource: 'arn:aws:s3:::bucket/key',
  principalArn: role('Developer'),
  accountId: account,
  region: 'eu-west-1',
};

type Condition = Record<string, Record<string, unknown>>;
type Case = [name: string, condition: Condition, request: Partial<PolicyRequest>, decision: string];

/** A policy that denies everything when the condition holds. */
const decideWith = (Condition: Condition, request: Partial<PolicyRequest>) => {
  const deny = { Effect: 'Deny', Action: '*', Resource: '*', Condition };
  const policies = [FULL_AWS_ACCESS, JSON.stringify({ Version: '2012-10-17', Statement: deny })].map(
    (content, i) => ({ id: `p-${i}`, name: `policy-${i}`, content }),
  );
  return evaluatePolicies([{ targetId: account, policies }], { ...base, ...request });
};
const when = (operator: string, key: string, values: unknown): Condition => ({
  [operator]: { [key]: values },
});
const given = (key: string, value: string | string[]): Partial<PolicyRequest> => ({
  context: { [key]: value },
});

const strings: Case[] = [
  ['StringEquals', when('StringEquals', 'a:k', 'v'), given('a:k', 'v'), 'denied'],
  ['StringEquals, other case', when('StringEquals', 'a:k', 'v'), given('a:k', 'V'), 'allowed'],
  ['StringEquals takes no wildcard', when('StringEquals', 'a:k', 'v*'), given('a:k', 'vv'), 'allowed'],
  ['StringEquals, one of', when('StringEquals', 'a:k', ['u', 'v']), given('a:k', 'v'), 'denied'],
  ['StringEquals, missing', when('StringEquals', 'a:k', 'v'), {}, 'allowed'],
  [
    'keys in any case',
    when('StringEquals', 'AWS:ResourceTag/Team', 'v'),
    given('aws:resourcetag/team', 'v'),
    'denied',
  ],
  ['StringNotEquals', when('StringNotEquals', 'a:k', 'v'), given('a:k', 'v'), 'allowed'],
  ['StringNotEquals, none of', when('StringNotEquals', 'a:k', ['u', 'v']), given('a:k', 'v'), 'allowed'],
  ['StringNotEquals, missing', when('StringNotEquals', 'a:k', 'v'), {}, 'denied'],
  ['StringEqualsIgnoreCase', when('StringEqualsIgnoreCase', 'a:k', 'v'), given('a:k', 'V'), 'denied'],
  ['StringNotEqualsIgnoreCase', when('StringNotEqualsIgnoreCase', 'a:k', 'v'), given('a:k', 'V'), 'allowed'],
  ['StringLike', when('StringLike', 'a:k', 'v*x?'), given('a:k', 'v--xy'), 'denied'],
  ['StringLike, missing', when('StringLike', 'a:k', '*'), {}, 'allowed'],
  ['StringNotLike', when('StringNotLike', 'a:k', ['u*', 'v*']), given('a:k', 'vv'), 'allowed'],
  ['StringNotLike, missing', when('StringNotLike', 'a:k', '*'), {}, 'denied'],
  [
    'a variable as value',
    when('StringLike', 'lambda:Principal', '${aws:PrincipalAccount}'),
    given('lambda:Principal', account),
    'denied',
  ],
  [
    'a variable that nothing fills',
    when('StringNotLike', 'a:k', '${aws:PrincipalTag/x}'),
    given('a:k', 'v'),
    'unknown',
  ],
  ['BinaryEquals', when('BinaryEquals', 'a:k', 'QmluYXJ5'), given('a:k', 'QmluYXJ5'), 'denied'],
];

const arns: Case[] = [
  ['ArnLike', when('ArnLike', 'aws:PrincipalArn', 'arn:*:iam::*:role/Dev*'), {}, 'denied'],
  ['ArnEquals is ArnLike', when('ArnEquals', 'aws:PrincipalArn', 'arn:aws:iam::*:role/Dev*'), {}, 'denied'],
  [
    'ArnLike does not cross colons',
    when('ArnLike', 'aws:PrincipalArn', 'arn:*:role/Developer'),
    {},
    'unknown',
  ],
  ['ArnNotLike', when('ArnNotLike', 'aws:PrincipalARN', 'arn:aws:iam::*:role/Dev*'), {}, 'allowed'],
  [
    'ArnNotLike, none of',
    when('ArnNotLike', 'aws:PrincipalArn', ['arn:aws:iam::*:role/A', 'arn:aws:iam::*:role/B']),
    {},
    'denied',
  ],
  ['ArnNotEquals', when('ArnNotEquals', 'aws:PrincipalArn', role('Developer')), {}, 'allowed'],
  ['ArnNotLike, missing', when('ArnNotLike', 'aws:SourceArn', 'arn:aws:s3:::x'), {}, 'denied'],
  ['ArnLike, missing', when('ArnLike', 'aws:SourceArn', 'arn:aws:s3:::x'), {}, 'allowed'],
  ['ArnLikeIfExists, missing', when('ArnLikeIfExists', 'aws:SourceArn', 'arn:aws:s3:::x'), {}, 'denied'],
  [
    'a session is its role',
    when('ArnLike', 'aws:PrincipalArn', role('Developer')),
    { principalArn: `arn:aws:sts::${account}:assumed-role/Developer/ana` },
    'denied',
  ],
  [
    'a permission set has its path',
    when('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*'),
    { principalArn: `arn:aws:sts::${account}:assumed-role/AWSReservedSSO_Admin_1/ana` },
    'denied',
  ],
  [
    'the root user',
    when('ArnLike', 'aws:PrincipalArn', 'arn:*:iam::*:root'),
    { principalArn: `arn:aws:iam::${account}:root` },
    'denied',
  ],
  ['not the root user', when('ArnLike', 'aws:PrincipalArn', 'arn:*:iam::*:root'), {}, 'allowed'],
];

const others: Case[] = [
  ['Bool', when('Bool', 'a:k', 'false'), given('a:k', 'False'), 'denied'],
  ['Bool as JSON boolean', when('Bool', 'a:k', false), given('a:k', 'false'), 'denied'],
  ['Bool, missing', when('Bool', 'ec2:Encrypted', 'false'), {}, 'allowed'],
  ['BoolIfExists, missing', when('BoolIfExists', 'aws:MultiFactorAuthPresent', 'false'), {}, 'denied'],
  [
    'BoolIfExists, there',
    when('BoolIfExists', 'aws:MultiFactorAuthPresent', 'false'),
    given('aws:MultiFactorAuthPresent', 'true'),
    'allowed',
  ],
  ['a person is no AWS service', when('Bool', 'aws:PrincipalIsAWSService', 'false'), {}, 'denied'],
  ['Null true, missing', when('Null', 'a:k', 'true'), {}, 'denied'],
  ['Null true, there', when('Null', 'a:k', 'true'), given('a:k', 'v'), 'allowed'],
  ['Null false, there', when('Null', 'a:k', 'false'), given('a:k', 'v'), 'denied'],
  ['Null on what is always there', when('Null', 'aws:PrincipalOrgID', 'true'), {}, 'allowed'],
  [
    'NumericLessThan',
    when('NumericLessThan', 's3:TlsVersion', '1.3'),
    given('s3:TlsVersion', '1.2'),
    'denied',
  ],
  [
    'NumericLessThan, equal',
    when('NumericLessThan', 's3:TlsVersion', '1.3'),
    given('s3:TlsVersion', '1.3'),
    'allowed',
  ],
  ['NumericLessThanEquals', when('NumericLessThanEquals', 'a:k', 10), given('a:k', '10'), 'denied'],
  ['NumericGreaterThan', when('NumericGreaterThan', 'a:k', '9'), given('a:k', '10'), 'denied'],
  ['NumericGreaterThanEquals', when('NumericGreaterThanEquals', 'a:k', '10'), given('a:k', '9'), 'allowed'],
  ['NumericEquals', when('NumericEquals', 'a:k', '10'), given('a:k', '10.0'), 'denied'],
  ['NumericNotEquals', when('NumericNotEquals', 'a:k', '10'), given('a:k', '11'), 'denied'],
  ['Numeric on words', when('NumericEquals', 'a:k', '10'), given('a:k', 'ten'), 'unknown'],
  [
    'DateLessThan',
    when('DateLessThan', 'a:k', '2026-01-01T00:00:00Z'),
    given('a:k', '2025-12-31T23:59:59Z'),
    'denied',
  ],
  [
    'DateGreaterThan, epoch',
    when('DateGreaterThan', 'a:k', '2026-01-01T00:00:00Z'),
    given('a:k', '1767225600'),
    'allowed',
  ],
  [
    'DateGreaterThanEquals, epoch',
    when('DateGreaterThanEquals', 'a:k', '2026-01-01'),
    given('a:k', '1767225600'),
    'denied',
  ],
  [
    'DateNotEquals',
    when('DateNotEquals', 'a:k', '2026-01-01T00:00'),
    given('a:k', '2026-01-01T01:00+01:00'),
    'allowed',
  ],
  [
    'IpAddress',
    when('IpAddress', 'aws:SourceIp', '203.0.113.0/24'),
    given('aws:SourceIp', '203.0.113.9'),
    'denied',
  ],
  [
    'IpAddress, one address',
    when('IpAddress', 'aws:SourceIp', '203.0.113.9'),
    given('aws:SourceIp', '203.0.113.8'),
    'allowed',
  ],
  [
    'NotIpAddress',
    when('NotIpAddress', 'aws:SourceIp', ['203.0.113.0/24', '2001:db8::/32']),
    given('aws:SourceIp', '2001:db8::1'),
    'allowed',
  ],
  ['NotIpAddress, missing', when('NotIpAddress', 'aws:SourceIp', '203.0.113.0/24'), {}, 'denied'],
];

const orgPath = 'o-exampleorg1/r-ab12/';
const sets: Case[] = [
  [
    'ForAnyValue, one fits',
    when('ForAnyValue:StringEquals', 'aws:TagKeys', 'aws-control-tower'),
    given('aws:TagKeys', ['a', 'aws-control-tower']),
    'denied',
  ],
  [
    'ForAnyValue, none fits',
    when('ForAnyValue:StringEquals', 'aws:TagKeys', 'x'),
    given('aws:TagKeys', ['a', 'b']),
    'allowed',
  ],
  ['ForAnyValue, missing', when('ForAnyValue:StringEquals', 'aws:TagKeys', 'x'), {}, 'allowed'],
  [
    'ForAnyValue, empty',
    when('ForAnyValue:StringNotEquals', 'aws:TagKeys', 'x'),
    given('aws:TagKeys', []),
    'allowed',
  ],
  [
    'ForAnyValue, negated',
    when('ForAnyValue:StringNotEquals', 'aws:TagKeys', 'x'),
    given('aws:TagKeys', ['x', 'y']),
    'denied',
  ],
  [
    'ForAllValues, all fit',
    when('ForAllValues:StringLike', 'aws:TagKeys', ['a*', 'b*']),
    given('aws:TagKeys', ['aa', 'bb']),
    'denied',
  ],
  [
    'ForAllValues, one does not',
    when('ForAllValues:StringLike', 'aws:TagKeys', 'a*'),
    given('aws:TagKeys', ['aa', 'bb']),
    'allowed',
  ],
  ['ForAllValues, missing', when('ForAllValues:StringEquals', 'aws:TagKeys', 'x'), {}, 'denied'],
  [
    'several values without a set operator',
    when('StringEquals', 'aws:TagKeys', 'x'),
    given('aws:TagKeys', ['x', 'y']),
    'unknown',
  ],
  [
    'directly under the root',
    when('ForAnyValue:StringEquals', 'aws:PrincipalOrgPaths', orgPath),
    given('aws:PrincipalOrgPaths', [orgPath]),
    'denied',
  ],
  [
    'in an OU',
    when('ForAnyValue:StringEquals', 'aws:PrincipalOrgPaths', orgPath),
    given('aws:PrincipalOrgPaths', [`${orgPath}ou-ab12-x/`]),
    'allowed',
  ],
  [
    'the place of the account is not told',
    when('ForAnyValue:StringEquals', 'aws:PrincipalOrgPaths', orgPath),
    {},
    'unknown',
  ],
];

describe.each([
  ['strings', strings],
  ['ARNs', arns],
  ['booleans, numbers, dates, addresses', others],
  ['sets', sets],
])('conditions over %s', (_kind, cases) => {
  it.each(cases)('%s', (_name, condition, request, decision) => {
    expect(decideWith(condition, request)).toMatchObject({ decision });
  });
});
