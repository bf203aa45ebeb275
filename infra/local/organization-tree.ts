import type { Store } from './store.ts';

/**
 * Where the organization's documents live in the store, and the two questions that every other service asks of
 * them: which service control policies bind an account, and what its organization path is.
 */
export const ORGANIZATION_COLLECTIONS = {
  /** key: account id. */
  accounts: 'org/accounts',
  /** key: id of the organizational unit. The root is no unit: its id is `World.landingZone.rootId`. */
  units: 'org/units',
  /** key: policy id (`p-FullAWSAccess`). */
  policies: 'org/policies',
  /** key: `${targetId}/${policyId}`. */
  attachments: 'org/attachments',
} as const;

/** An account as the organization knows it. Times are ISO 8601. */
export type OrganizationAccount = {
  Id: string;
  Name: string;
  Email: string;
  State: 'PENDING_ACTIVATION' | 'ACTIVE' | 'SUSPENDED' | 'PENDING_CLOSURE' | 'CLOSED';
  /** The organizational unit, or the root. */
  ParentId: string;
  JoinedTimestamp: string;
  JoinedMethod?: 'CREATED' | 'INVITED';
};

export type OrganizationalUnitDoc = { Id: string; Name: string; ParentId: string };

/** A service control policy; `Content` is its JSON text. */
export type OrganizationPolicy = {
  Id: string;
  Name: string;
  Description?: string;
  Content: string;
  AwsManaged: boolean;
};

export type PolicyAttachment = { TargetId: string; PolicyId: string };

/** One level of the tree with the policies attached to it. */
export type PolicyLevel = { targetId: string; policies: { id: string; name: string; content: string }[] };

/** The levels that bind an account: root first, then each unit, the account itself last. Empty for a stranger. */
export function policyChain(store: Store, accountId: string): PolicyLevel[] {
  const levels = lineage(store, accountId).map((targetId): PolicyLevel => ({ targetId, policies: [] }));
  const byTarget = new Map(levels.map((level) => [level.targetId, level]));
  for (const attachment of store.values<PolicyAttachment>(ORGANIZATION_COLLECTIONS.attachments)) {
    const level = byTarget.get(attachment.TargetId);
    const policy =
      level && store.get<OrganizationPolicy>(ORGANIZATION_COLLECTIONS.policies, attachment.PolicyId);
    if (policy) level.policies.push({ id: policy.Id, name: policy.Name, content: policy.Content });
  }
  return levels;
}

/**
 * The account's value of `aws:PrincipalOrgPaths`: units only, the account itself is not in it.
 *
 * @example orgPath(store, 'o-exampleorg1', '123456789012') === 'o-exampleorg1/r-ab12/ou-ab12-workloads/'
 */
export function orgPath(store: Store, organizationId: string, accountId: string): string {
  return [organizationId, ...lineage(store, accountId).slice(0, -1), ''].join('/');
}

/** Root, units, account. Empty when the organization does not know the account. */
function lineage(store: Store, accountId: string): string[] {
  const account = store.get<OrganizationAccount>(ORGANIZATION_COLLECTIONS.accounts, accountId);
  if (!account) return [];
  const ids = [accountId];
  for (let parent: string | undefined = account.ParentId; parent !== undefined; ) {
    ids.unshift(parent);
    parent = store.get<OrganizationalUnitDoc>(ORGANIZATION_COLLECTIONS.units, parent)?.ParentId;
  }
  return ids;
}
