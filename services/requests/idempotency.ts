import type { Ids } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';

/** The client's key, or one of our own that nobody can send again. @throws Problem invalid */
export function idempotencyKey(header: string | undefined, ids: Ids): string {
  const key = header ?? ids.uuid();
  if (key.length >= 1 && key.length <= 255) return key;
  throw new Problem('invalid', 'idempotency-key', 'The Idempotency-Key is 1 to 255 characters long.');
}
