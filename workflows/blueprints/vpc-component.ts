import { z } from 'zod';
import { BlueprintError } from './blueprint-error.ts';
import { MAX_ZONES, TIERS, type Tier, type VpcSize } from './network.ts';
import type { ParameterValue } from './parameter-types.ts';
import type { BlueprintContext } from './values.ts';

/** Services that a VPC may have an interface endpoint of. */
const ENDPOINT_SERVICES = ['ssm', 'ssmmessages', 'ec2messages', 'logs', 'kms', 'sts'] as const;

/** What component.json of `vpc` declares, for the code that divides the network and reckons the cost. */
const VpcParameters = z.object({
  size: z.enum(['small', 'medium', 'large'] satisfies VpcSize[]),
  availabilityZones: z.int().min(1).max(MAX_ZONES),
  natGateway: z.boolean(),
  natGatewayPerZone: z.boolean(),
  tiers: z.array(z.enum(TIERS)).min(1),
  interfaceEndpoints: z.array(z.enum(ENDPOINT_SERVICES)),
});
export type VpcParameters = z.output<typeof VpcParameters>;

/** The network that the parameters of a blueprint ask for; null for none. */
export function vpcOf(parameters: Readonly<Record<string, unknown>>): VpcParameters | null {
  const { vpc } = parameters;
  return vpc === undefined || vpc === null ? null : VpcParameters.parse(vpc);
}

/** A NAT gateway stands in a public subnet and serves the private ones. */
const NAT_TIERS: readonly Tier[] = ['public', 'private'];
/** No way to the internet unless it is asked for, as in Account Factory's own network settings. */
const defaultTiers = (natGateway: boolean): readonly Tier[] => (natGateway ? TIERS : ['private', 'isolated']);

type Read = { parameters: Record<string, ParameterValue> } | { path: string; message: string };

/**
 * Tiers follow from the NAT gateway when nothing is said about them, and always stand in the same order; what needs a
 * tier is refused without it.
 */
export function vpcRule(given: Readonly<Record<string, ParameterValue>>): Read {
  const natGateway = given.natGateway === true;
  const tiers = (given.tiers as readonly Tier[] | undefined) ?? defaultTiers(natGateway);
  const endpoints = given.interfaceEndpoints as readonly string[];
  if (natGateway && !NAT_TIERS.every((tier) => tiers.includes(tier)))
    return { path: 'natGateway', message: 'needs a public and a private tier' };
  if (given.natGatewayPerZone === true && !natGateway)
    return { path: 'natGatewayPerZone', message: 'needs natGateway' };
  if (endpoints.length > 0 && !tiers.some((tier) => tier !== 'public'))
    return { path: 'interfaceEndpoints', message: 'need a private or an isolated tier' };
  return { parameters: { ...given, tiers: TIERS.filter((tier) => tiers.includes(tier)) } };
}

const zoneNumbers = Array.from({ length: MAX_ZONES }, (_, i) => i + 1);
const title = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

/** Stack parameters that `vpcStack` may give. */
export const VPC_STACK_PARAMETERS: readonly string[] = [
  ...zoneNumbers.flatMap((zone) => [
    `AvailabilityZone${zone}`,
    ...TIERS.map((tier) => `${title(tier)}Subnet${zone}Cidr`),
  ]),
  ...ENDPOINT_SERVICES.map((service) => `${title(service)}Endpoint`),
];

/** One stack parameter for each zone, for each subnet, and for each interface endpoint that there is to be. */
export function vpcStack(
  { network }: BlueprintContext,
  given: Readonly<Record<string, ParameterValue>>,
): Record<string, string> {
  if (network === null) throw new BlueprintError('a VPC is asked for and no network was planned');
  const zones = [...new Set(network.subnets.map(({ availabilityZone }) => availabilityZone))];
  const endpoints = given.interfaceEndpoints as readonly string[];
  return Object.fromEntries([
    ...zones.map((zone, i) => [`AvailabilityZone${i + 1}`, zone]),
    ...network.subnets.map(({ tier, availabilityZone, cidr }) => [
      `${title(tier)}Subnet${zones.indexOf(availabilityZone) + 1}Cidr`,
      cidr,
    ]),
    ...endpoints.map((service) => [`${title(service)}Endpoint`, 'true']),
  ]);
}
