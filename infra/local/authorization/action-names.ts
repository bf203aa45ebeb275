/** Query and EC2 protocols have their own word for a refusal. */
const DENIAL_CODES: Readonly<Record<string, string>> = {
  cloudformation: 'AccessDenied',
  sts: 'AccessDenied',
  iam: 'AccessDenied',
  sqs: 'AccessDenied',
  ec2: 'UnauthorizedOperation',
  s3control: 'AccessDenied',
};

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
