export type Subnet = {
  name: string;
  cidr: string;
  availabilityZone: string;
  tier: 'public' | 'private' | 'isolated';
};
export type NetworkBox = Subnet & { x: number; y: number };
export type NetworkMap = {
  zones: { name: string; x: number }[];
  boxes: NetworkBox[];
  width: number;
  height: number;
};

export const BOX = { width: 150, height: 38, gap: 10, top: 46 };
const TIERS = ['public', 'private', 'isolated'] as const;

/** One column for each availability zone, public above private above isolated. */
export function networkMap(subnets: readonly Subnet[]): NetworkMap {
  const zones = [...new Set(subnets.map((s) => s.availabilityZone))].sort();
  const tiers = TIERS.filter((tier) => subnets.some((s) => s.tier === tier));
  const x = (zone: string) => BOX.gap + zones.indexOf(zone) * (BOX.width + 2 * BOX.gap);
  const boxes = subnets.map((subnet) => ({
    ...subnet,
    x: x(subnet.availabilityZone) + BOX.gap,
    y: BOX.top + tiers.indexOf(subnet.tier) * (BOX.height + BOX.gap),
  }));
  return {
    zones: zones.map((name) => ({ name, x: x(name) })),
    boxes,
    width: BOX.gap * 2 + zones.length * (BOX.width + 2 * BOX.gap),
    height: BOX.top + tiers.length * (BOX.height + BOX.gap) + BOX.gap,
  };
}
