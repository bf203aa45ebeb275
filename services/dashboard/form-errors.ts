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

/**
 * Errors by the field where they belong; `''` for what belongs to none, all of it.
 * @param fields the field of a pointer's first member
 * @param silent fields of which nothing is said yet: somebody is still on the way to them
 */
export function errorsByField(
  errors: readonly FieldError[],
  fields: Readonly<Record<string, string>>,
  silent: ReadonlySet<string> = new Set(),
): Map<string, string> {
  const found = new Map<string, string>();
  for (const { pointer, message } of errors) {
    const field = fields[pointer.split('/')[1] ?? ''] ?? '';
    if (field !== '' && silent.has(field)) continue;
    const words = message.charAt(0).toUpperCase() + message.slice(1);
    const before = found.get(field);
    found.set(field, before === undefined || field !== '' ? (before ?? words) : `${before} ${words}`);
  }
  return found;
}
