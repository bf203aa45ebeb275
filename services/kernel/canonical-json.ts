import { hash } from 'node:crypto';

/** Texts of values that their makers promise not to change any more. */
const settledTexts = new WeakMap<object, string>();

/** Promises that nothing in it changes any more: its canonical JSON is made once. @returns the value itself */
export function settled<T extends object>(value: T): T {
  if (!settledTexts.has(value)) settledTexts.set(value, canonicalJson(value));
  return value;
}

/** Was that promised of it? Then it is one of those that many have in common. */
export const isSettled = (value: object): boolean => settledTexts.has(value);

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
  if (typeof value !== 'object') throw new TypeError(`canonical JSON has no ${typeof value}`);
  return settledTexts.get(value) ?? (Array.isArray(value) ? listText(value) : objectText(value as Members));
}

type Members = Readonly<Record<string, unknown>>;

// Plans and facts are written by these two, many of them a second: they make no list of entries on the way.
function listText(items: readonly unknown[]): string {
  let text = '[';
  for (let i = 0; i < items.length; i++) text += (i === 0 ? '' : ',') + canonicalJson(items[i]);
  return `${text}]`;
}

function objectText(members: Members): string {
  const keys = Object.keys(members);
  if (isFlatInOrder(members, keys)) return JSON.stringify(members);
  let text = '{';
  for (const key of keys.sort()) {
    const member = members[key];
    if (member === undefined) continue;
    text += `${text.length === 1 ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `${text}}`;
}

/** Whether `JSON.stringify` writes the very same text, at once: most of what facts say has this shape. */
function isFlatInOrder(members: Members, keys: readonly string[]): boolean {
  if (keys.length === 0 || 'toJSON' in members) return false;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    if (i > 0 && (keys[i - 1] as string) >= key) return false;
    const member = members[key];
    if (typeof member === 'string' || typeof member === 'boolean' || member == null) continue;
    if (typeof member !== 'number' || !Number.isFinite(member)) return false;
  }
  return true;
}

/** `sha256:` and 64 hex digits over the UTF-8 bytes of the text. */
export const sha256 = (text: string): string => `sha256:${hash('sha256', text, 'hex')}`;

/** Digest of a value's canonical JSON. */
export const digestOf = (value: unknown): string => sha256(canonicalJson(value));

/** What was digested of values that were just made. */
const frozenTexts = new WeakMap<object, string>();

/** Notes the bytes that its digest covers, for `frozen`: whoever changes it afterwards makes another value. */
export function frozenWith<P extends { digest: string }>(text: string, value: P): P {
  frozenTexts.set(value, text);
  return value;
}

/** The digest beside the canonical bytes that it covers: everything but itself. */
export function frozen<P extends { digest: string }>(value: P): { digest: string; planText: string } {
  const { digest, ...digested } = value;
  return { digest, planText: frozenTexts.get(value) ?? canonicalJson(digested) };
}
