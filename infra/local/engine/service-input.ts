import { AwsError } from '../world.ts';

export const iso = (ms: number): string => new Date(ms).toISOString();

/** Characters that AWS does not take in names: blanks, brackets, wildcards, controls and some others. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: AWS forbids them, so they must be named
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ufffe\uffff]/u;

/** @throws AwsError InvalidName */
export function checkName(name: string): void {
  if (name.length === 0 || name.length > 80 || FORBIDDEN.test(name)) {
    throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
  }
}

/** @throws AwsError InvalidArn */
export function checkArn(arn: string, kind: 'stateMachine' | 'execution'): void {
  if (!arn.startsWith('arn:')) throw new AwsError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${arn}'`);
  const [, , service, , , resource] = arn.split(':');
  if (service !== 'states' || resource !== kind) {
    throw new AwsError(
      'InvalidArn',
      `Invalid Arn: 'Resource type not valid in this context: ${resource ?? ''}'`,
    );
  }
}

const DEFAULT_PAGE = 100;

/**
 * One page of a list.
 *
 * @param items all items, each with a position that grows along the list
 * @param nextToken what the page before answered
 * @throws AwsError InvalidToken
 */
export function pageOf<T>(
  items: { at: number; item: T }[],
  { maxResults, nextToken }: { maxResults?: number; nextToken?: string },
): { page: T[]; nextToken?: string } {
  const after = nextToken === undefined ? Number.NEGATIVE_INFINITY : readToken(nextToken);
  const rest = items.filter(({ at }) => at > after);
  const page = rest.slice(0, maxResults || DEFAULT_PAGE);
  const last = page.at(-1);
  return {
    page: page.map(({ item }) => item),
    ...(last && page.length < rest.length ? { nextToken: writeToken(last.at) } : {}),
  };
}

const writeToken = (at: number): string => Buffer.from(JSON.stringify({ after: at })).toString('base64url');

function readToken(token: string): number {
  try {
    const { after } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as { after: unknown };
    if (typeof after === 'number') return after;
  } catch {
    // Not one of ours: the same answer as for one that does not say where to go on.
  }
  throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
}
