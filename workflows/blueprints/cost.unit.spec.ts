import { describe, expect, it } from 'vitest';
import { type CostCounts, monthlyCost } from './cost.ts';
import type { VpcParameters } from './vpc-component.ts';

const vpc: VpcParameters = {
  size: 'small',
  availabilityZones: 2,
  natGateway: true,
  natGatewayPerZone: false,
  interfaceEndpoints: [],
  tiers: ['private', 'public'],
};
const counts: CostCounts = { configRules: 0, governedRegions: 1, ownTrail: false };
const amountsOf = (parameters: Parameters<typeof monthlyCost>[0], changed: Partial<CostCounts> = {}) =>
  Object.fromEntries(
    monthlyCost(parameters, { ...counts, ...changed }).items.map(({ name, amount }) => [name, amount]),
  );

describe('monthlyCost', () => {
  it('adds up what an idle account costs', () => {
    expect(monthlyCost({ vpc, budget: null }, { ...counts, configRules: 3 })).toEqual({
      currency: 'USD',
      amount: 37.95,
      items: [
        { name: 'AWS Config: recorded items', amount: 0.9 },
        { name: 'AWS Config: rule evaluations', amount: 0.3 },
        { name: 'NAT gateways, without data', amount: 32.85 },
        { name: 'Public IPv4 addresses', amount: 3.65 },
        { name: 'VPC flow logs, to S3', amount: 0.25 },
      ],
    });
  });

  it('leaves out what costs nothing', () => {
    expect(monthlyCost({ vpc: null, budget: null }, counts)).toEqual({
      currency: 'USD',
      amount: 0.9,
      items: [{ name: 'AWS Config: recorded items', amount: 0.9 }],
    });
  });

  it('counts a NAT gateway and its address in every zone', () => {
    const perZone = { ...vpc, availabilityZones: 3, natGatewayPerZone: true };
    expect(amountsOf({ vpc: perZone })).toMatchObject({
      'NAT gateways, without data': 98.55,
      'Public IPv4 addresses': 10.95,
    });
    expect(amountsOf({ vpc: { ...vpc, availabilityZones: 3 } })).toMatchObject({
      'NAT gateways, without data': 32.85,
    });
  });

  it('counts an interface endpoint in every zone', () => {
    const given: VpcParameters = { ...vpc, natGateway: false, interfaceEndpoints: ['ssm', 'logs', 'sts'] };
    const amounts = amountsOf({ vpc: given });
    expect(amounts).toMatchObject({ 'Interface endpoints, without data': 43.8 });
    expect(amounts).not.toHaveProperty('NAT gateways, without data');
    expect(amounts).not.toHaveProperty('Public IPv4 addresses');
  });

  it('counts a recorder in every governed Region', () => {
    expect(amountsOf({ vpc: null }, { governedRegions: 4 })).toEqual({ 'AWS Config: recorded items': 1.8 });
  });

  it('counts the files of a trail of its own, from every governed Region', () => {
    const name = 'Trail: files in the log archive';
    expect(amountsOf({ vpc: null }, { ownTrail: true })).toMatchObject({ [name]: 0.09 });
    expect(amountsOf({ vpc: null }, { ownTrail: true, governedRegions: 3 })).toMatchObject({ [name]: 0.23 });
  });
});
