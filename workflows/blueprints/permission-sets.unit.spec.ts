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

describe('permission-sets.json', () => {
  it('ships sets of AWS managed policies', () => {
    expect([...readPermissionSets().keys()]).toEqual(['jetway-ReadOnly', 'jetway-Auditor']);
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
    ['an unknown field', { inlinePolicy: '{}' }, '/permissionSets/0/inlinePolicy is not known'],
  ])('refuses %s', (_, change, words) => {
    expect(() => parsePermissionSets({ permissionSets: [{ ...sound, ...change }] }, 'x.json')).toThrow(words);
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
