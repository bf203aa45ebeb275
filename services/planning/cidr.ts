import ipaddr from 'ipaddr.js';

/** An IPv4 block as integers: first address and prefix length. */
type Block = { first: number; prefix: number };

const SIZE = (prefix: number) => 2 ** (32 - prefix);

/** @throws Error when the text is not an IPv4 CIDR in four-part decimal (octal look-alikes are refused) */
export function parseBlock(cidr: string): Block {
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(cidr)) throw new Error(`${cidr} is not an IPv4 block`);
  const [address, prefix] = ipaddr.IPv4.parseCIDR(cidr);
  const first = address.octets.reduce((n, octet) => n * 256 + octet, 0);
  return { first: first - (first % SIZE(prefix)), prefix };
}

export const formatBlock = ({ first, prefix }: Block): string =>
  `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${prefix}`;

/**
 * The lowest block of this size in the pool that overlaps none of the taken ones, or undefined when the pool is full.
 * The planner's proposal only: the database's exclusion constraint is the authority.
 * @param taken blocks in any order, inside the pool or not
 */
export function firstFreeBlock(pool: string, prefix: number, taken: readonly string[]): string | undefined {
  const { first, prefix: poolPrefix } = parseBlock(pool);
  if (prefix < poolPrefix) return undefined;
  const size = SIZE(prefix);
  const end = first + SIZE(poolPrefix);
  const used = taken
    .map(parseBlock)
    .map((b) => ({ first: b.first, end: b.first + SIZE(b.prefix) }))
    .sort((a, b) => a.first - b.first);
  let candidate = first;
  for (const block of used) {
    if (block.end <= candidate) continue;
    if (block.first >= candidate + size) break;
    // The next aligned place after the block that is in the way.
    candidate = first + Math.ceil((block.end - first) / size) * size;
  }
  return candidate + size <= end ? formatBlock({ first: candidate, prefix }) : undefined;
}
