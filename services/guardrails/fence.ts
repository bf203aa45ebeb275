/** Attached to the root of the organization, for ever. */
export const ROOT_FENCE_POLICY_NAME = 'jetway-root-fence';
/** Attached to one account, from its creation until it is ACTIVE, and whenever it is QUARANTINED. */
export const QUARANTINE_POLICY_NAME = 'jetway-quarantine';

/**
 * The roles that build an account: the hop that Account Factory makes, Control Tower's own, service-managed stack
 * sets, and ours. Nobody else passes the fence: not the root user, not a permission set, not an IAM user. AWS
 * exempts service-linked roles (Config, flow-log delivery, Identity Center) from every such policy by itself.
 */
export const FENCE_EXEMPT_PRINCIPALS = [
  'arn:*:iam::*:role/AWSControlTowerExecution',
  'arn:*:iam::*:role/aws-controltower-*',
  'arn:*:iam::*:role/stacksets-exec-*',
  'arn:*:iam::*:role/jetway-*',
] as const;

const exceptBuilders = { ArnNotLike: { 'aws:PrincipalArn': FENCE_EXEMPT_PRINCIPALS } };

/** Making or changing a role, and handing it to a service: each would lend its name to somebody else. */
const ROLE_CHANGES = [
  'iam:AttachRolePolicy',
  'iam:CreateRole',
  'iam:DeleteRole*',
  'iam:DetachRolePolicy',
  'iam:PassRole',
  'iam:PutRole*',
  'iam:TagRole',
  'iam:UntagRole',
  'iam:UpdateAssumeRolePolicy',
  'iam:UpdateRole*',
] as const;

const everything = (sid: string, condition: object) => ({
  Sid: sid,
  Effect: 'Deny',
  Action: '*',
  Resource: '*',
  Condition: condition,
});

const document = (...statements: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

/**
 * Denies everything in an account that sits directly under the root, where a failed enrolment leaves it and no OU's
 * policies bind it. Minified JSON, as it is created.
 *
 * `aws:PrincipalOrgPaths` has several values by type, hence ForAnyValue; the path of an account directly under the
 * root ends with the root's id and a slash, that of any other account goes on. See "aws:PrincipalOrgPaths" in the
 * IAM reference of global condition keys.
 *
 * In every account, always, only the builders may make, change or pass on a role with a builder's name, or change the
 * code that runs as one: whoever could would escape a later quarantine by that name.
 */
export function rootFencePolicy(organization: { organizationId: string; rootId: string }): string {
  const path = `${organization.organizationId}/${organization.rootId}/`;
  return document(
    everything('JetwayRootFence', {
      'ForAnyValue:StringEquals': { 'aws:PrincipalOrgPaths': path },
      ...exceptBuilders,
    }),
    {
      Sid: 'JetwayBuilders',
      Effect: 'Deny',
      Action: ROLE_CHANGES,
      Resource: FENCE_EXEMPT_PRINCIPALS,
      Condition: exceptBuilders,
    },
    {
      Sid: 'JetwayFunctions',
      Effect: 'Deny',
      Action: ['lambda:CreateFunction', 'lambda:UpdateFunctionCode', 'lambda:UpdateFunctionConfiguration'],
      Resource: 'arn:*:lambda:*:*:function:jetway-*',
      Condition: exceptBuilders,
    },
  );
}

/** Denies everything to everyone but the builders, wherever the account is. Minified JSON, as it is created. */
export function quarantinePolicy(): string {
  return document(everything('JetwayQuarantine', exceptBuilders));
}
