import {
  ORGANIZATION_COLLECTIONS,
  type OrganizationAccount,
  type OrganizationalUnitDoc,
  orgPath,
} from '../../organization-tree.ts';
import type { Store } from '../../store.ts';
import { AwsError, type Caller, type LandingZone, type Operation, type World } from '../../world.ts';

export const {
  accounts: ACCOUNTS,
  units: UNITS,
  policies: POLICIES,
  attachments: ATTACHMENTS,
} = ORGANIZATION_COLLECTIONS;
export const CREATIONS = 'org/create-account';
/** key: resource id → Tag[] */
export const TAGS = 'org/tags';
/** key: e-mail in lower case → account id. Kept for ever: AWS takes no address twice. */
export const EMAILS = 'org/emails';

/** Only the management account may see and change the organization. */
function requireManagement(landingZone: LandingZone, caller: Caller): void {
  if (caller.accountId !== landingZone.managementAccountId) {
    throw new AwsError('AccessDeniedException', "You don't have permissions to access this resource.");
  }
}

/** The same operations, refused to member accounts. */
export function managementOnly(
  world: World,
  operations: Record<string, Operation>,
): Record<string, Operation> {
  const guard =
    (operation: Operation): Operation =>
    (input, caller) => {
      requireManagement(world.landingZone, caller);
      return operation(input, caller);
    };
  return Object.fromEntries(Object.entries(operations).map(([name, operation]) => [name, guard(operation)]));
}

export function accountAt(store: Store, id: string): OrganizationAccount {
  const account = store.get<OrganizationAccount>(ACCOUNTS, id);
  if (account) return account;
  throw new AwsError('AccountNotFoundException', "You specified an account that doesn't exist.");
}

export function unitAt(store: Store, id: string): OrganizationalUnitDoc {
  const unit = store.get<OrganizationalUnitDoc>(UNITS, id);
  if (unit) return unit;
  throw new AwsError(
    'OrganizationalUnitNotFoundException',
    "You specified an organizational unit that doesn't exist.",
  );
}

export const isParent = ({ store, landingZone }: World, id: string): boolean =>
  id === landingZone.rootId || store.get(UNITS, id) !== undefined;

export function requireParent(world: World, id: string, code = 'ParentNotFoundException'): void {
  if (!isParent(world, id)) throw new AwsError(code, "You specified a parent that doesn't exist.");
}

const prefix = ({ managementAccountId }: LandingZone) => `arn:aws:organizations::${managementAccountId}`;

export const accountArn = (zone: LandingZone, id: string): string =>
  `${prefix(zone)}:account/${zone.organizationId}/${id}`;
export const unitArn = (zone: LandingZone, id: string): string =>
  `${prefix(zone)}:ou/${zone.organizationId}/${id}`;
export const rootArn = (zone: LandingZone): string =>
  `${prefix(zone)}:root/${zone.organizationId}/${zone.rootId}`;

export function showAccount({ store, landingZone }: World, account: OrganizationAccount) {
  return {
    Id: account.Id,
    Arn: accountArn(landingZone, account.Id),
    Email: account.Email,
    Name: account.Name,
    // `Status` has no word for the newer states: an account that is closed has it as before, suspended.
    Status:
      account.State === 'CLOSED'
        ? 'SUSPENDED'
        : account.State === 'PENDING_ACTIVATION'
          ? 'ACTIVE'
          : account.State,
    State: account.State,
    Paths: [`${orgPath(store, landingZone.organizationId, account.Id)}${account.Id}/`],
    JoinedMethod: account.JoinedMethod ?? 'CREATED',
    JoinedTimestamp: account.JoinedTimestamp,
  };
}

export function showUnit(world: World, unit: OrganizationalUnitDoc) {
  return {
    Id: unit.Id,
    Arn: unitArn(world.landingZone, unit.Id),
    Name: unit.Name,
    Path: unitPath(world, unit),
  };
}

function unitPath({ store, landingZone }: World, unit: OrganizationalUnitDoc): string {
  const ids = [unit.Id];
  for (let parent = unit.ParentId; parent !== landingZone.rootId; ) {
    ids.unshift(parent);
    parent = unitAt(store, parent).ParentId;
  }
  return `${landingZone.organizationId}/${landingZone.rootId}/${ids.join('/')}/`;
}

export const childUnits = (store: Store, parentId: string): OrganizationalUnitDoc[] =>
  store.values<OrganizationalUnitDoc>(UNITS).filter((unit) => unit.ParentId === parentId);

export const accountsUnder = (store: Store, parentId: string): OrganizationAccount[] =>
  store.values<OrganizationAccount>(ACCOUNTS).filter((account) => account.ParentId === parentId);
