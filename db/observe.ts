/** A statement that is about to be sent; nothing of its text but these words, and never a value. */
export type Asked = {
  /** As in `SELECT`, `INSERT`, `BEGIN`. */
  operation: string;
  /** The operation and what it is about: few different ones, whatever the values. */
  summary: string;
};

/** @returns what has to hear of the end; undefined where nobody wants to know of this one */
export type Observe = (asked: Asked) => ((error?: unknown) => void) | undefined;

const known = new Map<string, Asked>();
/** Texts differ by how many rows they write; the most frequent ones fit. */
const MOST_KNOWN = 2_000;

const INTO = /\binto\s+(?:"?public"?\.)?"?([a-z_][a-z0-9_]*)/i;
/** A table: what is followed by a bracket is a function that gives rows. */
const TARGET = /\b(?:from|update|join)\s+(?:only\s+)?(?:"?public"?\.)?"?([a-z_][a-z0-9_]*)\b"?(?!\s*\()/i;
const FUNCTION = /^\s*select\s+(?:\*\s+from\s+)?"?([a-z_][a-z0-9_]*)"?\s*\(/i;
/** Which part of a statement with `WITH` does its work. */
const WORK = /\b(insert|update|delete)\s+(?:into\b|from\b|"?[a-z_]+"?\s+(?:[a-z]+\s+)?set\b)/i;

/**
 * What a statement does, to what.
 *
 * @example askedBy('select "id" from "asks" where …') // { operation: 'SELECT', summary: 'SELECT asks' }
 */
export function askedBy(text: string, name?: string): Asked {
  const key = name ?? text;
  const before = known.get(key);
  if (before) return before;
  const [, first = 'unknown'] = /^\s*([a-z]+)/i.exec(text) ?? [];
  const word = first.toUpperCase();
  const operation = word === 'WITH' ? (WORK.exec(text)?.[1]?.toUpperCase() ?? 'SELECT') : word;
  const about = word === 'WITH' && operation !== 'SELECT' ? text.slice(WORK.exec(text)?.index ?? 0) : text;
  const target = name ?? (FUNCTION.exec(text) ?? (operation === 'INSERT' ? INTO : TARGET).exec(about))?.[1];
  const asked = {
    operation,
    summary: target === undefined ? operation : `${operation} ${target.toLowerCase()}`,
  };
  if (known.size < MOST_KNOWN) known.set(key, asked);
  return asked;
}
