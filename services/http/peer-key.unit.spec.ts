import { describe, expect, it } from 'vitest';
import { peerKey } from './peer-key.ts';

describe('what an address counts as', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['::1', '0:0:0:0::/64'],
    [undefined, 'unknown'],
    ['', 'unknown'],
    ['somebody', 'unknown'],
    ['192.0.2.7:443', 'unknown'],
  ])('%s is %s', (address, key) => expect(peerKey(address)).toBe(key));
});
