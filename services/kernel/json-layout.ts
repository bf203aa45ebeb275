/** Text without a backslash has no quotes but those of its strings, so it comes apart without being parsed. */
const TOKENS = /"[^"]*"|[{}[\],:]|[^"{}[\],:]+/g;
/** What stands between quotes while nothing is escaped. */
const WORDS = '[^"\\\\\\u0000-\\u001f]*';
/** Compiling a pattern takes as long as parsing a hundred times what it is made from. */
const LONGEST = 16_384;

/**
 * All JSON texts that differ from one another only in what their values say between quotes: the same members in the same
 * order, the same numbers, the same spaces.
 * @property pattern what is between the quotes of the slots are its groups; without `g`
 * @property groups the number of each slot's group, 0 where the text has none
 */
export type JsonLayout = { pattern: RegExp; groups: readonly number[] };

/**
 * The layout of a text. Programs write their messages alike: one pass of the pattern finds what parsing would. What matches is
 * JSON with nothing escaped, and no member is twice in it unless it is in this text.
 * @param text JSON that a parser has accepted
 * @param slots JSON pointers of the strings that are wanted
 * @param looks by its pointer, what a string has to look like: a pattern without groups. Other strings may say anything.
 * @param same JSON pointers of strings that belong to the layout: they have to say the same
 * @returns undefined where the text is too long, has something escaped, or a member that is lost when objects are copied
 */
export function layoutOf(
  text: string,
  slots: readonly string[],
  looks: Readonly<Record<string, string>>,
  same: readonly string[],
): JsonLayout | undefined {
  if (text.length > LONGEST || text.includes('\\') || text.includes('"__proto__"')) return undefined;
  const groups = slots.map(() => 0);
  let last = 0;
  const patternOf = ({ token, pointer }: Token): string => {
    if (pointer === undefined || same.includes(pointer)) return literally(token);
    const look = looks[pointer] ?? WORDS;
    const slot = slots.indexOf(pointer);
    if (slot < 0) return `"${look}"`;
    groups[slot] = ++last;
    return `"(${look})"`;
  };
  return { pattern: new RegExp(`^${tokensOf(text).map(patternOf).join('')}$`), groups };
}

/** @property pointer of a string that is a value */
type Token = { token: string; pointer?: string };

function tokensOf(text: string): Token[] {
  const path: (string | number)[] = [];
  let namesNext = false;
  return Array.from(text.matchAll(TOKENS), ([token]) => {
    const within = path.at(-1);
    if (token === '{' || token === '[') path.push(token === '{' ? '' : 0);
    else if (token === '}' || token === ']') path.pop();
    else if (token === ',' && typeof within === 'number') path[path.length - 1] = within + 1;
    else if (token.startsWith('"')) {
      if (!namesNext) return { token, pointer: pointerTo(path) };
      path[path.length - 1] = token.slice(1, -1);
    }
    if (token.trim() !== '') namesNext = token === '{' || (token === ',' && typeof within === 'string');
    return { token };
  });
}

const pointerTo = (path: readonly (string | number)[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const literally = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
