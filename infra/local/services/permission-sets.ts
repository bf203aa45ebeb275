import { page } from '../paging.ts';
import { AwsError, type World } from '../world.ts';
import { IDENTITY_COLLECTIONS, INSTANCE_ARN, type PermissionSet } from './identity-center-seed.ts';

type Paged = { MaxResults?: number; NextToken?: string };
type Described = { InstanceArn: string; PermissionSetArn: string };
type CreateInput = { InstanceArn: string; Name: string; Description?: string; SessionDuration?: string };

const ATTACHED = 'sso/managed-policies';
const INLINE = 'sso/inline-policies';
const DEFAULT_PAGE = 100;
/** Of IAM: what one permission set takes. */
const MANAGED_POLICIES = 10;
const DEFAULT_SESSION = 'PT1H';

/** Permission sets: made once by name, and what policies they have. */
export function permissionSetOperations(world: World) {
  const sets = () => world.store.values<PermissionSet>(IDENTITY_COLLECTIONS.permissionSets);
  return {
    ListPermissionSets: (input: Paged & { InstanceArn: string }) => {
      checkInstance(input.InstanceArn);
      const arns = sets().map((set) => set.PermissionSetArn);
      const { items, next } = listPage(arns, input);
      return { PermissionSets: items, ...next };
    },
    DescribePermissionSet: (input: Described) => {
      checkInstance(input.InstanceArn);
      return { PermissionSet: permissionSet(world, input.PermissionSetArn) };
    },
    CreatePermissionSet: ({ InstanceArn, Name, Description, SessionDuration }: CreateInput) => {
      checkInstance(InstanceArn);
      if (sets().some((set) => set.Name === Name))
        throw new AwsError('ConflictException', `PermissionSet with name ${Name} already exists.`);
      const id = world.random.uuid().replaceAll('-', '').slice(0, 16);
      const set: PermissionSet = {
        PermissionSetArn: `arn:aws:sso:::permissionSet/${INSTANCE_ARN.split('/')[1]}/ps-${id}`,
        Name,
        ...(Description === undefined ? {} : { Description }),
        SessionDuration: SessionDuration ?? DEFAULT_SESSION,
        CreatedDate: new Date(world.scheduler.now()).toISOString(),
      };
      world.store.put(IDENTITY_COLLECTIONS.permissionSets, set.PermissionSetArn, set);
      return { PermissionSet: set };
    },
    AttachManagedPolicyToPermissionSet: (input: Described & { ManagedPolicyArn: string }) => {
      checkInstance(input.InstanceArn);
      const { PermissionSetArn } = permissionSet(world, input.PermissionSetArn);
      const attached = world.store.get<string[]>(ATTACHED, PermissionSetArn) ?? [];
      if (attached.includes(input.ManagedPolicyArn))
        throw new AwsError(
          'ConflictException',
          `Permission set with id ${PermissionSetArn.split('/').at(-1)} already has a typed link attachment to a managed policy with ${input.ManagedPolicyArn}`,
        );
      if (attached.length >= MANAGED_POLICIES)
        throw new AwsError('ServiceQuotaExceededException', 'You have exceeded AWS SSO limits.');
      world.store.put(ATTACHED, PermissionSetArn, [...attached, input.ManagedPolicyArn]);
      return {};
    },
    PutInlinePolicyToPermissionSet: (input: Described & { InlinePolicy: string }) => {
      checkInstance(input.InstanceArn);
      const { PermissionSetArn } = permissionSet(world, input.PermissionSetArn);
      checkPolicy(input.InlinePolicy);
      world.store.put(INLINE, PermissionSetArn, input.InlinePolicy);
      return {};
    },
    GetInlinePolicyForPermissionSet: (input: Described) => {
      checkInstance(input.InstanceArn);
      const { PermissionSetArn } = permissionSet(world, input.PermissionSetArn);
      const InlinePolicy = world.store.get<string>(INLINE, PermissionSetArn);
      return InlinePolicy === undefined ? {} : { InlinePolicy };
    },
    ListManagedPoliciesInPermissionSet: (input: Paged & Described) => {
      checkInstance(input.InstanceArn);
      const { PermissionSetArn } = permissionSet(world, input.PermissionSetArn);
      const attached = world.store.get<string[]>(ATTACHED, PermissionSetArn) ?? [];
      const { items, next } = listPage(attached, input);
      return { AttachedManagedPolicies: items.map((Arn) => ({ Name: Arn.split('/').at(-1), Arn })), ...next };
    },
  };
}

function checkPolicy(text: string): void {
  try {
    if (Array.isArray(JSON.parse(text).Statement)) return;
  } catch {
    // Said below.
  }
  throw new AwsError('ValidationException', 'The policy document is not valid.');
}

export function listPage<T>(all: T[], input: Paged) {
  const { items, nextToken } = page(all, input.NextToken, input.MaxResults ?? DEFAULT_PAGE);
  return { items, next: nextToken === undefined ? {} : { NextToken: nextToken } };
}

export const notFound = (message: string): AwsError => new AwsError('ResourceNotFoundException', message);

export function checkInstance(arn: string): void {
  if (arn !== INSTANCE_ARN) throw notFound(`Instance ${arn} not found`);
}

export function permissionSet(world: World, arn: string): PermissionSet {
  const found = world.store.get<PermissionSet>(IDENTITY_COLLECTIONS.permissionSets, arn);
  if (!found) throw notFound(`Could not find PermissionSet with id ${arn.split('/').at(-1)}`);
  return found;
}
