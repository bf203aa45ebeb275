export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

/** AWS's limit for a payload: input, output, arguments, result, variable. Bytes of UTF-8. */
export const PAYLOAD_LIMIT_BYTES = 262_144;

/** A value that JSON cannot hold: a function, or a number that is not finite. */
export class NotJson extends Error {
  override readonly name = 'NotJson';
}

/** Values known to be plain JSON that nobody changes: they are passed on instead of copied. */
const clean = new WeakSet<object>();
const texts = new WeakMap<object, string>();

/**
 * The value as plain JSON, without members that are undefined. What has come through here once is not copied again.
 * JSONata hangs hidden marks on the arrays it makes, which would change how a later expression treats them and would
 * be gone after a restart; a copy has none.
 *
 * @throws NotJson
 */
export function toJson(value: unknown): Json | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (value === undefined) return undefined;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new NotJson(String(value));
    return value;
  }
  if (typeof value !== 'object' || '_jsonata_lambda' in value || '_jsonata_function' in value) {
    throw new NotJson(typeof value);
  }
  if (clean.has(value)) return value as Json;
  const copy: Json = Array.isArray(value)
    ? Array.from(value, (item) => toJson(item) ?? null)
    : Object.fromEntries(
        Object.entries(value).flatMap(([key, member]): [string, Json][] => {
          const kept = toJson(member);
          return kept === undefined ? [] : [[key, kept]];
        }),
      );
  clean.add(copy as object);
  return copy;
}

/** Marks a value that was built here out of plain JSON, so that it is not copied again. */
export function trusted<T extends Json>(value: T): T {
  if (typeof value === 'object' && value !== null) clean.add(value);
  return value;
}

/** The JSON text of a value that nobody changes. Computed once for each object. */
export function textOf(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(value);
  texts.set(value, text);
  return text;
}

/** Whether a text is over the payload limit. */
export const tooLarge = (text: string): boolean =>
  text.length * 3 > PAYLOAD_LIMIT_BYTES && Buffer.byteLength(text) > PAYLOAD_LIMIT_BYTES;

/** JSONata's name for the type of a value, as AWS's messages print it. */
export function typeName(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
