import type { FieldError } from '../kernel/errors.ts';

type Sent = Readonly<Record<string, unknown>>;

/** A text of a form; what is not there is empty. */
export const textOf = (sent: Sent, name: string): string =>
  typeof sent[name] === 'string' ? sent[name].trim() : '';

/** What may be there several times. */
export const textsOf = (sent: Sent, name: string): string[] =>
  [sent[name]]
    .flat()
    .map((value) => (typeof value === 'string' ? value.trim() : ''))
    .filter((value) => value !== '');

/** What a form came to: its values by field, and whether somebody is still filling it in. */
type Filled = { values: Readonly<Record<string, unknown>>; checking: boolean };

/**
 * Errors by the field where they belong; `''` for what belongs to none, all of it. Of a field that is empty it says that
 * it is needed, and nothing while somebody is still on the way to it.
 * @param fields pointers with the field that they and all below them mean; the first that fits
 */
export function errorsByField(
  errors: readonly FieldError[],
  fields: Readonly<Record<string, string>>,
  { values, checking }: Filled,
): Map<string, string> {
  const found = new Map<string, string>();
  for (const { pointer, message } of errors) {
    const field = fieldOf(pointer, fields);
    const empty = values[field] === '';
    if (empty && checking) continue;
    const words = empty ? 'Is needed' : message.charAt(0).toUpperCase() + message.slice(1);
    const before = found.get(field);
    found.set(field, before === undefined || field !== '' ? (before ?? words) : `${before} ${words}`);
  }
  return found;
}

const fieldOf = (pointer: string, fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields).find(([prefix]) => pointer === prefix || pointer.startsWith(`${prefix}/`))?.[1] ??
  '';
