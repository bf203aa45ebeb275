/**
 * The JSON pointer of a member that an object of this text has twice; undefined when every one is single, or when the text
 * is no JSON, which its parser will say. Two readers of such a text may understand different things by it. One pass, no
 * recursion. A name counts as what it means, so "\u0061" is "a".
 */
export function doubledMember(text: string): string | undefined {
  const open: ({ names: Set<string>; name: string } | { index: number })[] = [];
  let expectsName = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      const end = endOfString(text, at);
      if (end === undefined) return undefined;
      const within = open.at(-1);
      if (expectsName && within && 'names' in within) {
        const name = nameOf(text.slice(at, end + 1));
        if (name === undefined) return undefined;
        if (within.names.has(name)) return pointerTo(open.slice(0, -1), name);
        within.names.add(name);
        within.name = name;
        expectsName = false;
      }
      at = end;
    } else if (char === OPEN_OBJECT) {
      open.push({ names: new Set(), name: '' });
      expectsName = true;
    } else if (char === OPEN_LIST) {
      open.push({ index: 0 });
      expectsName = false;
    } else if (char === CLOSE_OBJECT || char === CLOSE_LIST) {
      open.pop();
      expectsName = false;
    } else if (char === COMMA) {
      const within = open.at(-1);
      if (within && 'index' in within) within.index += 1;
      else expectsName = within !== undefined;
    }
  }
  return undefined;
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];

function endOfString(text: string, start: number): number | undefined {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
  return undefined;
}

function nameOf(quoted: string): string | undefined {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}

const pointerTo = (open: readonly ({ name: string } | { index: number })[], name: string): string =>
  [...open.map((o) => ('index' in o ? String(o.index) : o.name)), name]
    .map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
