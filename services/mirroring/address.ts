import ipaddr from 'ipaddr.js';

export type Family = 'IPv4' | 'IPv6';
type Address = { family: Family; value: bigint };
type Block = Address & { prefix: number };

const BITS: Readonly<Record<Family, number>> = { IPv4: 32, IPv6: 128 };

/** Four-part decimal or IPv6 without a zone: octal look-alikes and `fe80::1%eth0` name no address that a rule could. */
const isAddress = (text: string): boolean =>
  ipaddr.IPv4.isValidFourPartDecimal(text) || (!text.includes('%') && ipaddr.IPv6.isValid(text));

/** Undefined for anything but an address. An IPv4-mapped IPv6 address is IPv6: that is how it stands on the wire. */
export function parseAddress(text: string): Address | undefined {
  if (!isAddress(text)) return undefined;
  const value = ipaddr
    .parse(text)
    .toByteArray()
    .reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return { family: text.includes(':') ? 'IPv6' : 'IPv4', value };
}

/** Undefined for anything but address/prefix. Bits behind the prefix do not count. */
export function parseBlock(text: string): Block | undefined {
  const [base = '', length = '', ...more] = text.split('/');
  const address = parseAddress(base);
  if (!address || more.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const prefix = Number(length);
  return prefix <= BITS[address.family] ? { ...address, prefix } : undefined;
}

/** Whether the address lies in the block; one of another family never does. */
export function contains(block: Block, address: Address): boolean {
  if (block.family !== address.family) return false;
  const behind = BigInt(BITS[block.family] - block.prefix);
  return block.value >> behind === address.value >> behind;
}

/** The address that the VPC's resolver has in a block of the VPC: its base plus two. */
export function isBasePlusTwo(block: Block, address: Address): boolean {
  const behind = BigInt(BITS[block.family] - block.prefix);
  return block.family === address.family && address.value === ((block.value >> behind) << behind) + 2n;
}
