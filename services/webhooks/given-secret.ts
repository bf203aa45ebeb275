import type { Endpoint } from '../settings/settings.schema.ts';

/** Base64 of at least 16 bytes, as Teams shows it once when an outgoing webhook is made. */
const TEAMS_TOKEN = /^(?:[A-Za-z0-9+/]{4}){5,128}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Why a secret cannot be that of the endpoint's key; undefined when it can. */
export function secretProblem(endpoint: Endpoint, secret: string): string | undefined {
  if (endpoint.direction === 'in')
    return TEAMS_TOKEN.test(secret)
      ? undefined
      : 'is not the security token of a Teams outgoing webhook (base64)';
  return workflowAddress(endpoint, secret) === undefined
    ? 'is not the approved address of the workflow with its query'
    : undefined;
}

/** The whole address of a Teams workflow: what was approved, and the query that makes it secret. */
export function workflowAddress(
  endpoint: Extract<Endpoint, { direction: 'out' }>,
  secret: string,
): string | undefined {
  if (!URL.canParse(secret)) return undefined;
  const [approved, whole] = [new URL(endpoint.url), new URL(secret)];
  const same =
    whole.protocol === 'https:' &&
    whole.host === approved.host &&
    whole.pathname === approved.pathname &&
    whole.username === '' &&
    whole.password === '' &&
    whole.hash === '' &&
    whole.search !== '';
  return same ? whole.href : undefined;
}
