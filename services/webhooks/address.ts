import ipaddr from 'ipaddr.js';

/** The well-known prefix of NAT64 (RFC 6052); the address of the other side is in its last 32 bits. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
/** What is routed on the public internet at all (RFC 4291); everything else has a meaning of its own. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * May we connect there? Only to one host on the public internet. An IPv4 address in IPv6 clothes is judged by what it is;
 * 6to4 and Teredo lead through relays that nobody vouches for, so they are refused.
 */
export function isPublicUnicast(text: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text).range() === 'unicast';
  if (!text.includes(':') || !ipaddr.IPv6.isValid(text)) return false;
  const address = ipaddr.IPv6.parse(text);
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().range() === 'unicast';
  if (address.match(NAT64)) {
    return new ipaddr.IPv4(address.toByteArray().slice(12)).range() === 'unicast';
  }
  return address.match(GLOBAL_UNICAST) && address.range() === 'unicast';
}
