const SPACED = /"[ \t\n\r]+:/;
const NAMED = '":';

/**
 * Whether a JSON text is beyond doubt what every reader understands alike and a database can hold: no member twice, no
 * escaped or broken character that has no UTF-8, no number without end, no nesting without end. Some texts that are well
 * are not plain: they have to be looked at closer.
 * @param value what the text was parsed to
 * @param deepest levels of nesting that are accepted
 */
export function isPlain(text: string, value: unknown, deepest = 64): boolean {
  if (text.includes('\\u') || !text.isWellFormed() || SPACED.test(text)) return false;
  // Every member is followed by one of these, and so may be a quote within a string: as many as names means that no name
  // is there again.
  let names = 0;
  for (let at = text.indexOf(NAMED); at >= 0; at = text.indexOf(NAMED, at + 2)) names += 1;
  return membersIn(value, deepest) === names;
}

/** How many members there are on all levels; NaN when it is too deep or holds a number without end. */
function membersIn(value: unknown, levels: number): number {
  if (typeof value === 'number') return Number.isFinite(value) ? 0 : Number.NaN;
  if (typeof value !== 'object' || value === null) return 0;
  if (levels < 0) return Number.NaN;
  let members = 0;
  if (Array.isArray(value)) for (const item of value) members += membersIn(item, levels - 1);
  else
    for (const name in value) members += 1 + membersIn((value as Record<string, unknown>)[name], levels - 1);
  return members;
}
