import { createHash } from 'node:crypto';

/**
 * Canonical JSON of RFC 8785: keys sorted by UTF-16 code units, numbers and strings as ECMAScript prints them.
 * Refuses what JSON cannot carry (undefined inside an array, NaN, functions), so that a digest never hides a loss.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`canonical JSON has no ${value}`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  throw new TypeError(`canonical JSON has no ${typeof value}`);
}

/** `sha256:` and 64 hex digits over the UTF-8 bytes of the text. */
export const sha256 = (text: string): string =>
  `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`;

/** Digest of a value's canonical JSON. */
export const digestOf = (value: unknown): string => sha256(canonicalJson(value));
