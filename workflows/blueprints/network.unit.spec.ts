import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SubnetPlan } from '../../services/planning/plan.schema.ts';
import { type PlannedSubnet, subnetsFor, TIERS, vpcPrefix } from './network.ts';

const ZONES = ['us-east-1a', 'us-east-1b', 'us-east-1c'];
const cidrs = (subnets: PlannedSubnet[]): Record<string, string> =>
  Object.fromEntries(subnets.map(({ name, cidr }) => [name, cidr]));

/** First and last address of a block, by another way than the code under test. */
const range = (cidr: string): [bigint, bigint] => {
  const [address = '', bits = ''] = cidr.split('/');
  const first = address.split('.').reduce((sum, octet) => (sum << 8n) + BigInt(octet), 0n);
  return [first, first + (1n << BigInt(32 - Number(bits))) - 1n];
};

const block = fc
  .record({
    prefix: fc.integer({ min: 16, max: 24 }),
    address: fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }),
  })
  .map(({ prefix, address }) => {
    const first = (address >> BigInt(32 - prefix)) << BigInt(32 - prefix);
    const octets = [24n, 16n, 8n, 0n].map((shift) => (first >> shift) & 255n);
    return `${octets.join('.')}/${prefix}`;
  });
const zones = fc.subarray(ZONES, { minLength: 1 });
const tiers = fc.subarray([...TIERS], { minLength: 1 });

describe('subnetsFor', () => {
  it('divides a medium VPC over two zones', () => {
    expect(cidrs(subnetsFor('10.20.4.0/22', ZONES.slice(0, 2), TIERS))).toEqual({
      'private-us-east-1a': '10.20.4.0/25',
      'public-us-east-1a': '10.20.4.128/26',
      'isolated-us-east-1a': '10.20.4.192/26',
      'private-us-east-1b': '10.20.5.0/25',
      'public-us-east-1b': '10.20.5.128/26',
      'isolated-us-east-1b': '10.20.5.192/26',
    });
  });

  it('works above 127.255.255.255, where bit operations turn negative', () => {
    expect(cidrs(subnetsFor('192.168.255.0/24', ['us-east-1a'], ['isolated']))).toEqual({
      'isolated-us-east-1a': '192.168.255.48/28',
    });
  });

  it('gives what the plan can hold', () => {
    for (const subnet of subnetsFor('10.0.0.0/20', ZONES, TIERS))
      expect(SubnetPlan.parse(subnet)).toEqual(subnet);
  });

  it('gives aligned blocks of /28 or larger, inside the VPC and apart from each other', () => {
    fc.assert(
      fc.property(block, zones, tiers, (vpc, some, kinds) => {
        const subnets = subnetsFor(vpc, some, kinds);
        expect(subnets).toHaveLength(some.length * kinds.length);
        const [from, to] = range(vpc);
        const ranges = subnets.map(({ cidr }) => range(cidr));
        for (const [i, [first, last]] of ranges.entries()) {
          expect(first % (last - first + 1n)).toBe(0n);
          expect(first >= from && last <= to).toBe(true);
          expect(Number(subnets[i]?.cidr.split('/')[1])).toBeLessThanOrEqual(28);
          for (const [a, b] of ranges.slice(i + 1)) expect(last < a || b < first).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never moves a subnet when a zone or a tier is added', () => {
    fc.assert(
      fc.property(block, fc.integer({ min: 1, max: 3 }), tiers, (vpc, count, kinds) => {
        const whole = cidrs(subnetsFor(vpc, ZONES, TIERS));
        expect(whole).toMatchObject(cidrs(subnetsFor(vpc, ZONES.slice(0, count), kinds)));
      }),
    );
  });

  it.each([
    '10.0.0.1/24',
    '10.0.0.0/25',
    '10.0.0.0/15',
    '10.0.0.256/24',
    '10.0.0/24',
    '10.0.4.0/21',
    'x',
    '1.2.3.4/24/24',
  ])('refuses %s', (vpc) => {
    expect(() => subnetsFor(vpc, ZONES, TIERS)).toThrow(RangeError);
  });

  it('refuses a fourth zone, and one that is there twice', () => {
    expect(() => subnetsFor('10.0.0.0/22', [...ZONES, 'us-east-1d'], TIERS)).toThrow('4 zones');
    expect(() => subnetsFor('10.0.0.0/22', ['us-east-1a', 'us-east-1a'], TIERS)).toThrow('twice');
  });
});

it('knows the three sizes', () => {
  expect([vpcPrefix('small'), vpcPrefix('medium'), vpcPrefix('large')]).toEqual([24, 22, 20]);
});
