import type { World } from '../world.ts';
import { type AccountResource, GLOBAL, getResource, putResource } from './account-resources.ts';

/** A role to make. `trust` is its AssumeRolePolicyDocument; `path` begins and ends with `/`. */
export type NewRole = {
  name: string;
  path?: string;
  trust: unknown;
  managedPolicyArns?: string[];
  description?: string;
};

/** IAM is eventually consistent: a new role cannot be assumed at once. AWS time. */
const ROLE_SPREADS_MS = 10_000;
const HANDLER = 'iam/roles-ready';
const FRESH = 'iam/fresh-roles';
export const ROLE_TYPE = 'AWS::IAM::Role';

/** Registers the timer that makes new roles assumable. Safe to call more than once. */
export function registerRoles(world: World): void {
  world.scheduler.on(HANDLER, ({ keys }: { keys: string[] }) => {
    for (const key of keys) world.store.delete(FRESH, key);
  });
}

/** Makes or replaces roles of an account. They can be assumed after about ten seconds of AWS time. */
export function putRoles(world: World, accountId: string, roles: NewRole[]): void {
  for (const role of roles) putResource(world.store, roleResource(world, accountId, role));
  markFresh(
    world,
    accountId,
    roles.map((role) => role.name),
  );
}

/** Makes a role that everybody knows already: the landing zone's own, set up long ago. */
export function putSettledRoles(world: World, accountId: string, roles: NewRole[]): void {
  for (const role of roles) putResource(world.store, roleResource(world, accountId, role));
}

export function markFresh(world: World, accountId: string, roleNames: string[]): void {
  const keys = roleNames.map((name) => `${accountId}/${name}`);
  for (const key of keys) world.store.put(FRESH, key, true);
  if (keys.length > 0) world.scheduler.after(ROLE_SPREADS_MS, HANDLER, { keys });
}

export const isFresh = (world: World, accountId: string, roleName: string): boolean =>
  world.store.get(FRESH, `${accountId}/${roleName}`) === true;

export function getRole(world: World, accountId: string, roleName: string): AccountResource | undefined {
  return getResource(world.store, accountId, GLOBAL, ROLE_TYPE, roleName);
}

export const roleArn = (accountId: string, name: string, path = '/'): string =>
  `arn:aws:iam::${accountId}:role${path}${name}`;

/** The part of a role's ARN that is its account and its name without path; undefined for another kind of ARN. */
export function parseRoleArn(arn: string): { accountId: string; roleName: string } | undefined {
  const found = /^arn:aws:iam::(\d{12}):role\/(?:[^:]*\/)?([\w+=,.@-]{1,64})$/.exec(arn);
  return found ? { accountId: found[1] as string, roleName: found[2] as string } : undefined;
}

function roleResource(world: World, accountId: string, role: NewRole): AccountResource {
  const { name, path = '/', trust, managedPolicyArns = [], description } = role;
  return {
    type: ROLE_TYPE,
    id: name,
    accountId,
    region: GLOBAL,
    properties: {
      RoleName: name,
      Path: path,
      AssumeRolePolicyDocument: trust,
      ManagedPolicyArns: managedPolicyArns,
      ...(description === undefined ? {} : { Description: description }),
    },
    attributes: {
      Arn: roleArn(accountId, name, path),
      RoleId: `AROA${world.random.hex(17).toUpperCase()}`,
    },
    createdAt: new Date(world.scheduler.now()).toISOString(),
  };
}
