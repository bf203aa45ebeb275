import { expect, it } from 'vitest';
import { monthlyCost } from './cost.ts';
import type { VpcParameters } from './vpc-component.ts';

const vpc: VpcParameters = {
  size: 'small',
  availabilityZones: 2,
  natGateway: true,
  natGatewayPerZone: false,
  interfaceEndpoints: [],
  tiers: ['private', 'public'],
};

it('adds up what an idle account costs', () => {
  expect(monthlyCost({ vpc, budget: null }, { configRules: 3, flowLogs: true })).toEqual({
    currency: 'USD',
    amount: 37.95,
    items: [
      { name: 'AWS Config: recorded items', amount: 0.9 },
      { name: 'AWS Config: rule evaluations', amount: 0.3 },
      { name: 'NAT gateway, without data', amount: 32.85 },
      { name: 'Public IPv4 address', amount: 3.65 },
      { name: 'VPC flow logs, to S3', amount: 0.25 },
    ],
  });
});

it('leaves out what costs nothing', () => {
  const { items, amount } = monthlyCost({ vpc: null, budget: null }, { configRules: 0, flowLogs: true });
  expect(items.map(({ name }) => name)).toEqual(['AWS Config: recorded items']);
  expect(amount).toBe(0.9);
});
