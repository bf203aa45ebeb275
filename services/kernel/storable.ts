import type { FieldError } from './errors.ts';

/** Half of a surrogate pair, which has no UTF-8, or NUL, which Postgres keeps in no text. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/**
 * What in a parsed JSON value no database can hold, at its JSON pointer; undefined when all is well. A hostile
 * message must not exhaust the stack.
 * @param deepest levels of nesting that are accepted
 */
export function unstorable(value: unknown, deepest = 64): FieldError | undefined {
  // Nearly everything is well: only what is not is walked again, for the place.
  return isStorable(value, deepest) ? undefined : firstUnstorable(value, deepest);
}

/** @param levels that may still be below: it goes no deeper, so recursion is safe */
function isStorable(value: unknown, levels: number): boolean {
  if (typeof value === 'string') return !UNSTORABLE.test(value);
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (levels < 0) return false;
  if (Array.isArray(value)) return value.every((member) => isStorable(member, levels - 1));
  for (const key of Object.keys(value)) {
    if (UNSTORABLE.test(key)) return false;
    if (!isStorable((value as Record<string, unknown>)[key], levels - 1)) return false;
  }
  return true;
}

function firstUnstorable(value: unknown, deepest: number): FieldError | undefined {
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
