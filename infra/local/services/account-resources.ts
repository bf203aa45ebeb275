import type { Store } from '../store.ts';

/**
 * One resource in one account and Region, whoever made it: CloudFormation, Account Factory or Identity Center.
 * `properties` are in CloudFormation's spelling, whatever the maker; `attributes` are what `Fn::GetAtt` returns.
 */
export type AccountResource = {
  /** `AWS::EC2::VPC` */
  type: string;
  /** The physical id: `vpc-…`, a role's name, a topic's ARN. Unique for its type in its place. */
  id: string;
  accountId: string;
  /** GLOBAL for resources that belong to no Region. */
  region: string;
  properties: Readonly<Record<string, unknown>>;
  attributes: Readonly<Record<string, unknown>>;
  /** ISO 8601 */
  createdAt: string;
  /** The stack that owns it. */
  stackId?: string;
};

export const GLOBAL = 'aws-global';

/** IAM and Budgets are one per account. */
export const regionOf = (type: string, region: string): string =>
  type.startsWith('AWS::IAM::') || type.startsWith('AWS::Budgets::') ? GLOBAL : region;

const collection = (accountId: string, region: string) => `resources/${accountId}/${region}`;
const key = (type: string, id: string) => `${type}/${id}`;

export function putResource(store: Store, resource: AccountResource): void {
  store.put(collection(resource.accountId, resource.region), key(resource.type, resource.id), resource);
}

/** @param region the Region of the caller; a global type is found from every one */
export function getResource(
  store: Store,
  accountId: string,
  region: string,
  type: string,
  id: string,
): AccountResource | undefined {
  return store.get(collection(accountId, regionOf(type, region)), key(type, id));
}

export function deleteResource(
  store: Store,
  accountId: string,
  region: string,
  type: string,
  id: string,
): void {
  store.delete(collection(accountId, regionOf(type, region)), key(type, id));
}

/** All resources of one type (or all) in an account and Region, in the order they were made. */
export function listResources(
  store: Store,
  accountId: string,
  region: string,
  type?: string,
): AccountResource[] {
  const place = type === undefined ? region : regionOf(type, region);
  const found = store.values<AccountResource>(collection(accountId, place));
  return type === undefined ? found : found.filter((resource) => resource.type === type);
}
