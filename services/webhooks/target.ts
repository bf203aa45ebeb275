/**
 * A host that the installation lets us call (JETWAY_WEBHOOK_HOSTS): a name, or `*.` and a name for everything below it, on
 * port 443 unless it names another.
 */
export type AllowedHosts = readonly string[];

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const ALLOWED = new RegExp(`^(?:\\*\\.)?${LABEL}(?:\\.${LABEL})+(?::\\d{1,5})?$`);

/** Is this an entry that a list of allowed hosts may hold? Addresses are none: their owner changes without notice. */
export const isAllowedHostEntry = (entry: string): boolean =>
  ALLOWED.test(entry) && !looksLikeAddress(entry.replace(/:\d+$/, ''));

/** Dotted, decimal, octal, hexadecimal: what ends in a number is an address (WHATWG URL), never a name. */
const looksLikeAddress = (host: string): boolean =>
  host.startsWith('[') || /(^|\.)(\d+|0x[0-9a-f]*)\.?$/i.test(host);

/** What speaks against calling this address, in words for whoever configures it; undefined when nothing does. */
export function targetProblem(text: string, allowed: AllowedHosts): string | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'is not a URL';
  }
  if (url.protocol !== 'https:') return 'has to be https';
  if (url.username !== '' || url.password !== '') return 'must not carry a user name or a password';
  if (url.hash !== '') return 'must not have a fragment';
  if (looksLikeAddress(url.hostname)) return 'has to name a host, not an address';
  if (!allowed.some((entry) => matches(entry, url.hostname, url.port === '' ? '443' : url.port)))
    return 'is not on a host that this installation may call (JETWAY_WEBHOOK_HOSTS)';
  return undefined;
}

function matches(entry: string, host: string, port: string): boolean {
  const [name = '', allowedPort = '443'] = entry.toLowerCase().split(':');
  if (port !== allowedPort) return false;
  return name.startsWith('*.')
    ? host.endsWith(name.slice(1)) && host.length > name.length - 1
    : host === name;
}
