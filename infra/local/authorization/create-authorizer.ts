import { iamAction } from '../../iam-action.ts';
import { ORGANIZATION_COLLECTIONS, type OrganizationAccount } from '../organization-tree.ts';
import { getRole, isFresh, parseRoleArn, registerRoles } from '../services/iam.ts';
import { sessionArn } from '../services/sts.ts';
import { AwsError, type Caller, type World } from '../world.ts';
import { callResource, denialCode } from './action-names.ts';
import type { Authorizer } from './authorizer.ts';
import { denialMessage } from './denial.ts';
import { createServiceControl } from './service-control.ts';
import { trusts } from './trust.ts';

/** The authorizer of the embedded AWS: trust policies of roles, and service control policies of member accounts. */
export function createAuthorizer(world: World): Authorizer {
  registerRoles(world);
  const decide = createServiceControl(world);
  return {
    assume(roleArn, by) {
      const accountId = by.principalArn.split(':')[4] ?? '';
      const caller: Caller = { accountId, region: by.region, principalArn: by.principalArn };
      const act = { action: 'sts:AssumeRole', resource: roleArn };
      const refusal =
        denialMessage(caller, act, decide(caller, act)) ??
        (isAssumable(world, roleArn, by)
          ? undefined
          : `User: ${sessionArn(caller)} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`);
      if (refusal !== undefined) throw new AwsError('AccessDenied', refusal, 403);
      const target = parseRoleArn(roleArn);
      return { accountId: target?.accountId ?? '', region: by.region, principalArn: roleArn };
    },
    check(caller, service, action, input) {
      const act = {
        action: iamAction(service, action),
        resource: callResource(service, input, caller),
      };
      const refusal = denialMessage(caller, act, decide(caller, act));
      if (refusal !== undefined) throw new AwsError(denialCode(service), refusal, 403);
    },
  };
}

type Assuming = { principalArn: string; externalId?: string };

/** AWS says the same to a role that is missing, that is too new to be known everywhere, and that trusts others. */
function isAssumable(world: World, roleArn: string, by: Assuming): boolean {
  const target = parseRoleArn(roleArn);
  const role = target && getRole(world, target.accountId, target.roleName);
  if (!target || !role || role.attributes.Arn !== roleArn) return false;
  if (isFresh(world, target.accountId, target.roleName)) return false;
  const account = world.store.get<OrganizationAccount>(ORGANIZATION_COLLECTIONS.accounts, target.accountId);
  if (account !== undefined && account.State !== 'ACTIVE') return false;
  return trusts(role.properties.AssumeRolePolicyDocument, {
    principalArn: by.principalArn,
    organizationId: world.landingZone.organizationId,
    ...(by.externalId === undefined ? {} : { externalId: by.externalId }),
  });
}
