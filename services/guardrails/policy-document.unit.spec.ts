import { describe, expect, it } from 'vitest';
import { FULL_AWS_ACCESS } from './evaluate.ts';
import { PolicyDocumentError, parsePolicy } from './policy-document.ts';

const text = (statement: unknown, rest: object = { Version: '2012-10-17' }): string =>
  JSON.stringify({ ...rest, Statement: statement });
const fine = { Effect: 'Deny', Action: 's3:*', Resource: '*' };

describe('parsePolicy', () => {
  it('reads one statement or a list, one value or a list', () => {
    expect(parsePolicy(FULL_AWS_ACCESS).statements).toEqual([
      {
        sid: '',
        effect: 'Allow',
        actions: { negated: false, patterns: ['*'] },
        resources: { negated: false, patterns: ['*'] },
        conditions: [],
      },
    ]);
    expect(parsePolicy(text(fine)).statements).toEqual(parsePolicy(text([fine])).statements);
  });

  it('flattens conditions and takes booleans and numbers as text', () => {
    const Condition = { Bool: { 'a:b': true }, NumericLessThan: { 'a:c': [1.3, '2'] } };
    expect(parsePolicy(text({ ...fine, Condition })).statements[0]?.conditions).toEqual([
      { operator: 'Bool', key: 'a:b', values: ['true'] },
      { operator: 'NumericLessThan', key: 'a:c', values: ['1.3', '2'] },
    ]);
  });

  it.each([
    ['no JSON', '{', 'not JSON'],
    ['no statement', text([]), '/Statement'],
    ['an unknown version', text(fine, { Version: '2020-01-01' }), '/Version'],
    ['an unknown field', text({ ...fine, Principal: '*' }), 'Principal'],
    ['an unknown effect', text({ ...fine, Effect: 'deny' }), '/Statement/Effect'],
    ['Action and NotAction', text({ ...fine, NotAction: 'ec2:*' }), 'exactly one of Action and NotAction'],
    ['no resource', text({ Effect: 'Deny', Action: '*' }), 'exactly one of Resource and NotResource'],
    ['an action without service', text({ ...fine, Action: 'PutObject' }), 'not an action'],
    ['a Sid with a hyphen', text({ ...fine, Sid: 'a-b' }), 'only letters and digits'],
    [
      'a Sid twice',
      text([
        { ...fine, Sid: 'a' },
        { ...fine, Sid: 'a' },
      ]),
      'twice',
    ],
    ['a condition on nothing', text({ ...fine, Condition: { Bool: { 'a:b': [] } } }), 'Condition'],
  ])('refuses %s', (_name, content, message) => {
    expect(() => parsePolicy(content)).toThrow(PolicyDocumentError);
    expect(() => parsePolicy(content)).toThrow(message);
  });
});
