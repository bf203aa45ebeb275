/** IAM's prefix where it is not the name of the api-shapes file. */
const PREFIXES: Readonly<Record<string, string>> = {
  'sso-admin': 'sso',
  'service-quotas': 'servicequotas',
  stepfunctions: 'states',
};

/** Query and EC2 protocols have their own word for a refusal. */
const DENIAL_CODES: Readonly<Record<string, string>> = {
  cloudformation: 'AccessDenied',
  sts: 'AccessDenied',
  iam: 'AccessDenied',
  sqs: 'AccessDenied',
  ec2: 'UnauthorizedOperation',
};

/**
 * The action that IAM checks for an API call.
 * @param service name of the api-shapes file
 * @example iamAction('sso-admin', 'ListInstances') === 'sso:ListInstances'
 */
export const iamAction = (service: string, action: string): string =>
  `${PREFIXES[service] ?? service}:${action}`;

export const denialCode = (service: string): string => DENIAL_CODES[service] ?? 'AccessDeniedException';

/**
 * The resource of a call, where a policy of a member account may name it; undefined where the action has none or we
 * do not need to tell.
 */
export function callResource(
  service: string,
  input: unknown,
  place: { accountId: string; region: string },
): string | undefined {
  const name = (input as { StackName?: unknown } | null)?.StackName;
  if (service !== 'cloudformation' || typeof name !== 'string') return undefined;
  return name.startsWith('arn:')
    ? name
    : `arn:aws:cloudformation:${place.region}:${place.accountId}:stack/${name}/*`;
}
