import { describe, expect, it } from 'vitest';
import { capacityWarnings, mirrorCapacity } from './capacity.ts';
import { supportOf } from './instance-types.ts';
import { readProfile } from './profile.ts';
import { readMirrorCatalogue } from './profiles.node.ts';

const { profiles, instanceTypes } = readMirrorCatalogue();
const profile = (name: string) => {
  const read = readProfile(name, profiles.get(name));
  if ('errors' in read) throw new Error(name);
  return read.profile;
};
const reckoned = (instanceType: string, mbps: number, name = 'security-standard', more: object = {}) =>
  mirrorCapacity(
    [{ instanceType, instances: 10, inboundMbps: mbps, outboundMbps: mbps, ...more }],
    [profile(name)],
    instanceTypes,
  );

describe('what mirroring adds', () => {
  it('is one copy of a packet, whatever the number of profiles, and a session for each', () => {
    const of = (...names: string[]) =>
      mirrorCapacity(
        [{ instanceType: 'm5.large', instances: 1, inboundMbps: 100, outboundMbps: 100 }],
        names.map(profile),
        instanceTypes,
      );
    const both = of('security-standard', 'dns-only');
    expect(both.sources).toEqual(of('security-standard').sources);
    expect(both.sessions).toBe(2);
    const [some, more] = [of('skip-bulk'), of('skip-bulk', 'dns-only')].map(({ targetMbps }) => targetMbps);
    expect(more).toBeGreaterThan(some!);
  });

  it('is a copy of all that comes and goes, and what is around each packet', () => {
    const { sources, targetMbps, encapsulationBytes } = reckoned('m5.4xlarge', 1_000);
    expect(encapsulationBytes).toBe(54);
    // AWS's own example has 4 Gbps for one in and one out; 54 bytes around packets of 800 are the rest.
    expect(sources[0]).toMatchObject({
      loadMbps: 4_135,
      mirroredMbps: 2_135,
      headroomMbps: 1_865,
      droppedMbps: 0,
    });
    expect(targetMbps).toBe(21_350);
  });

  it('is dropped where it goes beyond the baseline on the way out, and never more than all of it', () => {
    expect(reckoned('m5.large', 300).sources[0]).toMatchObject({ headroomMbps: -190.5, droppedMbps: 190.5 });
    expect(reckoned('m5.large', 250).sources[0]).toMatchObject({ droppedMbps: 33.75 });
    expect(reckoned('m5.large', 230).sources[0]).toMatchObject({ droppedMbps: 0 });
    expect(reckoned('m5.large', 5_000).sources[0]?.droppedMbps).toBe(
      reckoned('m5.large', 5_000).sources[0]?.mirroredMbps,
    );
  });

  it('is less with a profile that mirrors less, and as the request says where it does', () => {
    expect(reckoned('m5.large', 300, 'skip-bulk').sources[0]).toMatchObject({
      mirroredMbps: 320.25,
      droppedMbps: 0,
    });
    expect(reckoned('m5.large', 300, 'dns-only').sources[0]?.mirroredMbps).toBeLessThan(7);
    expect(reckoned('m5.large', 300, 'security-standard', { share: 0 }).sources[0]?.mirroredMbps).toBe(0);
  });

  it('costs by the session and hour', () => {
    expect(reckoned('m5.large', 1)).toMatchObject({ sessions: 10, usdPerMonth: 109.5 });
    expect(reckoned('t2.micro', 1)).toMatchObject({ sessions: 0, usdPerMonth: 0, targetMbps: 0 });
  });

  it('is told in words', () => {
    const words = (instanceType: string, mbps: number) =>
      capacityWarnings(reckoned(instanceType, mbps)).join('\n');
    expect(words('m5.large', 300)).toContain('190.5 of 640.5 Mbps of copies would be dropped');
    expect(words('m5.large', 100)).not.toContain('dropped');
    expect(words('m5.metal', 1)).toContain('does not mirror this type');
    expect(words('m9x.large', 1)).toContain('the first attempt will tell');
    expect(words('m9x.large', 1)).toContain('bandwidth is not known');
    expect(words('m5.large', 1)).toContain('10 sessions cost about 109.5 USD');
  });
});

describe('whether an instance type can be mirrored', () => {
  it.each([
    ['m5.large', 'supported'],
    ['t3.micro', 'supported'],
    ['u7i-12tb.224xlarge', 'supported'],
    ['m5.metal', 'unsupported'],
    ['c5.metal-24xl', 'unsupported'],
    ['t2.micro', 'unsupported'],
    ['m8g.large', 'unknown'],
    ['nonsense', 'unknown'],
  ])('%s: %s', (type, answer) => expect(supportOf(instanceTypes, type).answer).toBe(answer));
});
