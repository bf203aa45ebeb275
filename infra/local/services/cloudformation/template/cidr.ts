/** IPv4 ranges as numbers: `first` address and prefix length. */
export type Ipv4Range = { first: number; prefix: number };

/** Reads `10.0.0.0/16`; undefined for anything else, also for a range whose host bits are set. */
export function parseIpv4Range(text: string): Ipv4Range | undefined {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (!found) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = found.slice(1).map(Number);
  if (prefix > 32 || [a, b, c, d].some((octet) => octet > 255)) return undefined;
  const first = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  return first % 2 ** (32 - prefix) === 0 ? { first, prefix } : undefined;
}

export const formatIpv4Range = ({ first, prefix }: Ipv4Range): string =>
  `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${prefix}`;

export function contains(outer: Ipv4Range, inner: Ipv4Range): boolean {
  return inner.prefix >= outer.prefix && overlaps(outer, inner);
}

export function overlaps(left: Ipv4Range, right: Ipv4Range): boolean {
  const size = 2 ** (32 - Math.min(left.prefix, right.prefix));
  return Math.floor(left.first / size) === Math.floor(right.first / size);
}

/**
 * What `Fn::Cidr` returns: `count` neighbouring ranges with `hostBits` bits for addresses, from the start of `block`.
 * Undefined when they do not fit.
 */
export function splitRange(block: Ipv4Range, count: number, hostBits: number): string[] | undefined {
  const prefix = 32 - hostBits;
  const size = 2 ** hostBits;
  if (prefix < block.prefix || count * size > 2 ** (32 - block.prefix)) return undefined;
  return Array.from({ length: count }, (_, i) => formatIpv4Range({ first: block.first + i * size, prefix }));
}
