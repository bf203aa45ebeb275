/** Who makes a request, as condition keys see them: a session of a role is seen as the role. */
export type Principal = {
  /** The value of aws:PrincipalArn. */
  arn: string;
  /** A pattern of what that value may be instead: the ARN of a session has lost the path of its role. */
  alsoLike: string | undefined;
  accountId: string | undefined;
  type: 'Account' | 'User' | 'AssumedRole' | 'FederatedUser' | undefined;
  userName: string | undefined;
  /** AWS exempts these from every service control policy. */
  serviceLinkedRole: 'yes' | 'no' | 'maybe';
  assumedRoot: boolean;
};

const PARTS = /^arn:[^:]+:(?:iam|sts):[^:]*:(\d{12}):(.+)$/s;
const SSO_PATH = 'aws-reserved/sso.amazonaws.com/';

/**
 * Reads an IAM or STS ARN. The ARN of a session has lost the path of its role: permission-set roles get theirs back;
 * a session named like a service-linked role may be one (`maybe`), because customers may use that name too.
 *
 * @example principalOf('arn:aws:sts::111122223333:assumed-role/Admin/ana').arn // arn:aws:iam::111122223333:role/Admin
 */
export function principalOf(arn: string): Principal {
  const [, accountId, name = ''] = PARTS.exec(arn) ?? [];
  const slash = name.indexOf('/');
  const kind = slash < 0 ? name : name.slice(0, slash);
  const rest = slash < 0 ? '' : name.slice(slash + 1);
  const base = {
    arn,
    alsoLike: undefined,
    accountId,
    userName: undefined,
    serviceLinkedRole: 'no',
    assumedRoot: false,
  } as const;
  const partition = arn.split(':')[1] ?? 'aws';
  const iam = `arn:${partition}:iam::${accountId ?? ''}`;
  switch (kind) {
    case 'root':
      return { ...base, type: 'Account' };
    case 'assumed-root':
      return { ...base, arn: `${iam}:root`, type: 'Account', assumedRoot: true };
    case 'user':
      return { ...base, type: 'User', userName: rest.slice(rest.lastIndexOf('/') + 1) };
    case 'federated-user':
      return { ...base, type: 'FederatedUser' };
    case 'role':
      return {
        ...base,
        type: 'AssumedRole',
        serviceLinkedRole: rest.startsWith('aws-service-role/') ? 'yes' : 'no',
      };
    case 'assumed-role':
      return { ...base, type: 'AssumedRole', ...roleOfSession(iam, rest.split('/')[0] ?? '') };
    default:
      return { ...base, type: undefined };
  }
}

function roleOfSession(
  iam: string,
  roleName: string,
): Pick<Principal, 'arn' | 'alsoLike' | 'serviceLinkedRole'> {
  // Identity Center adds its Region to the path outside of us-east-1.
  const path = roleName.startsWith('AWSReservedSSO_') ? SSO_PATH : '';
  return {
    arn: `${iam}:role/${path}${roleName}`,
    alsoLike: `${iam}:role/${path}*/${roleName}`,
    serviceLinkedRole: roleName.startsWith('AWSServiceRoleFor') ? 'maybe' : 'no',
  };
}
