/** The tiers of a VPC, in the order in which a zone's block is divided. */
export const TIERS = ['private', 'public', 'isolated'] as const;
export type Tier = (typeof TIERS)[number];

/** SubnetPlan of the plan. */
export type PlannedSubnet = { name: string; cidr: string; availabilityZone: string; tier: Tier };

export type VpcSize = 'small' | 'medium' | 'large';

/** Addresses of a VPC: small 256, medium 1,024, large 4,096. */
const PREFIXES: Record<VpcSize, number> = { small: 24, medium: 22, large: 20 };

/** Prefix length of the block that a VPC of this size is given. */
export const vpcPrefix = (size: VpcSize): number => PREFIXES[size];

/** AWS takes nothing smaller than /28, and a subnet is at least a sixteenth of its VPC. */
const SMALLEST_VPC = 24;
const LARGEST_VPC = 16;
export const MAX_ZONES = 3;

/** Bits below the VPC's prefix, and where a tier begins in its zone's quarter, in sixteenths of the VPC. */
const SHARE: Record<Tier, { bits: number; offset: number }> = {
  private: { bits: 3, offset: 0 },
  public: { bits: 4, offset: 2 },
  isolated: { bits: 4, offset: 3 },
};

/**
 * Divides a VPC. Each zone has a quarter, the fourth stays free; of a quarter, private has half, public and isolated
 * a quarter each. A subnet's block depends on nothing but its zone's place and its tier: to add a zone or a tier
 * later never moves another subnet.
 *
 * @throws RangeError for a block that is no aligned IPv4 block of /16 to /24, or for more than three zones
 * @example subnetsFor('10.0.0.0/22', ['us-east-1a'], ['private']) // [{ cidr: '10.0.0.0/25', … }]
 */
export function subnetsFor(
  vpcCidr: string,
  zones: readonly string[],
  tiers: readonly Tier[],
): PlannedSubnet[] {
  const { base, prefix } = parseBlock(vpcCidr);
  if (zones.length > MAX_ZONES) throw new RangeError(`${zones.length} zones: a VPC has at most ${MAX_ZONES}`);
  if (new Set(zones).size !== zones.length) throw new RangeError('a zone is there twice');
  const sixteenth = 2 ** (32 - prefix - 4);
  return zones.flatMap((availabilityZone, zone) =>
    TIERS.filter((tier) => tiers.includes(tier)).map((tier) => {
      const { bits, offset } = SHARE[tier];
      const start = base + (zone * 4 + offset) * sixteenth;
      const cidr = `${formatAddress(start)}/${prefix + bits}`;
      return { name: `${tier}-${availabilityZone}`, cidr, availabilityZone, tier };
    }),
  );
}

const BLOCK = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

function parseBlock(cidr: string): { base: number; prefix: number } {
  const numbers = (BLOCK.exec(cidr) ?? []).slice(1).map(Number);
  const [prefix = -1, ...octets] = [numbers[4], ...numbers.slice(0, 4)];
  const base = octets.reduce<number>((sum, octet) => sum * 256 + (octet ?? 0), 0);
  const valid = octets.length === 4 && octets.every((octet) => octet !== undefined && octet <= 255);
  if (!valid || prefix < LARGEST_VPC || prefix > SMALLEST_VPC || base % 2 ** (32 - prefix) !== 0) {
    throw new RangeError(`${cidr} is not an aligned IPv4 block of /${LARGEST_VPC} to /${SMALLEST_VPC}`);
  }
  return { base, prefix };
}

/** Arithmetic, not bit operations: those are signed in JavaScript. */
const formatAddress = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
