import { apiCallEvent } from '../audit-event.ts';
import type { OrganizationAccount, OrganizationalUnitDoc } from '../organization-tree.ts';
import { page } from '../paging.ts';
import { token } from '../random.ts';
import { AwsError, type Caller, type Operation, type ServiceModule, type World } from '../world.ts';
import {
  beginCreation,
  CLOSURES,
  type Creation,
  finishClosure,
  finishCreation,
  moveAccount,
  type NewAccount,
  type OnAccountCreated,
  removeAccount,
  requireClosable,
} from './organizations/accounts.ts';
import { attachedTo, attachNow, FULL_ACCESS_ID, policyOperations } from './organizations/policies.ts';
import { trustedServices } from './organizations/service-access.ts';
import { saveTags, type Tag, tagOperations } from './organizations/tags.ts';
import {
  ACCOUNTS,
  ATTACHMENTS,
  accountArn,
  accountAt,
  accountsUnder,
  CREATIONS,
  childUnits,
  managementOnly,
  requireParent,
  rootArn,
  showAccount,
  showUnit,
  UNITS,
  unitAt,
} from './organizations/tree.ts';

const PAGE = 20;
type Paged = { NextToken?: string; MaxResults?: number };
type Audit = (eventName: string, caller: Caller, requestParameters: Record<string, unknown>) => void;

const CREATE = 'organizations/create-account';
const CLOSE = 'organizations/close-account';
const SCP_ENABLED = [{ Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' }];

/** AWS Organizations: one organization with all features, seen from its management account. */
export function organizationsService(world: World, onAccountCreated: OnAccountCreated): ServiceModule {
  const audit: Audit = (eventName, caller, requestParameters) =>
    world.emit(apiCallEvent(world, { service: 'organizations', eventName, caller, requestParameters }));
  world.scheduler.on(CREATE, ({ id, account }: { id: string; account: NewAccount }) => {
    finishCreation(world, id, account, onAccountCreated);
  });
  world.scheduler.on(CLOSE, ({ accountId }: { accountId: string }) => finishClosure(world, accountId));

  const managed = {
    ...rootOperations(world),
    ...unitOperations(world, audit),
    ...accountOperations(world, audit),
    ...creationOperations(world),
    ...policyOperations(world, audit),
    ...tagOperations(world, audit),
  };
  return {
    shape: 'organizations',
    operations: { ...managementOnly(world, managed), DescribeOrganization: () => describe(world) },
  };
}

function describe({ store, landingZone }: World) {
  const management = accountAt(store, landingZone.managementAccountId);
  const prefix = `arn:aws:organizations::${management.Id}`;
  return {
    Organization: {
      Id: landingZone.organizationId,
      Arn: `${prefix}:organization/${landingZone.organizationId}`,
      FeatureSet: 'ALL',
      MasterAccountArn: accountArn(landingZone, management.Id),
      MasterAccountId: management.Id,
      MasterAccountEmail: management.Email,
      AvailablePolicyTypes: SCP_ENABLED,
    },
  };
}

function rootOperations(world: World): Record<string, Operation> {
  const { store, landingZone } = world;
  return {
    ListRoots: () => ({
      Roots: [{ Id: landingZone.rootId, Arn: rootArn(landingZone), Name: 'Root', PolicyTypes: SCP_ENABLED }],
    }),
    ListAWSServiceAccessForOrganization(input: Paged) {
      const { items, nextToken } = page(
        trustedServices(store),
        input.NextToken,
        input.MaxResults ?? PAGE,
        'InvalidInputException',
      );
      return {
        EnabledServicePrincipals: items.map((ServicePrincipal) => ({ ServicePrincipal })),
        NextToken: nextToken,
      };
    },
    ListParents(input: Paged & { ChildId: string }) {
      const child =
        store.get<OrganizationAccount>(ACCOUNTS, input.ChildId) ??
        store.get<OrganizationalUnitDoc>(UNITS, input.ChildId);
      if (!child) throw new AwsError('ChildNotFoundException', "You specified a child that doesn't exist.");
      const Type = child.ParentId === landingZone.rootId ? 'ROOT' : 'ORGANIZATIONAL_UNIT';
      return { Parents: [{ Id: child.ParentId, Type }] };
    },
    ListChildren(input: Paged & { ParentId: string; ChildType: 'ACCOUNT' | 'ORGANIZATIONAL_UNIT' }) {
      requireParent(world, input.ParentId);
      const found =
        input.ChildType === 'ACCOUNT'
          ? accountsUnder(store, input.ParentId)
          : childUnits(store, input.ParentId);
      const { items, nextToken } = page(
        found,
        input.NextToken,
        input.MaxResults ?? PAGE,
        'InvalidInputException',
      );
      return { Children: items.map(({ Id }) => ({ Id, Type: input.ChildType })), NextToken: nextToken };
    },
  };
}

function unitOperations(world: World, audit: Audit): Record<string, Operation> {
  const { store, random, landingZone } = world;
  const requireFreeName = (parentId: string, name: string) => {
    if (!childUnits(store, parentId).some((unit) => unit.Name === name)) return;
    throw new AwsError('DuplicateOrganizationalUnitException', 'An OU with the same name already exists.');
  };
  const show = (unit: OrganizationalUnitDoc) => ({ OrganizationalUnit: showUnit(world, unit) });
  return {
    DescribeOrganizationalUnit: (input: { OrganizationalUnitId: string }) =>
      show(unitAt(store, input.OrganizationalUnitId)),
    ListOrganizationalUnitsForParent(input: Paged & { ParentId: string }) {
      requireParent(world, input.ParentId);
      const units = childUnits(store, input.ParentId);
      const { items, nextToken } = page(
        units,
        input.NextToken,
        input.MaxResults ?? PAGE,
        'InvalidInputException',
      );
      return { OrganizationalUnits: items.map((unit) => showUnit(world, unit)), NextToken: nextToken };
    },
    CreateOrganizationalUnit(input: { ParentId: string; Name: string; Tags?: Tag[] }, caller: Caller) {
      requireParent(world, input.ParentId);
      requireFreeName(input.ParentId, input.Name);
      const Id = `ou-${landingZone.rootId.slice(2)}-${token(random, 8)}`;
      const unit: OrganizationalUnitDoc = { Id, Name: input.Name, ParentId: input.ParentId };
      store.put(UNITS, Id, unit);
      attachNow(store, FULL_ACCESS_ID, Id);
      if (input.Tags) saveTags(store, Id, input.Tags);
      audit('CreateOrganizationalUnit', caller, { name: input.Name, parentId: input.ParentId });
      return show(unit);
    },
    UpdateOrganizationalUnit(input: { OrganizationalUnitId: string; Name?: string }, caller: Caller) {
      const unit = unitAt(store, input.OrganizationalUnitId);
      const renamed = { ...unit, Name: input.Name ?? unit.Name };
      if (renamed.Name !== unit.Name) requireFreeName(unit.ParentId, renamed.Name);
      store.put(UNITS, unit.Id, renamed);
      audit('UpdateOrganizationalUnit', caller, { organizationalUnitId: unit.Id, name: renamed.Name });
      return show(renamed);
    },
    DeleteOrganizationalUnit(input: { OrganizationalUnitId: string }, caller: Caller) {
      deleteUnit(world, input.OrganizationalUnitId);
      audit('DeleteOrganizationalUnit', caller, { organizationalUnitId: input.OrganizationalUnitId });
    },
  };
}

function deleteUnit({ store }: World, id: string): void {
  unitAt(store, id);
  if (accountsUnder(store, id).length + childUnits(store, id).length > 0) {
    throw new AwsError('OrganizationalUnitNotEmptyException', 'The specified OU is not empty.');
  }
  for (const { PolicyId } of attachedTo(store, id)) store.delete(ATTACHMENTS, `${id}/${PolicyId}`);
  store.delete(UNITS, id);
}

function accountOperations(world: World, audit: Audit): Record<string, Operation> {
  const { store, scheduler, random } = world;
  const list = (accounts: OrganizationAccount[], input: Paged) => {
    const { items, nextToken } = page(
      accounts,
      input.NextToken,
      input.MaxResults ?? PAGE,
      'InvalidInputException',
    );
    return { Accounts: items.map((account) => showAccount(world, account)), NextToken: nextToken };
  };
  return {
    ListAccounts: (input: Paged) => list(store.values<OrganizationAccount>(ACCOUNTS), input),
    ListAccountsForParent(input: Paged & { ParentId: string }) {
      requireParent(world, input.ParentId);
      return list(accountsUnder(store, input.ParentId), input);
    },
    DescribeAccount: (input: { AccountId: string }) => ({
      Account: showAccount(world, accountAt(store, input.AccountId)),
    }),
    MoveAccount: (input: MoveAccountInput, caller: Caller) =>
      moveAccount(
        world,
        {
          accountId: input.AccountId,
          sourceParentId: input.SourceParentId,
          destinationParentId: input.DestinationParentId,
        },
        caller,
      ),
    CloseAccount(input: { AccountId: string }, caller: Caller) {
      const account = requireClosable(world, input.AccountId);
      store.put(ACCOUNTS, account.Id, { ...account, State: 'PENDING_CLOSURE' });
      store.put(CLOSURES, account.Id, {
        accountId: account.Id,
        requestedMs: scheduler.now(),
        completed: false,
      });
      scheduler.after(300_000 + random.below(300_000), CLOSE, { accountId: account.Id });
      audit('CloseAccount', caller, { accountId: account.Id });
    },
    RemoveAccountFromOrganization(input: { AccountId: string }, caller: Caller) {
      removeAccount(world, input.AccountId);
      audit('RemoveAccountFromOrganization', caller, { accountId: input.AccountId });
    },
  };
}

function creationOperations(world: World): Record<string, Operation> {
  const { store, scheduler, random } = world;
  return {
    CreateAccount(input: CreateAccountInput, caller: Caller) {
      const account: NewAccount = {
        name: input.AccountName,
        email: input.Email,
        roleName: input.RoleName ?? 'OrganizationAccountAccessRole',
        ...(input.Tags ? { tags: input.Tags } : {}),
      };
      const creation = beginCreation(world, account, caller);
      scheduler.after(30_000 + random.below(60_000), CREATE, { id: creation.Id, account });
      return { CreateAccountStatus: creation };
    },
    DescribeCreateAccountStatus(input: { CreateAccountRequestId: string }) {
      const creation = store.get<Creation>(CREATIONS, input.CreateAccountRequestId);
      if (creation) return { CreateAccountStatus: creation };
      throw new AwsError(
        'CreateAccountStatusNotFoundException',
        "We can't find a create account request with that ID.",
      );
    },
    ListCreateAccountStatus(input: Paged & { States?: string[] }) {
      const all = store
        .values<Creation>(CREATIONS)
        .filter(({ State }) => input.States?.includes(State) ?? true);
      const { items, nextToken } = page(
        all,
        input.NextToken,
        input.MaxResults ?? PAGE,
        'InvalidInputException',
      );
      return { CreateAccountStatuses: items, NextToken: nextToken };
    },
  };
}

type CreateAccountInput = { Email: string; AccountName: string; RoleName?: string; Tags?: Tag[] };
type MoveAccountInput = { AccountId: string; SourceParentId: string; DestinationParentId: string };
