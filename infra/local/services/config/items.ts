import type { Store } from '../../store.ts';
import { type AccountResource, GLOBAL, listResources } from '../account-resources.ts';
import { ROLE_TYPE } from '../iam.ts';

/** A configuration item as GetResourceConfigHistory answers it, but for `configuration`, which is a text there. */
export type Item = {
  version: string;
  accountId: string;
  configurationItemCaptureTime: string;
  configurationItemStatus: 'OK' | 'ResourceDeleted';
  configurationStateId: string;
  arn: string;
  resourceType: string;
  resourceId: string;
  resourceName: string;
  awsRegion: string;
  availabilityZone: string;
  resourceCreationTime: string;
  configuration: Record<string, unknown>;
};

/** The items of one type that Config has of an account now. It records roles; other types have no rule that reads them. */
export function itemsOf(
  store: Store,
  accountId: string,
  region: string,
  type: string,
  nowMs: number,
): Item[] {
  if (type !== ROLE_TYPE) return [];
  return listResources(store, accountId, region, type).map((role) => roleItem(role, nowMs));
}

/** A role as Config records it: by its unique id, with the trust policy URL-encoded. */
function roleItem(role: AccountResource, nowMs: number): Item {
  const { AssumeRolePolicyDocument: trust, Path = '/', RoleName = role.id } = role.properties;
  const arn = String(role.attributes.Arn);
  const text = typeof trust === 'string' ? trust : JSON.stringify(trust);
  return {
    version: '1.3',
    accountId: role.accountId,
    configurationItemCaptureTime: new Date(nowMs).toISOString(),
    configurationItemStatus: 'OK',
    configurationStateId: String(nowMs),
    arn,
    resourceType: role.type,
    resourceId: String(role.attributes.RoleId),
    resourceName: role.id,
    awsRegion: role.region === GLOBAL ? 'global' : role.region,
    availabilityZone: 'Not Applicable',
    resourceCreationTime: role.createdAt,
    configuration: {
      path: Path,
      roleName: RoleName,
      roleId: role.attributes.RoleId,
      arn,
      createDate: role.createdAt,
      assumeRolePolicyDocument: encodeURIComponent(text),
      instanceProfileList: [],
      rolePolicyList: [],
      attachedManagedPolicies: [],
      permissionsBoundary: null,
      tags: [],
    },
  };
}
