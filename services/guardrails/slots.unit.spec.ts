import { describe, expect, it } from 'vitest';
import { policySlots } from './slots.ts';

const quotas = (policies: number, characters: number) => [
  { service: 'controltower', name: 'Service control policies attached to something else', value: 1 },
  { service: 'organizations', name: 'Service control policies attached to a target', value: policies },
  { service: 'organizations', name: 'Service control policy size in characters', value: characters },
];
const ALWAYS = ['FullAWSAccess', 'jetway-quarantine'];

describe('policySlots', () => {
  it.each([
    [5, 5_120, ALWAYS, 3],
    [10, 10_240, ALWAYS, 8],
    [5, 5_120, [...ALWAYS, 'corporate', 'jetway-0123456789ab'], 1],
    [5, 5_120, [...ALWAYS, 'a', 'b', 'c', 'd'], 0],
    [5, 5_120, [...ALWAYS, 'FullAWSAccess'], 3],
  ])('%i policies of %i characters, attached %j: %i are left', (policies, characters, attached, left) => {
    expect(policySlots(quotas(policies, characters), attached)).toEqual({
      maxPolicies: left,
      maxCharacters: characters,
      quota: policies,
      usedBy: [...new Set(attached)],
    });
  });

  it('reckons with the smallest limits that AWS ever had where the quotas say nothing', () => {
    expect(policySlots([], ALWAYS)).toMatchObject({ maxPolicies: 3, maxCharacters: 5_120 });
  });
});
