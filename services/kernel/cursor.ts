import type { z } from 'zod';
import { Problem } from './errors.ts';

/** Where a page ended, as text that people hand back and do not read. */
export const cursorText = (place: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url');

/** What `cursorText` was given. @throws Problem for a cursor that is none of ours */
export function cursorPlace<T>(Place: z.ZodType<T>, cursor: string): T {
  try {
    return Place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw notOurs();
  }
}

export const notOurs = (): Problem =>
  new Problem('invalid', 'cursor', 'The cursor is not one of ours.', {
    errors: [{ pointer: '/cursor', message: 'is not a cursor of this list' }],
  });
