import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Whether an Authorization header carries the token of whoever collects metrics; never when there is none. */
export function mayReadMetrics(authorization: string | undefined | null, token: string | null): boolean {
  if (token === null) return false;
  const [scheme, given, ...rest] = (authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || !given || rest.length > 0) return false;
  return timingSafeEqual(digest(given), digest(token));
}
