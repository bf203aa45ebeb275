import { apiCallEvent, serviceEvent, spokenTime } from '../../audit-event.ts';
import type { OrganizationAccount } from '../../organization-tree.ts';
import { token } from '../../random.ts';
import { AwsError, type Caller, type World } from '../../world.ts';
import { limit, QUOTAS } from '../service-quotas.ts';
import { attachedTo, attachNow, FULL_ACCESS_ID } from './policies.ts';
import { saveTags, type Tag } from './tags.ts';
import { ACCOUNTS, ATTACHMENTS, accountAt, CREATIONS, EMAILS, requireParent } from './tree.ts';

/** One request to create an account, as DescribeCreateAccountStatus shows it. Times are ISO 8601. */
export type Creation = {
  Id: string;
  AccountName: string;
  State: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED';
  RequestedTimestamp: string;
  CompletedTimestamp?: string;
  AccountId?: string;
  FailureReason?: string;
};

export type NewAccount = { name: string; email: string; roleName: string; tags?: Tag[] };

/** Told when an account has come to be; the role named is the one that Organizations makes in it. */
export type OnAccountCreated = (accountId: string, roleName: string) => void;

/** Takes a request to create an account; inside a store transaction. `finishCreation` ends it. */
export function beginCreation(world: World, account: NewAccount, caller: Caller): Creation {
  const now = world.scheduler.now();
  const creation: Creation = {
    Id: `car-${token(world.random, 32)}`,
    AccountName: account.name,
    State: 'IN_PROGRESS',
    RequestedTimestamp: new Date(now).toISOString(),
  };
  world.store.put(CREATIONS, creation.Id, creation);
  world.emit(
    apiCallEvent(world, {
      service: 'organizations',
      eventName: 'CreateAccount',
      caller,
      requestParameters: { tags: account.tags ?? [], email: '****', accountName: '****' },
      responseElements: {
        createAccountStatus: {
          accountName: '****',
          state: 'IN_PROGRESS',
          id: creation.Id,
          requestedTimestamp: spokenTime(now),
        },
      },
    }),
  );
  return creation;
}

/** The account comes to be under the root, or the request fails; inside a store transaction. */
export function finishCreation(
  world: World,
  creationId: string,
  account: NewAccount,
  onCreated: OnAccountCreated,
): Creation {
  const { store, scheduler } = world;
  const begun = store.get<Creation>(CREATIONS, creationId);
  if (begun?.State !== 'IN_PROGRESS') throw new Error(`organizations: ${creationId} is not in progress`);
  const FailureReason = failureReason(world, account.email);
  const ended = { ...begun, CompletedTimestamp: new Date(scheduler.now()).toISOString() };
  const creation: Creation = FailureReason
    ? { ...ended, State: 'FAILED', FailureReason }
    : { ...ended, State: 'SUCCEEDED', AccountId: addAccount(world, account) };
  store.put(CREATIONS, creation.Id, creation);
  world.emit(creationResult(world, creation));
  if (creation.AccountId) {
    onCreated(creation.AccountId, account.roleName);
    world.emit(joined(world, creation.AccountId));
  }
  return creation;
}

function failureReason({ store }: World, email: string): string | undefined {
  if (store.get(EMAILS, email.toLowerCase())) return 'EMAIL_ALREADY_EXISTS';
  const accounts = store.values<OrganizationAccount>(ACCOUNTS).length;
  return accounts >= limit(store, QUOTAS.accounts) ? 'ACCOUNT_LIMIT_EXCEEDED' : undefined;
}

function addAccount(world: World, { name, email, tags }: NewAccount): string {
  const { store, random, landingZone, scheduler } = world;
  let Id = '';
  do Id = String(100_000_000_000 + random.below(900_000) * 1_000_000 + random.below(1_000_000));
  while (store.get(ACCOUNTS, Id));
  const account: OrganizationAccount = {
    Id,
    Name: name,
    Email: email,
    State: 'ACTIVE',
    ParentId: landingZone.rootId,
    JoinedTimestamp: new Date(scheduler.now()).toISOString(),
    JoinedMethod: 'CREATED',
  };
  store.put(ACCOUNTS, Id, account);
  store.put(EMAILS, email.toLowerCase(), Id);
  attachNow(store, FULL_ACCESS_ID, Id);
  if (tags) saveTags(store, Id, tags);
  return Id;
}

function creationResult(world: World, creation: Creation) {
  return serviceEvent(world, {
    service: 'organizations',
    eventName: 'CreateAccountResult',
    eventVersion: '1.08',
    managementEvent: true,
    ...(creation.State === 'SUCCEEDED' ? { invokedBy: 'organizations.amazonaws.com' } : {}),
    serviceEventDetails: {
      createAccountStatus: {
        id: creation.Id,
        state: creation.State,
        accountName: '****',
        ...(creation.AccountId ? { accountId: creation.AccountId } : {}),
        ...(creation.FailureReason ? { failureReason: creation.FailureReason } : {}),
        requestedTimestamp: spokenTime(Date.parse(creation.RequestedTimestamp)),
        completedTimestamp: spokenTime(world.scheduler.now()),
      },
    },
  });
}

function joined(world: World, accountId: string) {
  return serviceEvent(world, {
    service: 'organizations',
    eventName: 'AccountJoinedOrganization',
    eventVersion: '1.11',
    managementEvent: true,
    serviceEventDetails: {
      accountId,
      joinedMethod: 'Created',
      joinedTime: spokenTime(world.scheduler.now()),
    },
  });
}

/** @throws AwsError as MoveAccount does */
export function moveAccount(
  world: World,
  move: { accountId: string; sourceParentId: string; destinationParentId: string },
  caller: Caller,
): void {
  const account = accountAt(world.store, move.accountId);
  requireParent(world, move.sourceParentId, 'SourceParentNotFoundException');
  requireParent(world, move.destinationParentId, 'DestinationParentNotFoundException');
  if (account.ParentId === move.destinationParentId) {
    throw new AwsError(
      'DuplicateAccountException',
      'That account is already present in the specified destination.',
    );
  }
  if (account.ParentId !== move.sourceParentId) {
    throw new AwsError(
      'SourceParentNotFoundException',
      'The account is not in the source root or OU that you specified.',
    );
  }
  world.store.put(ACCOUNTS, account.Id, { ...account, ParentId: move.destinationParentId });
  world.emit(
    apiCallEvent(world, {
      service: 'organizations',
      eventName: 'MoveAccount',
      caller,
      requestParameters: {
        accountId: move.accountId,
        destinationParentId: move.destinationParentId,
        sourceParentId: move.sourceParentId,
      },
    }),
  );
}

/** The account stands alone from now on: nothing of the organization binds it. @throws AwsError as AWS does */
export function removeAccount({ store, landingZone }: World, accountId: string): void {
  if (accountId === landingZone.managementAccountId)
    throw new AwsError(
      'MasterCannotLeaveOrganizationException',
      'You cannot remove the management account from its organization.',
    );
  const account = accountAt(store, accountId);
  for (const { PolicyId } of attachedTo(store, accountId))
    store.delete(ATTACHMENTS, `${accountId}/${PolicyId}`);
  store.delete(ACCOUNTS, account.Id);
}

/** 10 % of the member accounts in 30 days, at least 10, at most 1,000; three at once. */
export function requireClosable(
  { store, landingZone, scheduler }: World,
  accountId: string,
): OrganizationAccount {
  const account = accountAt(store, accountId);
  const refuse = (reason: string, text: string) =>
    new AwsError('ConstraintViolationException', `${reason}: ${text}`);
  if (accountId === landingZone.managementAccountId) {
    throw refuse('CANNOT_CLOSE_MANAGEMENT_ACCOUNT', 'You cannot close the management account.');
  }
  if (account.State === 'CLOSED')
    throw new AwsError('AccountAlreadyClosedException', 'The account is closed.');
  if (account.State !== 'ACTIVE') throw new AwsError('ConflictException', 'The account is being closed.');
  const closures = store.values<Closure>(CLOSURES);
  const recent = closures.filter(({ requestedMs }) => requestedMs > scheduler.now() - 30 * 86_400_000);
  const members = store.values(ACCOUNTS).length - 1;
  if (recent.length >= Math.min(1_000, Math.max(10, Math.floor(members / 10)))) {
    throw refuse(
      'CLOSE_ACCOUNT_QUOTA_EXCEEDED',
      'You have exceeded the close account quota for the past 30 days.',
    );
  }
  if (closures.filter(({ completed }) => !completed).length >= 3) {
    throw refuse('CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED', 'Three accounts are being closed at once.');
  }
  return account;
}

/** key: account id */
export const CLOSURES = 'org/closures';
export type Closure = { accountId: string; requestedMs: number; completed: boolean };

/** Inside a store transaction. */
export function finishClosure(world: World, accountId: string): void {
  const { store, scheduler } = world;
  const closure = store.get<Closure>(CLOSURES, accountId);
  if (!closure) return;
  store.put(ACCOUNTS, accountId, { ...accountAt(store, accountId), State: 'CLOSED' });
  store.put(CLOSURES, accountId, { ...closure, completed: true });
  world.emit(
    serviceEvent(world, {
      service: 'organizations',
      eventName: 'CloseAccountResult',
      eventVersion: '1.08',
      managementEvent: true,
      invokedBy: 'organizations.amazonaws.com',
      serviceEventDetails: {
        closeAccountStatus: {
          accountId,
          state: 'SUCCEEDED',
          requestedTimestamp: spokenTime(closure.requestedMs),
          completedTimestamp: spokenTime(scheduler.now()),
        },
      },
    }),
  );
}
