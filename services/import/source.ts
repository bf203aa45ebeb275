/** One value of a file to import from, its members by pointer, and what of it has been carried over. */
export type Source = {
  file: string;
  body: unknown;
  /** `file:line:column` of a JSON pointer, or of its nearest parent that is written. */
  at: (pointer: string) => string;
  /** Pointers whose whole value has been carried over, or has been spoken of. */
  used: Set<string>;
};

/** Something that could not be carried over, or that a person has to look at. */
export type Note = { at: string; what: string; why: string };

export const openSource = (file: string, body: unknown, at: Source['at']): Source => ({
  file,
  body,
  at,
  used: new Set(),
});

export const escaped = (name: string | number): string =>
  String(name).replaceAll('~', '~0').replaceAll('/', '~1');

/** The value at a pointer, without saying that it is carried over. */
export function peek({ body }: Source, pointer: string): unknown {
  let value = body;
  for (const raw of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[raw.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return value;
}

/** The value at a pointer; it counts as carried over. */
export function take(source: Source, pointer: string): unknown {
  source.used.add(pointer);
  return peek(source, pointer);
}

export const takeText = (source: Source, pointer: string): string | undefined => {
  const value = peek(source, pointer);
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  source.used.add(pointer);
  return String(value);
};

/** Pointers of the items of a list; none where there is none. */
export const itemsAt = (source: Source, pointer: string): string[] => {
  const value = peek(source, pointer);
  return Array.isArray(value) ? value.map((_, i) => `${pointer}/${i}`) : [];
};

export const textsAt = (source: Source, pointer: string): string[] =>
  itemsAt(source, pointer).flatMap((item) => takeText(source, item) ?? []);

/**
 * Everything that nothing has spoken of, as large as it can be said at once: what of a part has been carried over is left
 * out, the rest of it is named member by member.
 * @param why words for a pointer; the reason of its nearest parent that has one
 */
export function leftOver(source: Source, why: (pointer: string) => string): Note[] {
  const touched = (pointer: string) =>
    [...source.used].some((one) => one === pointer || one.startsWith(`${pointer}/`));
  const walk = (value: unknown, pointer: string): Note[] => {
    if (source.used.has(pointer)) return [];
    if (typeof value !== 'object' || value === null || (pointer !== '' && !touched(pointer)))
      return isEmpty(value) ? [] : [{ at: source.at(pointer), what: pointer, why: why(pointer) }];
    return Object.entries(value).flatMap(([name, below]) => walk(below, `${pointer}/${escaped(name)}`));
  };
  return walk(source.body, '');
}

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === false ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value as object).length === 0);
