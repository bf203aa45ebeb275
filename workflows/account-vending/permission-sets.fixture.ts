import { type Args, page, raise } from './answers.fixture.ts';
import type { VendingState } from './world.fixture.ts';

export const permissionSetArn = (n: number): string =>
  `arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-000000000000000${n}`;

export const groupId = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;

/** Permission sets of Identity Center, one name once. */
export function permissionSetAnswers(state: VendingState) {
  const setOf = (arn: unknown) =>
    state.permissionSets.find((set) => set.arn === arn) ??
    raise('SsoAdmin.ResourceNotFoundException', `No permission set ${arn}`);
  return {
    'ssoadmin:createPermissionSet': ({ Name }: Args) => {
      if (state.permissionSets.some((set) => set.name === Name))
        raise('SsoAdmin.ConflictException', `PermissionSet with name ${Name} already exists.`);
      const arn = permissionSetArn(state.permissionSets.length + 1);
      state.permissionSets.push({ arn, name: String(Name), policies: [], inline: '' });
      return { PermissionSet: { PermissionSetArn: arn, Name } };
    },
    'ssoadmin:listPermissionSets': ({ NextToken }: Args) => {
      const { items, next } = page(state.permissionSets, NextToken);
      return { PermissionSets: items.map(({ arn }) => arn), ...next };
    },
    'ssoadmin:describePermissionSet': ({ PermissionSetArn }: Args) => ({
      PermissionSet: { PermissionSetArn, Name: setOf(PermissionSetArn).name },
    }),
    'ssoadmin:listManagedPoliciesInPermissionSet': ({ PermissionSetArn, NextToken }: Args) => {
      const { items, next } = page(setOf(PermissionSetArn).policies, NextToken);
      return { AttachedManagedPolicies: items.map((Arn) => ({ Arn, Name: Arn.split('/').at(-1) })), ...next };
    },
    'ssoadmin:getInlinePolicyForPermissionSet': ({ PermissionSetArn }: Args) => {
      const { inline } = setOf(PermissionSetArn);
      return inline === '' ? {} : { InlinePolicy: inline };
    },
    'ssoadmin:putInlinePolicyToPermissionSet': ({ PermissionSetArn, InlinePolicy }: Args) => {
      setOf(PermissionSetArn).inline = String(InlinePolicy);
      return {};
    },
    'ssoadmin:attachManagedPolicyToPermissionSet': ({ PermissionSetArn, ManagedPolicyArn }: Args) => {
      const { policies } = setOf(PermissionSetArn);
      if (policies.includes(String(ManagedPolicyArn)))
        raise('SsoAdmin.ConflictException', 'The permission set has the policy already.');
      policies.push(String(ManagedPolicyArn));
      return {};
    },
  };
}

/** Groups of the identity store, one name once. */
export const groupAnswers = (state: VendingState) => ({
  'identitystore:getGroupId': ({ AlternateIdentifier }: Args) => {
    const { AttributePath, AttributeValue } = (
      AlternateIdentifier as { UniqueAttribute: { AttributePath: string; AttributeValue: string } }
    ).UniqueAttribute;
    const found = state.groups.find((one) => AttributePath === 'displayName' && one.name === AttributeValue);
    return found
      ? { GroupId: found.id }
      : raise('Identitystore.ResourceNotFoundException', 'GROUP not found.');
  },
  'identitystore:createGroup': ({ DisplayName }: Args) => {
    if (state.groups.some(({ name }) => name === DisplayName))
      raise('Identitystore.ConflictException', 'Duplicate GroupDisplayName');
    const id = groupId(state.groups.length + 1);
    state.groups.push({ id, name: String(DisplayName) });
    return { GroupId: id };
  },
});
