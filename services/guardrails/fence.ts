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

const document = (sid: string, condition: object): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Sid: sid, Effect: 'Deny', Action: '*', Resource: '*', Condition: condition }],
  });

/**
 * Denies everything in an account that sits directly under the root, where a failed enrolment leaves it and no OU's
 * policies bind it. Minified JSON, as it is created.
 *
 * `aws:PrincipalOrgPaths` has several values by type, hence ForAnyValue; the path of an account directly under the
 * root ends with the root's id and a slash, that of any other account goes on. See "aws:PrincipalOrgPaths" in the
 * IAM reference of global condition keys.
 */
export function rootFencePolicy(organization: { organizationId: string; rootId: string }): string {
  const path = `${organization.organizationId}/${organization.rootId}/`;
  return document('JetwayRootFence', {
    'ForAnyValue:StringEquals': { 'aws:PrincipalOrgPaths': path },
    ...exceptBuilders,
  });
}

/** Denies everything to everyone but the builders, wherever the account is. Minified JSON, as it is created. */
export function quarantinePolicy(): string {
  return document('JetwayQuarantine', exceptBuilders);
}
