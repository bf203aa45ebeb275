import type { BlueprintParameters } from './parameters.ts';
import { vpcOf } from './vpc-component.ts';

/**
 * US dollars, us-east-1, from the public price pages of Amazon VPC, AWS PrivateLink, AWS Config, CloudWatch (vended
 * logs), Amazon S3 and AWS KMS. Flat: other Regions differ by a few per cent, and what a team uses by far more. An
 * approver wants the order of magnitude.
 */
const PRICE = {
  natGatewayHour: 0.045,
  publicIpv4Hour: 0.005,
  interfaceEndpointZoneHour: 0.01,
  configItem: 0.003,
  configEvaluation: 0.001,
  flowLogGigabyte: 0.25,
  s3Put: 0.000_005,
  s3GigabyteMonth: 0.023,
  kmsRequest: 0.000_003,
} as const;

/** What a young account is assumed to do in a month. Data through NAT gateways and endpoints is not guessed. */
const ASSUMED = {
  hours: 730,
  configItemsHomeRegion: 300,
  /** Fewer: Control Tower lets only the home Region record IAM and other global resources. */
  configItemsOtherRegion: 100,
  evaluationsPerRule: 100,
  flowLogGigabytes: 1,
  /** CloudTrail writes about every five minutes. */
  trailFilesPerRegion: 8_760,
  trailStoredGigabytes: 1,
} as const;

export type CostItem = { name: string; amount: number };
export type MonthlyCost = { currency: 'USD'; amount: number; items: CostItem[] };

export type CostCounts = {
  /** Config rules, each counted once for every Region that has it. */
  configRules: number;
  /** The home Region among them. */
  governedRegions: number;
  /** A trail of the account's own, instead of the organization's. */
  ownTrail: boolean;
};

/**
 * What the account costs while nobody uses it, rounded to cents. Left out is what is free (budgets, gateway endpoints,
 * the first copy of management events), what is less than a cent (the functions and their logs, which run when a stack
 * changes), and the key of the log archive, which all accounts share.
 *
 * @example monthlyCost({ vpc: null }, { configRules: 0, governedRegions: 1, ownTrail: false }).amount // 0.9
 */
export function monthlyCost(parameters: BlueprintParameters, counts: CostCounts): MonthlyCost {
  const items = [...configItems(counts), ...networkItems(parameters), ...trailItems(counts)]
    .map(({ name, amount }) => ({ name, amount: cents(amount) }))
    .filter(({ amount }) => amount > 0);
  return { currency: 'USD', amount: cents(items.reduce((sum, { amount }) => sum + amount, 0)), items };
}

/** Control Tower or the blueprint has a recorder in every governed Region, so the account pays in each. */
function configItems({ configRules, governedRegions }: CostCounts): CostItem[] {
  const recorded = ASSUMED.configItemsHomeRegion + (governedRegions - 1) * ASSUMED.configItemsOtherRegion;
  return [
    { name: 'AWS Config: recorded items', amount: recorded * PRICE.configItem },
    {
      name: 'AWS Config: rule evaluations',
      amount: configRules * ASSUMED.evaluationsPerRule * PRICE.configEvaluation,
    },
  ];
}

function networkItems(parameters: BlueprintParameters): CostItem[] {
  const vpc = vpcOf(parameters);
  if (vpc === null) return [];
  const { natGateway, natGatewayPerZone, availabilityZones, interfaceEndpoints } = vpc;
  const natHours = natGateway ? (natGatewayPerZone ? availabilityZones : 1) * ASSUMED.hours : 0;
  // An endpoint has a network interface in every zone, and each is paid by the hour.
  const endpointHours = interfaceEndpoints.length * availabilityZones * ASSUMED.hours;
  return [
    { name: 'NAT gateways, without data', amount: natHours * PRICE.natGatewayHour },
    { name: 'Public IPv4 addresses', amount: natHours * PRICE.publicIpv4Hour },
    { name: 'Interface endpoints, without data', amount: endpointHours * PRICE.interfaceEndpointZoneHour },
    { name: 'VPC flow logs, to S3', amount: ASSUMED.flowLogGigabytes * PRICE.flowLogGigabyte },
  ];
}

/** Its files are written and encrypted one by one. The log archive pays for them, and only because of this account. */
function trailItems({ ownTrail, governedRegions }: CostCounts): CostItem[] {
  if (!ownTrail) return [];
  const files = governedRegions * ASSUMED.trailFilesPerRegion;
  return [
    {
      name: 'Trail: files in the log archive',
      amount: files * (PRICE.s3Put + PRICE.kmsRequest) + ASSUMED.trailStoredGigabytes * PRICE.s3GigabyteMonth,
    },
  ];
}

const cents = (amount: number): number => Math.round(amount * 100) / 100;
