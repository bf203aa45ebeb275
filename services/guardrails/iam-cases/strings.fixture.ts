import { as, deny, given, type IamCase, iam, NOTHING, rule, when } from './case.fixture.ts';

const ana = as(iam('user/ops/ana'));
const both = (a: string, b: string) => ({ context: { 'a:k': a, 'a:b': b } });
const two = (first: object, second: object = {}) => deny({ Condition: { ...first, ...second } });
const like = (pattern: string) => when('StringLike', 'a:k', pattern);
const home = (name: string) => ({ resource: `arn:aws:s3:::bucket/home/${name}/x` });
const inHome = (variable: string) => deny({ Resource: `arn:aws:s3:::bucket/home/${variable}/*` });

export const STRING_CASES: readonly IamCase[] = [
  ...rule('StringEquals: exact, with case, no wildcards; the values of a key are joined by OR', [
    ['equal', when('StringEquals', 'a:k', 'v'), given('a:k', 'v'), 'denied'],
    ['other case', when('StringEquals', 'a:k', 'v'), given('a:k', 'V'), 'allowed'],
    ['a star is a star', when('StringEquals', 'a:k', 'v*'), given('a:k', 'vv'), 'allowed'],
    ['the star itself', when('StringEquals', 'a:k', 'v*'), given('a:k', 'v*'), 'denied'],
    ['one of several', when('StringEquals', 'a:k', ['u', 'v']), given('a:k', 'v'), 'denied'],
    ['none of several', when('StringEquals', 'a:k', ['u', 'w']), given('a:k', 'v'), 'allowed'],
    ['a number is its text', when('StringEquals', 'a:k', 5), given('a:k', '5'), 'denied'],
    ['the name of a key has no case', when('StringEquals', 'A:K', 'v'), given('a:k', 'v'), 'denied'],
    ['a key that is missing does not match', when('StringEquals', 'a:k', 'v'), NOTHING, 'allowed'],
  ]),
  ...rule('StringNotEquals: none of the values; a missing key matches', [
    ['equal', when('StringNotEquals', 'a:k', 'v'), given('a:k', 'v'), 'allowed'],
    ['other case', when('StringNotEquals', 'a:k', 'v'), given('a:k', 'V'), 'denied'],
    ['one of several', when('StringNotEquals', 'a:k', ['u', 'v']), given('a:k', 'v'), 'allowed'],
    ['none of several', when('StringNotEquals', 'a:k', ['u', 'w']), given('a:k', 'v'), 'denied'],
    ['missing', when('StringNotEquals', 'a:k', 'v'), NOTHING, 'denied'],
  ]),
  ...rule('StringEqualsIgnoreCase and its opposite: exact, without case', [
    ['other case', when('StringEqualsIgnoreCase', 'a:k', 'Value'), given('a:k', 'vALUE'), 'denied'],
    ['no wildcards', when('StringEqualsIgnoreCase', 'a:k', 'V*'), given('a:k', 'value'), 'allowed'],
    ['missing', when('StringEqualsIgnoreCase', 'a:k', 'v'), NOTHING, 'allowed'],
    ['the opposite, other case', when('StringNotEqualsIgnoreCase', 'a:k', 'V'), given('a:k', 'v'), 'allowed'],
    ['the opposite, other word', when('StringNotEqualsIgnoreCase', 'a:k', 'V'), given('a:k', 'w'), 'denied'],
    ['the opposite, missing', when('StringNotEqualsIgnoreCase', 'a:k', 'V'), NOTHING, 'denied'],
  ]),
  ...rule('StringLike and StringNotLike: with case, * for any characters, ? for one', [
    ['a star at the end', like('val*'), given('a:k', 'value'), 'denied'],
    ['a star for nothing', like('value*'), given('a:k', 'value'), 'denied'],
    ['a star between', like('v*e'), given('a:k', 'value'), 'denied'],
    ['a question mark', like('val?e'), given('a:k', 'value'), 'denied'],
    ['a question mark is not nothing', like('value?'), given('a:k', 'value'), 'allowed'],
    ['other case', like('VAL*'), given('a:k', 'value'), 'allowed'],
    ['colons and slashes', like('a*z'), given('a:k', 'a:b/c:z'), 'denied'],
    ['missing, even for *', like('*'), NOTHING, 'allowed'],
    ['not like, fits', when('StringNotLike', 'a:k', ['u*', 'v*']), given('a:k', 'value'), 'allowed'],
    ['not like, fits none', when('StringNotLike', 'a:k', ['u*', 'w*']), given('a:k', 'value'), 'denied'],
    ['not like, missing', when('StringNotLike', 'a:k', '*'), NOTHING, 'denied'],
  ]),
  ...rule('...IfExists: holds when the key is missing, otherwise as without', [
    ['equals, missing', when('StringEqualsIfExists', 'a:k', 'v'), NOTHING, 'denied'],
    ['equals, equal', when('StringEqualsIfExists', 'a:k', 'v'), given('a:k', 'v'), 'denied'],
    ['equals, differs', when('StringEqualsIfExists', 'a:k', 'v'), given('a:k', 'w'), 'allowed'],
    ['not equals, missing', when('StringNotEqualsIfExists', 'a:k', 'v'), NOTHING, 'denied'],
    ['not equals, equal', when('StringNotEqualsIfExists', 'a:k', 'v'), given('a:k', 'v'), 'allowed'],
    ['like, differs', when('StringLikeIfExists', 'a:k', 'v*'), given('a:k', 'w'), 'allowed'],
  ]),
  ...rule('Conditions: operators are joined by AND, and so are the keys of one operator', [
    ['two keys, both', two({ StringEquals: { 'a:k': 'v', 'a:b': 'w' } }), both('v', 'w'), 'denied'],
    ['two keys, one', two({ StringEquals: { 'a:k': 'v', 'a:b': 'w' } }), both('v', 'x'), 'allowed'],
    [
      'two operators, both',
      two({ StringEquals: { 'a:k': 'v' } }, { StringLike: { 'a:b': 'w*' } }),
      both('v', 'ww'),
      'denied',
    ],
    [
      'two operators, one',
      two({ StringEquals: { 'a:k': 'v' } }, { StringLike: { 'a:b': 'w*' } }),
      both('u', 'ww'),
      'allowed',
    ],
    ['an empty block', two({}), NOTHING, 'denied'],
  ]),
  ...rule('An operator that is not in the reference decides nothing', [
    ['a word of its own', when('StringStartsWith', 'a:k', 'v'), given('a:k', 'v'), 'unknown'],
    ['a slip', when('StringEqualsIfExist', 'a:k', 'v'), NOTHING, 'unknown'],
    ['another set operator', when('ForSomeValues:StringEquals', 'a:k', 'v'), given('a:k', 'v'), 'unknown'],
    ['Null has no IfExists', when('NullIfExists', 'a:k', 'true'), NOTHING, 'unknown'],
    ['Null has no set operator', when('ForAllValues:Null', 'a:k', 'true'), NOTHING, 'unknown'],
    [
      'beside a condition that surely fails',
      two({ StringStartsWith: { 'a:k': 'v' } }, { StringEquals: { 'a:b': 'w' } }),
      both('v', 'x'),
      'allowed',
    ],
    [
      'beside a condition that surely holds',
      two({ StringStartsWith: { 'a:k': 'v' } }, { StringEquals: { 'a:b': 'w' } }),
      both('v', 'w'),
      'unknown',
    ],
    ['for another action', { ...when('StringSounds', 'a:k', 'v'), Action: 'iam:*' }, NOTHING, 'allowed'],
  ]),
  ...rule('BinaryEquals: byte for byte', [
    ['equal', when('BinaryEquals', 'a:k', 'QmluYXJ5'), given('a:k', 'QmluYXJ5'), 'denied'],
    ['differs', when('BinaryEquals', 'a:k', 'QmluYXJ5'), given('a:k', 'qmluYXJ5'), 'allowed'],
    ['missing', when('BinaryEquals', 'a:k', 'QmluYXJ5'), NOTHING, 'allowed'],
  ]),
  ...rule('Policy variables: in Resource and in the values of string and ARN operators', [
    ['a user by name', inHome('${aws:username}'), { ...ana, ...home('ana') }, 'denied'],
    ['another user', inHome('${aws:username}'), { ...ana, ...home('ben') }, 'allowed'],
    [
      'the account in a condition',
      when('StringNotEquals', 'a:k', '${aws:PrincipalAccount}'),
      given('a:k', '999988887777'),
      'denied',
    ],
    [
      'in an ARN',
      when('ArnLike', 'aws:SourceArn', 'arn:aws:sns:*:${aws:PrincipalAccount}:*'),
      given('aws:SourceArn', 'arn:aws:sns:eu-west-1:444455556666:t'),
      'denied',
    ],
    [
      'without case',
      when('StringEqualsIgnoreCase', 'a:k', '${a:v}'),
      { context: { 'a:k': 'VALUE', 'a:v': 'Value' } },
      'denied',
    ],
    [
      'its value brings no wildcards',
      like('${a:v}'),
      { context: { 'a:k': 'anything', 'a:v': '*' } },
      'allowed',
    ],
    ['an escaped star', like('v${*}'), given('a:k', 'vv'), 'allowed'],
    ['an escaped question mark', like('v${?}'), given('a:k', 'v?'), 'denied'],
    ['an escaped dollar', like('${$}{x}'), given('a:k', '${x}'), 'denied'],
    ['a default', inHome("${aws:PrincipalTag/team, 'all'}"), home('all'), 'denied'],
    [
      'a value before the default',
      inHome("${aws:PrincipalTag/team, 'all'}"),
      { ...home('all'), ...given('aws:PrincipalTag/team', 'blue') },
      'allowed',
    ],
    ['no value (not documented for a denial)', inHome('${aws:username}'), home('ana'), 'unknown'],
    [
      'a key with several values (not allowed there)',
      inHome('${aws:TagKeys}'),
      { ...home('a'), ...given('aws:TagKeys', ['a', 'b']) },
      'unknown',
    ],
    [
      'in a number (not allowed there)',
      when('NumericEquals', 'a:k', '${a:v}'),
      { context: { 'a:k': '5', 'a:v': '5' } },
      'unknown',
    ],
  ]),
];
