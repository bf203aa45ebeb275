import { describe, expect, it } from 'vitest';
import { readPermissionSets } from '../artifacts.node.ts';
import { parseComponent } from './component.ts';
import { parsePermissionSets } from './permission-sets.ts';
import { componentsByName } from './plan.fixture.ts';

const sound = {
  name: 'jetway-X',
  description: 'x',
  sessionDuration: 'PT4H',
  managedPolicies: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
};

/** An inline policy of one statement. */
const inline = (statement: object) => ({
  inlinePolicy: {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['ec2:StartInstances'], Resource: '*', ...statement }],
  },
});

describe('permission-sets.json', () => {
  it('ships sets of AWS managed policies, one with a policy of its own', () => {
    const shipped = [...readPermissionSets().values()];
    expect(shipped.map(({ name, inlinePolicy }) => [name, inlinePolicy !== undefined])).toEqual([
      ['jetway-ReadOnly', false],
      ['jetway-Auditor', false],
      ['jetway-Operator', true],
    ]);
    expect(JSON.parse(shipped[2]!.inlinePolicy!)).toMatchObject({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: expect.arrayContaining(['ec2:RebootInstances']) }],
    });
  });

  it.each([
    [
      'a name that could be anybody’s',
      { name: 'ReadOnly' },
      '/permissionSets/0/name has to begin with jetway-',
    ],
    ['a session of a day', { sessionDuration: 'PT24H' }, '/permissionSets/0/sessionDuration is not'],
    [
      'a policy of an account',
      { managedPolicies: ['arn:aws:iam::111122223333:policy/X'] },
      '/managedPolicies/0',
    ],
    ['no policy', { managedPolicies: [] }, '/permissionSets/0/managedPolicies'],
    ['an unknown field', { customerPolicies: [] }, '/permissionSets/0/customerPolicies is not known'],
    ['an inline policy as text', { inlinePolicy: '{}' }, '/permissionSets/0/inlinePolicy'],
    ['an inline policy without statements', { inlinePolicy: { Version: '2012-10-17' } }, '/Statement'],
    ['a resource policy', inline({ Principal: '*' }), 'Principal'],
    ['an inline policy that allows everything', inline({ Action: '*' }), '* is too much'],
    ['one that allows all of a service', inline({ Action: ['ec2:*'] }), 'ec2:* is too much'],
    ['one that gives away more', inline({ Action: 'iam:PassRole' }), 'iam:PassRole is too much'],
    [
      'one that allows all but something',
      inline({ Action: undefined, NotAction: 'iam:*' }),
      'everything but some actions',
    ],
    [
      'one that is too long',
      inline({ Resource: `arn:aws:ec2:::${'x'.repeat(10_240)}` }),
      'more than 10240 characters',
    ],
  ])('refuses %s', (_, change, words) => {
    expect(() => parsePermissionSets({ permissionSets: [{ ...sound, ...change }] }, 'x.json')).toThrow(words);
  });

  it('takes denials of anything', () => {
    const shipped = { ...sound, ...inline({ Effect: 'Deny', Action: ['iam:*'] }) };
    expect(parsePermissionSets({ permissionSets: [shipped] }, 'x.json').size).toBe(1);
  });

  it('refuses a name that is there twice', () => {
    expect(() => parsePermissionSets({ permissionSets: [sound, sound] }, 'x.json')).toThrow('name twice');
  });
});

describe('a list of objects', () => {
  it('gets into no stack', () => {
    const component = componentsByName.get('identity-center');
    const withStack = { ...component, stackParameters: { Baseline: 'parameters.baseline' } };
    expect(() => parseComponent(withStack, 'component.json')).toThrow('takes no list of objects');
  });
});
