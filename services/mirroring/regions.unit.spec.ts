import { describe, expect, it } from 'vitest';
import { mirrorRegions, regionWarnings } from './regions.ts';

const GOVERNED = { homeRegion: 'us-east-1', governedRegions: ['eu-west-1', 'us-east-1', 'ap-south-1'] };
const HUB = { targetId: 'tmt-0123456789abcdef0', cidr: null };

describe('governed Regions', () => {
  it('are mirrored where the hub is, and cannot be elsewhere', () => {
    expect(mirrorRegions(GOVERNED, HUB)).toEqual([
      { region: 'us-east-1', status: 'MIRRORED' },
      { region: 'ap-south-1', status: 'CANNOT', reason: 'no hub in ap-south-1' },
      { region: 'eu-west-1', status: 'CANNOT', reason: 'no hub in eu-west-1' },
    ]);
    expect(mirrorRegions(GOVERNED, null).map(({ status }) => status)).toEqual(['CANNOT', 'CANNOT', 'CANNOT']);
  });

  it('are named in the plan where nothing is mirrored', () => {
    expect(regionWarnings(mirrorRegions(GOVERNED, HUB))).toEqual([
      'Traffic Mirroring: nothing is mirrored in ap-south-1, eu-west-1: there is no hub there.',
    ]);
    expect(regionWarnings(mirrorRegions({ ...GOVERNED, governedRegions: ['us-east-1'] }, HUB))).toEqual([]);
  });
});
