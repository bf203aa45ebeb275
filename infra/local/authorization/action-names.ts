/** IAM's prefix where it is not the name of the api-shapes file. */
const PREFIXES: Readonly<Record<string, string>> = {
  'sso-admin': 'sso',
  s3control: 's3',
  'service-quotas': 'servicequotas',
  stepfunctions: 'states',
};

/** Calls whose IAM action has another name than the operation. */
const ACTIONS: Readonly<Record<string, string>> = {
  's3control:GetPublicAccessBlock': 's3:GetAccountPublicAccessBlock',
  's3control:PutPublicAccessBlock': 's3:PutAccountPublicAccessBlock',
};

/** Query and EC2 protocols have their own word for a refusal. */
const DENIAL_CODES: Readonly<Record<string, string>> = {
  cloudformation: 'AccessDenied',
  sts: 'AccessDenied',
  iam: 'AccessDenied',
  sqs: 'AccessDenied',
  ec2: 'UnauthorizedOperation',
  s3control: 'AccessDenied',
};

/**
 * The action that IAM checks for an API call.
 * @param service name of the api-shapes file
 * @example iamAction('sso-admin', 'ListInstances') === 'sso:ListInstances'
 */
export const iamAction = (service: string, action: string): string =>
  ACTIONS[`${service}:${action}`] ?? `${PREFIXES[service] ?? service}:${action}`;

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
  const { StackName: name, GroupId } = (input ?? {}) as { StackName?: unknown; GroupId?: unknown };
  if (service === 'ec2' && typeof GroupId === 'string')
    return `arn:aws:ec2:${place.region}:${place.accountId}:security-group/${GroupId}`;
  if (service !== 'cloudformation' || typeof name !== 'string') return undefined;
  return name.startsWith('arn:')
    ? name
    : `arn:aws:cloudformation:${place.region}:${place.accountId}:stack/${name}/*`;
}
