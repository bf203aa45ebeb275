/** Select Graphic Rendition: what begins a style, and what ends it. */
const SGR = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;
export type Style = keyof typeof SGR;
type Span = { text: string; style: Style };
/** What is going to be shown. Words of others stand in it as they came: whoever writes it escapes them. */
export type Text = string | Span | readonly Text[];

export const styled = (style: Style, text: string): Span => ({ text, style });

/** Controls, invisible and direction-changing characters, line separators, lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text that moves no cursor, changes no colour and hides nothing: what could do so is shown as an escape. */
export const printable = (text: string): string =>
  text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    return SHORT[character] ?? (code < 256 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`);
  });

/** For a terminal or a pipe. Only our own styles become escape sequences, and only with `colour`. */
export function paint(text: Text, colour: boolean): string {
  if (typeof text === 'string') return printable(text);
  if ('style' in text) {
    const words = printable(text.text);
    const [begin, end] = SGR[text.style];
    return colour ? `\u001b[${begin}m${words}\u001b[${end}m` : words;
  }
  return text.map((part) => paint(part, colour)).join('');
}

/** How many characters it takes on the screen, give or take wide ones. */
export const widthOf = (text: Text): number => [...paint(text, false)].length;

/** As much of it as fits. */
export function clip(text: Text, columns: number): Text {
  let room = columns;
  const take = (part: Text): Text => {
    if (typeof part === 'string' || 'style' in part) {
      const words = [...printable(typeof part === 'string' ? part : part.text)];
      const kept = words.slice(0, room).join('');
      room -= Math.min(room, words.length);
      return typeof part === 'string' ? kept : { ...part, text: kept };
    }
    return part.map(take);
  };
  return take(text);
}

/** JSON in one line; what JSON leaves as it is and a terminal might obey is escaped as JSON allows. */
export const jsonLine = (value: unknown): string =>
  JSON.stringify(value).replace(UNSAFE, (character) =>
    [...Array(character.length).keys()]
      .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  );

/** Rows in columns; the last one is not padded, and empty ones at the end are left out. */
export function columns(rows: readonly (readonly Text[])[], gap = '  '): Text[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, widthOf(cell));
    });
  return rows.map((row) => {
    const last = row.findLastIndex((cell) => widthOf(cell) > 0);
    return row
      .slice(0, last + 1)
      .map((cell, i) => (i === last ? cell : [cell, ' '.repeat((widths[i] ?? 0) - widthOf(cell)), gap]));
  });
}

/** A heading above rows; nothing of it where there are none. */
export const table = (heading: readonly string[], rows: readonly (readonly Text[])[]): Text[] =>
  rows.length === 0 ? [] : columns([heading.map((word) => styled('dim', word)), ...rows]);

export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
