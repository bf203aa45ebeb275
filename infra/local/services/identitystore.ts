import { page } from '../paging.ts';
import { AwsError, type ServiceModule, type World } from '../world.ts';
import { type Group, IDENTITY_COLLECTIONS, IDENTITY_STORE_ID, type User } from './identity-center-seed.ts';

type ListInput = {
  IdentityStoreId: string;
  MaxResults?: number;
  NextToken?: string;
  Filters?: { AttributePath: string; AttributeValue: string }[];
};

const DEFAULT_PAGE = 50;

type GroupName = {
  AlternateIdentifier: { UniqueAttribute?: { AttributePath: string; AttributeValue: unknown } };
};

/** The identity store of Identity Center: users for reading, groups that are found by name and made once. */
export function identityStoreService(world: World): ServiceModule {
  const groups = () => world.store.values<Group>(IDENTITY_COLLECTIONS.groups);
  const users = () => world.store.values<User>(IDENTITY_COLLECTIONS.users);
  return {
    shape: 'identitystore',
    operations: {
      ListGroups: (input: ListInput) => {
        const { items, next } = listPage(groups(), input, { DisplayName: (group) => group.DisplayName });
        return { Groups: items, ...next };
      },
      ListUsers: (input: ListInput) => {
        const { items, next } = listPage(users(), input, { UserName: (user) => user.UserName });
        return { Users: items, ...next };
      },
      GetGroupId: ({ IdentityStoreId, AlternateIdentifier }: GroupName & { IdentityStoreId: string }) => {
        checkStore(IdentityStoreId);
        const { AttributePath, AttributeValue } = AlternateIdentifier.UniqueAttribute ?? {};
        if (AttributePath !== 'displayName')
          throw new AwsError(
            'ValidationException',
            `Attribute path ${AttributePath} is not supported for groups`,
          );
        const found = groupNamed(groups(), String(AttributeValue));
        return found
          ? { GroupId: found.GroupId, IdentityStoreId }
          : notFound('GROUP', String(AttributeValue));
      },
      CreateGroup: ({ IdentityStoreId, DisplayName, Description }: NewGroup) => {
        checkStore(IdentityStoreId);
        if (groupNamed(groups(), DisplayName))
          throw new AwsError('ConflictException', 'Duplicate GroupDisplayName');
        const group: Group = {
          GroupId: world.random.uuid(),
          IdentityStoreId,
          DisplayName,
          ...(Description === undefined ? {} : { Description }),
        };
        world.store.put(IDENTITY_COLLECTIONS.groups, group.GroupId, group);
        return { GroupId: group.GroupId, IdentityStoreId };
      },
      DescribeGroup: (input: { IdentityStoreId: string; GroupId: string }) => {
        checkStore(input.IdentityStoreId);
        return groups().find((group) => group.GroupId === input.GroupId) ?? notFound('GROUP', input.GroupId);
      },
      DescribeUser: (input: { IdentityStoreId: string; UserId: string }) => {
        checkStore(input.IdentityStoreId);
        return users().find((user) => user.UserId === input.UserId) ?? notFound('USER', input.UserId);
      },
    },
  };
}

type NewGroup = { IdentityStoreId: string; DisplayName: string; Description?: string };

/** Names are compared without their case. */
const groupNamed = (all: readonly Group[], name: string): Group | undefined =>
  all.find((group) => group.DisplayName.toLowerCase() === name.toLowerCase());

function checkStore(id: string): void {
  if (id !== IDENTITY_STORE_ID)
    throw new AwsError('ResourceNotFoundException', `IdentityStore with id ${id} is not found.`);
}

function notFound(kind: string, id: string): never {
  throw new AwsError('ResourceNotFoundException', `${kind} not found. (${id})`);
}

function listPage<T>(
  all: T[],
  input: ListInput,
  attributes: Record<string, (item: T) => string>,
): { items: T[]; next: { NextToken?: string } } {
  checkStore(input.IdentityStoreId);
  const filtered = (input.Filters ?? []).reduce((items, filter) => {
    const read = attributes[filter.AttributePath];
    if (!read)
      throw new AwsError(
        'ValidationException',
        `Attribute path ${filter.AttributePath} is not supported for filters`,
      );
    return items.filter((item) => read(item).toLowerCase() === filter.AttributeValue.toLowerCase());
  }, all);
  const { items, nextToken } = page(filtered, input.NextToken, input.MaxResults ?? DEFAULT_PAGE);
  return { items, next: nextToken === undefined ? {} : { NextToken: nextToken } };
}
