import { given, type IamCase, NOTHING, rule, when } from './case.fixture.ts';

const TAGS = 'aws:TagKeys';
const PATHS = 'aws:PrincipalOrgPaths';
const any = (operator: string, values: unknown, key = TAGS) => when(`ForAnyValue:${operator}`, key, values);
const all = (operator: string, values: unknown, key = TAGS) => when(`ForAllValues:${operator}`, key, values);
const tags = (...names: string[]) => given(TAGS, names);
const path = (...ids: string[]) => given(PATHS, [`o-exampleorg1/${ids.join('/')}/`]);

export const SET_CASES: readonly IamCase[] = [
  ...rule('ForAnyValue: at least one value of the request matches; a missing or empty key does not', [
    ['one of two', any('StringEquals', 'env'), tags('env', 'team'), 'denied'],
    ['none of two', any('StringEquals', 'cost'), tags('env', 'team'), 'allowed'],
    ['one fits one of the values', any('StringLike', ['co*', 'te*']), tags('env', 'team'), 'denied'],
    ['a single value', any('StringEquals', 'env'), tags('env'), 'denied'],
    ['with case', any('StringEquals', 'Env'), tags('env', 'team'), 'allowed'],
    ['without case', any('StringEqualsIgnoreCase', 'ENV'), tags('env', 'team'), 'denied'],
    ['negated: one that is none of the values', any('StringNotEquals', 'env'), tags('env', 'team'), 'denied'],
    [
      'negated: all are among the values',
      any('StringNotEquals', ['env', 'team']),
      tags('env', 'team'),
      'allowed',
    ],
    ['missing', any('StringEquals', 'env'), NOTHING, 'allowed'],
    ['missing, negated', any('StringNotEquals', 'env'), NOTHING, 'allowed'],
    ['empty', any('StringLike', '*'), tags(), 'allowed'],
    ['an empty text is an empty set', any('StringLike', '*'), tags(''), 'allowed'],
    ['IfExists, missing', any('StringEqualsIfExists', 'env'), NOTHING, 'denied'],
  ]),
  ...rule('ForAllValues: every value of the request matches; a missing or empty key does too', [
    ['both', all('StringEquals', ['env', 'team']), tags('env', 'team'), 'denied'],
    ['fewer than the values', all('StringEquals', ['env', 'team', 'cost']), tags('team'), 'denied'],
    ['one too many', all('StringEquals', ['env', 'team']), tags('env', 'team', 'cost'), 'allowed'],
    ['patterns', all('StringLike', ['e*', 't*']), tags('env', 'team'), 'denied'],
    ['negated: none is among the values', all('StringNotEquals', 'cost'), tags('env', 'team'), 'denied'],
    ['negated: one is', all('StringNotEquals', 'env'), tags('env', 'team'), 'allowed'],
    ['missing', all('StringEquals', 'env'), NOTHING, 'denied'],
    ['missing, negated', all('StringNotEquals', 'env'), NOTHING, 'denied'],
    ['empty', all('StringEquals', 'env'), tags(), 'denied'],
    ['an empty text is an empty set', all('StringEquals', 'env'), tags(''), 'denied'],
    ['numbers', all('NumericLessThan', '10', 'a:k'), given('a:k', ['9', '8']), 'denied'],
    ['numbers, one too large', all('NumericLessThan', '10', 'a:k'), given('a:k', ['9', '11']), 'allowed'],
    ['a number that is none', all('NumericLessThan', '10', 'a:k'), given('a:k', ['9', 'x']), 'unknown'],
    [
      'a number that is none, and one too large',
      all('NumericLessThan', '10', 'a:k'),
      given('a:k', ['11', 'x']),
      'allowed',
    ],
  ]),
  ...rule('A key with several values needs a set operator; without one the result is not documented', [
    ['equals', when('StringEquals', TAGS, 'env'), tags('env', 'team'), 'unknown'],
    ['not equals', when('StringNotEquals', TAGS, 'cost'), tags('env', 'team'), 'unknown'],
    ['one value is one value', when('StringEquals', TAGS, 'env'), tags('env'), 'denied'],
    ['told to be absent', when('StringNotEquals', TAGS, 'env'), tags(), 'denied'],
  ]),
  ...rule('aws:PrincipalOrgPaths: the path of the account, with its slash at the end', [
    [
      'directly under the root',
      any('StringEquals', 'o-exampleorg1/r-ab12/', PATHS),
      path('r-ab12'),
      'denied',
    ],
    [
      'in a unit',
      any('StringEquals', 'o-exampleorg1/r-ab12/', PATHS),
      path('r-ab12', 'ou-ab12-x'),
      'allowed',
    ],
    [
      'anywhere below a unit',
      any('StringLike', 'o-exampleorg1/r-ab12/ou-ab12-x/*', PATHS),
      path('r-ab12', 'ou-ab12-x', 'ou-ab12-y'),
      'denied',
    ],
    [
      'below another',
      any('StringLike', 'o-exampleorg1/*/ou-ab12-z/*', PATHS),
      path('r-ab12', 'ou-ab12-x'),
      'allowed',
    ],
    ['not told', any('StringLike', 'o-exampleorg1/*', PATHS), NOTHING, 'unknown'],
  ]),
];
