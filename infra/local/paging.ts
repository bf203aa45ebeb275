import { AwsError } from './world.ts';

/**
 * One page of a list. Tokens are opaque to callers: the place of the next item.
 *
 * @param code the error of this service for a token that is none
 */
export function page<T>(
  items: readonly T[],
  nextToken: string | undefined,
  size: number,
  code = 'ValidationException',
): { items: T[]; nextToken: string | undefined } {
  const place = nextToken === undefined ? '0' : Buffer.from(nextToken, 'base64').toString('utf8');
  if (!/^\d{1,9}$/.test(place)) throw new AwsError(code, 'The provided pagination token is invalid.');
  const start = Number(place);
  const end = start + size;
  return {
    items: items.slice(start, end),
    nextToken: end < items.length ? Buffer.from(String(end)).toString('base64') : undefined,
  };
}
