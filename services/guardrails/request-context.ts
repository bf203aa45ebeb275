import type { RequestContext } from './conditions.ts';
import type { Principal } from './principal.ts';

/** One call to AWS. `context` holds further condition keys, in any case; several values as a list. */
export type PolicyRequest = {
  action: string;
  resource: string;
  principalArn: string;
  /** The account of the principal, whose chain of policies is asked. */
  accountId: string;
  region?: string | undefined;
  context?: Record<string, string | string[]> | undefined;
};

const ACCOUNT_ID = /^\d{12}$/;

/** The account that owns the resource: told by its ARN or by `aws:ResourceAccount`; undefined when neither says it. */
export function resourceAccountOf(request: PolicyRequest): string | undefined {
  const told = Object.entries(request.context ?? {}).find(
    ([key]) => key.toLowerCase() === 'aws:resourceaccount',
  )?.[1];
  const account = told === undefined ? request.resource.split(':')[4] : [told].flat()[0];
  return account !== undefined && ACCOUNT_ID.test(account) ? account : undefined;
}

/** Condition keys of a request: what the question gives, and over it what follows from the principal's ARN. */
export function contextOf(
  request: PolicyRequest,
  principal: Principal,
  missingKeys: RequestContext['missingKeys'],
): RequestContext {
  const values = new Map<string, readonly string[]>();
  const put = (key: string, value: string | undefined): void => {
    if (value !== undefined) values.set(key, [value]);
  };
  put('aws:resourceaccount', resourceAccountOf(request));
  for (const [key, given] of Object.entries(request.context ?? {})) {
    values.set(key.toLowerCase(), typeof given === 'string' ? [given] : given);
  }
  // Whoever has an ARN of IAM or STS is no service, whatever the question says.
  put('aws:principalisawsservice', principal.type === undefined ? undefined : 'false');
  put('aws:principalarn', principal.arn === '' ? undefined : principal.arn);
  put('aws:principalaccount', (principal.accountId ?? request.accountId) || undefined);
  put('aws:principaltype', principal.type);
  put('aws:username', principal.userName);
  put('aws:assumedroot', principal.assumedRoot ? 'true' : undefined);
  put('aws:requestedregion', request.region);
  const patterns = new Map<string, string>();
  if (principal.alsoLike !== undefined) patterns.set('aws:principalarn', principal.alsoLike);
  return { values, patterns, missingKeys };
}
