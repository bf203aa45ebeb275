import type { FieldError } from './errors.ts';

/** Half of a surrogate pair, which has no UTF-8, or NUL, which Postgres keeps in no text. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/**
 * What in a parsed JSON value no database can hold, at its JSON pointer; undefined when all is well. Walks without
 * recursion: a hostile message must not exhaust the stack.
 * @param deepest levels of nesting that are accepted
 */
export function unstorable(value: unknown, deepest = 64): FieldError | undefined {
  let level: { pointer: string; value: unknown }[] = [{ pointer: '', value }];
  for (let depth = 0; level.length > 0; depth++) {
    const next: typeof level = [];
    for (const at of level) {
      if (typeof at.value === 'string' && UNSTORABLE.test(at.value)) {
        return {
          pointer: at.pointer,
          message: 'holds a character that cannot be stored (NUL or half a surrogate pair)',
        };
      }
      if (typeof at.value === 'number' && !Number.isFinite(at.value)) {
        return { pointer: at.pointer, message: 'holds a number that is too large' };
      }
      if (typeof at.value !== 'object' || at.value === null) continue;
      if (depth > deepest) return { pointer: at.pointer, message: `nested deeper than ${deepest} levels` };
      for (const [key, member] of Object.entries(at.value)) {
        const token = key.replaceAll('~', '~0').replaceAll('/', '~1');
        if (UNSTORABLE.test(key)) {
          return {
            pointer: at.pointer,
            message: 'holds a character that cannot be stored in the name of a member',
          };
        }
        next.push({ pointer: `${at.pointer}/${token}`, value: member });
      }
    }
    level = next;
  }
  return undefined;
}
