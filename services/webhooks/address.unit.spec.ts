import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicUnicast } from './address.ts';

describe('an address that may be connected to', () => {
  it.each([
    '1.1.1.1',
    '93.184.215.14',
    '172.15.0.1',
    '172.32.0.1',
    '2606:4700::1',
    '::ffff:1.1.1.1',
    '64:ff9b::101:101',
  ])('%s is on the public internet', (address) => expect(isPublicUnicast(address)).toBe(true));

  it.each([
    ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '127.0.0.1', '127.255.255.255', '169.254.169.254'],
    ...['172.16.0.1', '172.31.255.255', '192.0.0.1', '192.0.2.1', '192.88.99.1', '192.168.1.1', '198.18.0.1'],
    ...['198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
    ...[
      '::',
      '::1',
      '::127.0.0.1',
      '::ffff:127.0.0.1',
      '::ffff:10.0.0.1',
      '::ffff:a9fe:a9fe',
      'fe80::1',
      'fec0::1',
    ],
    ...['fe80::1%eth0', 'fc00::1', 'fd00:ec2::254', 'ff02::1', '64:ff9b::a9fe:a9fe', '64:ff9b::7f00:1'],
    ...[
      '64:ff9b:1::1',
      '2002:7f00:1::',
      '2002:101:101::',
      '2001:0:1::1',
      '2001:db8::1',
      '100::1',
      '3fff::1',
      '5f00::1',
    ],
    ...[
      '',
      'x',
      '1',
      '2130706433',
      '0x7f.1',
      '0177.0.0.1',
      '010.0.0.1',
      '127.1',
      '1.1.1.1 ',
      '1.1.1.1/32',
      '[::1]',
    ],
  ])('%s is not', (address) => expect(isPublicUnicast(address)).toBe(false));

  it('is judged by what it is in IPv4, whatever it wears', () => {
    fc.assert(
      fc.property(fc.ipV4(), (v4) => {
        const [a = 0, b = 0, c = 0, d = 0] = v4.split('.').map(Number);
        const tail = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        const verdict = isPublicUnicast(v4);
        expect(isPublicUnicast(`::ffff:${tail}`)).toBe(verdict);
        expect(isPublicUnicast(`::ffff:${v4}`)).toBe(verdict);
        expect(isPublicUnicast(`64:ff9b::${tail}`)).toBe(verdict);
        expect(isPublicUnicast(`2002:${tail}::`)).toBe(false);
        expect(isPublicUnicast(`::${tail}`)).toBe(false);
      }),
    );
  });
});
