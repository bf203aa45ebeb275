import type { MirrorTold } from './told.schema.ts';

type Item = MirrorTold['items'][number];

export const mirroredItem = (n: number, changes: Partial<Item> = {}): Item => ({
  networkInterfaceId: `eni-0000000000000000${n}`,
  instanceId: `i-${n}`,
  instanceType: 'm5.large',
  state: 'MIRRORING',
  sessionId: `tms-${n}`,
  sessionNumber: 100,
  virtualNetworkId: 7,
  ...changes,
});

/** A look at an account with one interface that is mirrored, one of another instance, and one that cannot be. */
export const mirrorTold = (changes: Partial<MirrorTold> = {}): MirrorTold => ({
  status: 'ARMED',
  profile: 'security-standard',
  targetId: 'tmt-0123456789abcdef0',
  region: 'us-east-1',
  look: 1_000,
  whole: true,
  part: 0,
  last: true,
  more: false,
  armed: 0,
  instanceId: '',
  items: [
    mirroredItem(1),
    mirroredItem(2),
    { ...bare(3), state: 'UNSUPPORTED', reason: 't2.micro is not mirrored by AWS' },
  ],
  ...changes,
});

function bare(n: number): Pick<Item, 'networkInterfaceId' | 'instanceId' | 'instanceType'> {
  const { networkInterfaceId, instanceId } = mirroredItem(n);
  return { networkInterfaceId, instanceId, instanceType: 't2.micro' };
}
