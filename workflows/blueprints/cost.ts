import type { BlueprintParameters } from './parameters.ts';
import { vpcOf } from './vpc-component.ts';

/**
 * US dollars, us-east-1, from the public price pages of Amazon VPC, AWS Config and CloudWatch (vended logs). Flat:
 * other Regions differ by a few per cent, and what a team uses by far more. An approver wants the order of magnitude.
 */
const PRICE = {
  natGatewayHour: 0.045,
  publicIpv4Hour: 0.005,
  configItem: 0.003,
  configEvaluation: 0.001,
  flowLogGigabyte: 0.25,
} as const;

/** What a young account is assumed to do in a month. Data through the NAT gateway is not guessed. */
const ASSUMED = { hours: 730, configItems: 300, evaluationsPerRule: 100, flowLogGigabytes: 1 } as const;

export type CostItem = { name: string; amount: number };
export type MonthlyCost = { currency: 'USD'; amount: number; items: CostItem[] };

/** What the account costs while nobody uses it, rounded to cents; free parts (budgets, gateway endpoints) are left out. */
export function monthlyCost(
  parameters: BlueprintParameters,
  counts: { configRules: number; flowLogs: boolean },
): MonthlyCost {
  const vpc = vpcOf(parameters);
  const items: CostItem[] = [
    { name: 'AWS Config: recorded items', amount: ASSUMED.configItems * PRICE.configItem },
    {
      name: 'AWS Config: rule evaluations',
      amount: counts.configRules * ASSUMED.evaluationsPerRule * PRICE.configEvaluation,
    },
    { name: 'NAT gateway, without data', amount: vpc?.natGateway ? ASSUMED.hours * PRICE.natGatewayHour : 0 },
    { name: 'Public IPv4 address', amount: vpc?.natGateway ? ASSUMED.hours * PRICE.publicIpv4Hour : 0 },
    {
      name: 'VPC flow logs, to S3',
      amount: vpc && counts.flowLogs ? ASSUMED.flowLogGigabytes * PRICE.flowLogGigabyte : 0,
    },
  ]
    .map(({ name, amount }) => ({ name, amount: cents(amount) }))
    .filter(({ amount }) => amount > 0);
  return { currency: 'USD', amount: cents(items.reduce((sum, { amount }) => sum + amount, 0)), items };
}

const cents = (amount: number): number => Math.round(amount * 100) / 100;
