import { z } from 'zod';
import { BlueprintError } from './blueprint-error.ts';
import { MAX_ZONES, TIERS, type Tier, type VpcSize } from './network.ts';
import type { ParameterValue } from './parameter-types.ts';
import type { BlueprintContext } from './values.ts';

/** What component.json of `vpc` declares, for the code that divides the network and reckons the cost. */
const VpcParameters = z.object({
  size: z.enum(['small', 'medium', 'large'] satisfies VpcSize[]),
  availabilityZones: z.int().min(1).max(MAX_ZONES),
  natGateway: z.boolean(),
  tiers: z.array(z.enum(TIERS)).min(1),
});
export type VpcParameters = z.output<typeof VpcParameters>;

/** The network that the parameters of a blueprint ask for; null for none. */
export function vpcOf(parameters: Readonly<Record<string, unknown>>): VpcParameters | null {
  const { vpc } = parameters;
  return vpc === undefined || vpc === null ? null : VpcParameters.parse(vpc);
}

/** A NAT gateway stands in a public subnet and serves the private ones. */
const NAT_TIERS: readonly Tier[] = ['public', 'private'];
const defaultTiers = (natGateway: boolean): readonly Tier[] => (natGateway ? TIERS : ['private', 'isolated']);

type Read = { parameters: Record<string, ParameterValue> } | { path: string; message: string };

/** Tiers follow from the NAT gateway when nothing is said about them, and always stand in the same order. */
export function vpcTiers(given: Readonly<Record<string, ParameterValue>>): Read {
  const natGateway = given.natGateway === true;
  const tiers = given.tiers as readonly Tier[] | undefined;
  if (natGateway && tiers && !NAT_TIERS.every((tier) => tiers.includes(tier)))
    return { path: 'natGateway', message: 'needs a public and a private tier' };
  // No way to the internet unless it is asked for, as in Account Factory's own network settings.
  const wanted = tiers ?? defaultTiers(natGateway);
  return { parameters: { ...given, tiers: TIERS.filter((tier) => wanted.includes(tier)) } };
}

const zoneNumbers = Array.from({ length: MAX_ZONES }, (_, i) => i + 1);
const title = (tier: Tier): string => `${tier.charAt(0).toUpperCase()}${tier.slice(1)}`;

/** Stack parameters that `vpcSubnets` may give. */
export const VPC_SUBNET_PARAMETERS: readonly string[] = zoneNumbers.flatMap((zone) => [
  `AvailabilityZone${zone}`,
  ...TIERS.map((tier) => `${title(tier)}Subnet${zone}Cidr`),
]);

/** One stack parameter for each zone, and one for each subnet. */
export function vpcSubnets({ network }: BlueprintContext): Record<string, string> {
  if (network === null) throw new BlueprintError('a VPC is asked for and no network was planned');
  const zones = [...new Set(network.subnets.map(({ availabilityZone }) => availabilityZone))];
  return Object.fromEntries([
    ...zones.map((zone, i) => [`AvailabilityZone${i + 1}`, zone]),
    ...network.subnets.map(({ tier, availabilityZone, cidr }) => [
      `${title(tier)}Subnet${zones.indexOf(availabilityZone) + 1}Cidr`,
      cidr,
    ]),
  ]);
}
