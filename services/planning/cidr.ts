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

/** Addresses from `first` up to, but not including, `end`. */
export type Span = { first: number; end: number };

/** Blocks that were read lately: those that wait for their place are looked at with every plan. */
const read = new Map<string, Span>();
const MOST_READ = 1_000;

/** A copy, because spans grow when they are joined. */
const spanOf = (cidr: string): Span => {
  const known = read.get(cidr);
  if (known) return { ...known };
  const { first, prefix } = parseBlock(cidr);
  const span = { first, end: first + SIZE(prefix) };
  if (read.size >= MOST_READ) read.clear();
  read.set(cidr, span);
  return { ...span };
};

/** Blocks that lie side by side become one span, so that thousands are a few. @param blocks in any order */
export const spansOf = (blocks: readonly string[]): Span[] => joined(blocks.map(spanOf));

/** Both together. */
export const withSpans = (some: readonly Span[], more: readonly Span[]): Span[] => joined([...some, ...more]);

function joined(spans: Span[]): Span[] {
  const apart: Span[] = [];
  for (const { first, end } of spans.sort((a, b) => a.first - b.first)) {
    const last = apart.at(-1);
    if (last && first <= last.end) last.end = Math.max(last.end, end);
    else apart.push({ first, end });
  }
  return apart;
}

/**
 * The lowest block of this size in the pool that overlaps none of the taken ones, or undefined when the pool is full.
 * The planner's proposal only: the database's exclusion constraint is the authority.
 * @param taken blocks in any order, inside the pool or not
 */
export const firstFreeBlock = (pool: string, prefix: number, taken: readonly string[]): string | undefined =>
  firstFreeBeside(pool, prefix, spansOf(taken));

/** The same beside spans, which are in order. */
export function firstFreeBeside(pool: string, prefix: number, taken: readonly Span[]): string | undefined {
  const { first, prefix: poolPrefix } = parseBlock(pool);
  if (prefix < poolPrefix) return undefined;
  const size = SIZE(prefix);
  const end = first + SIZE(poolPrefix);
  let candidate = first;
  for (const span of taken) {
    if (span.end <= candidate) continue;
    if (span.first >= candidate + size) break;
    // The next aligned place after the span that is in the way.
    candidate = first + Math.ceil((span.end - first) / size) * size;
  }
  return candidate + size <= end ? formatBlock({ first: candidate, prefix }) : undefined;
}
