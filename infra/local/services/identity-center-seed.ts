import { createHash } from 'node:crypto';
import type { World } from '../world.ts';

/** Identity Center of the example landing zone: one instance, its identity store, who is in it. */
export const INSTANCE_ARN = 'arn:aws:sso:::instance/ssoins-7223a1b2c3d4e5f6';
export const IDENTITY_STORE_ID = 'd-9067a1b2c3';

export const IDENTITY_COLLECTIONS = {
  permissionSets: 'sso/permission-sets',
  groups: 'identitystore/groups',
  users: 'identitystore/users',
} as const;

export type PermissionSet = {
  PermissionSetArn: string;
  Name: string;
  Description?: string;
  SessionDuration: string;
  CreatedDate: string;
};
export type Group = { GroupId: string; IdentityStoreId: string; DisplayName: string; Description?: string };
export type User = {
  UserId: string;
  IdentityStoreId: string;
  UserName: string;
  DisplayName: string;
  Name: { GivenName: string; FamilyName: string };
  Emails: { Value: string; Type: string; Primary: boolean }[];
};

/** Our own sets first, then those that Control Tower makes. */
const PERMISSION_SETS: [name: string, description: string, hours: number][] = [
  ['AdministratorAccess', 'Everything in one account', 1],
  ['PowerUserAccess', 'Everything but users and roles', 4],
  ['DeveloperAccess', 'Day-to-day work in a workload account', 8],
  ['ReadOnlyAccess', 'Look at everything', 8],
  ['ViewOnlyAccess', 'Look at lists, never at data', 8],
  ['BillingAccess', 'Costs and budgets', 4],
  ['SecurityAudit', 'Read what an auditor needs', 8],
  ['DatabaseAdministrator', 'Databases', 4],
  ['NetworkAdministrator', 'Networks', 4],
  ['AWSAdministratorAccess', 'Provides full access to AWS services and resources', 1],
  ['AWSPowerUserAccess', 'Provides full access without user and group management', 1],
  ['AWSReadOnlyAccess', 'Provides read-only access', 1],
  ['AWSOrganizationsFullAccess', 'Provides full access to AWS Organizations', 1],
  ['AWSServiceCatalogAdminFullAccess', 'Provides full access to AWS Service Catalog admin', 1],
  ['AWSServiceCatalogEndUserAccess', 'Provides access to the AWS Service Catalog end user console', 1],
];

const GROUPS: [name: string, description: string][] = [
  ['payments-admins', 'Administrators of the payments team'],
  ['payments-developers', 'Developers of the payments team'],
  ['payments-readers', 'People who may look at payments'],
  ['platform-admins', 'Administrators of the platform team'],
  ['platform-operators', 'Operators of the platform'],
  ['platform-developers', 'Developers of the platform team'],
  ['security-auditors', 'Auditors'],
  ['security-responders', 'Incident response'],
  ['analytics-team', 'Analytics'],
  ['analytics-admins', 'Administrators of the analytics team'],
  ['search-team', 'Search'],
  ['mobile-team', 'Mobile'],
  ['sandbox-users', 'Everybody who may use a sandbox'],
  ['finance-billing', 'Costs and budgets'],
  ['AWSAccountFactory', 'Read-only access to account factory in AWS Service Catalog for end users'],
  ['AWSServiceCatalogAdmins', 'Admin rights to account factory in AWS Service Catalog'],
  ['AWSControlTowerAdmins', 'Admin rights to AWS Control Tower core and provisioned accounts'],
  ['AWSSecurityAuditPowerUsers', 'Power user access to all accounts for security audits'],
  ['AWSSecurityAuditors', 'Read-only access to all accounts for security audits'],
  ['AWSLogArchiveAdmins', 'Admin rights to log archive account'],
  ['AWSLogArchiveViewers', 'Read-only access to log archive account'],
  ['AWSAuditAccountAdmins', 'Admin rights to cross-account audit account'],
];

const USERS: [given: string, family: string][] = [
  ['Ana', 'Lopez'],
  ['Ben', 'Okafor'],
  ['Chen', 'Wei'],
  ['Dana', 'Novak'],
  ['Eli', 'Haddad'],
  ['Platform', 'Identity'],
];

/** Puts permission sets, groups and users into an empty store; does nothing to one that has them. */
export function seedIdentityCenter(world: World): void {
  const { store } = world;
  if (store.values(IDENTITY_COLLECTIONS.permissionSets).length > 0) return;
  const CreatedDate = new Date(world.scheduler.now()).toISOString();
  store.transaction(() => {
    for (const [Name, Description, hours] of PERMISSION_SETS) {
      const PermissionSetArn = permissionSetArn(Name);
      const set: PermissionSet = {
        PermissionSetArn,
        Name,
        Description,
        SessionDuration: `PT${hours}H`,
        CreatedDate,
      };
      store.put(IDENTITY_COLLECTIONS.permissionSets, PermissionSetArn, set);
    }
    for (const [DisplayName, Description] of GROUPS) {
      const GroupId = groupId(DisplayName);
      const group: Group = { GroupId, IdentityStoreId: IDENTITY_STORE_ID, DisplayName, Description };
      store.put(IDENTITY_COLLECTIONS.groups, GroupId, group);
    }
    for (const [given, family] of USERS) {
      const user = newUser(given, family);
      store.put(IDENTITY_COLLECTIONS.users, user.UserId, user);
    }
  });
}

/** The ARN of a seeded permission set. */
export const permissionSetArn = (name: string): string =>
  `arn:aws:sso:::permissionSet/${INSTANCE_ARN.split('/')[1]}/ps-${fingerprint(`permission-set:${name}`).slice(0, 16)}`;

/** The id of a seeded group; the same on every machine. */
export const groupId = (displayName: string): string => idFor(`group:${displayName}`);

/** The id of a seeded user, by e-mail. */
export const userId = (email: string): string => idFor(`user:${email}`);

function newUser(given: string, family: string): User {
  const email = `${given}.${family}@example.com`.toLowerCase();
  return {
    UserId: userId(email),
    IdentityStoreId: IDENTITY_STORE_ID,
    UserName: email,
    DisplayName: `${given} ${family}`,
    Name: { GivenName: given, FamilyName: family },
    Emails: [{ Value: email, Type: 'work', Primary: true }],
  };
}

const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex');

function idFor(text: string): string {
  const hex = fingerprint(text);
  const part = (from: number, to: number) => hex.slice(from, to);
  return `${part(0, 8)}-${part(8, 12)}-4${part(13, 16)}-8${part(17, 20)}-${part(20, 32)}`;
}
