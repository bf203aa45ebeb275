import { apiCallEvent } from '../audit-event.ts';
import { ORGANIZATION_COLLECTIONS } from '../organization-tree.ts';
import { AwsError, type Caller, type ServiceModule, type World } from '../world.ts';
import { getRole, putRoles, registerRoles } from './iam.ts';
import { IDENTITY_COLLECTIONS, IDENTITY_STORE_ID, INSTANCE_ARN } from './identity-center-seed.ts';
import {
  checkInstance,
  listPage,
  notFound,
  permissionSet,
  permissionSetOperations,
} from './permission-sets.ts';

/** Who may enter which account with which permission set. */
export type Assignment = {
  TargetId: string;
  TargetType: 'AWS_ACCOUNT';
  PermissionSetArn: string;
  PrincipalType: 'USER' | 'GROUP';
  PrincipalId: string;
};

type Operation = Assignment & {
  RequestId: string;
  Status: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED';
  FailureReason?: string;
  CreatedDate: string;
};

type Paged = { MaxResults?: number; NextToken?: string };

const OPERATIONS = 'sso/assignment-operations';
const ASSIGNMENTS = 'sso/assignments';
const IN_PROGRESS = 'sso/assignments-in-progress';
const FAILURES = 'sso/assignment-failures';
const FINISH = 'sso/finish-assignment';
const LIST = 'sso/list-assignment';
/** AWS time: from the request to its end, and from there until lists show it. */
const ASSIGNMENT_MS = { least: 5_000, spread: 10_000, untilListed: 5_000 };

/** IAM Identity Center administration: permission sets and account assignments. */
export function ssoAdminService(world: World): ServiceModule {
  registerRoles(world);
  world.scheduler.on(FINISH, ({ requestId }: { requestId: string }) => finish(world, requestId));
  world.scheduler.on(LIST, ({ assignment }: { assignment: Assignment }) =>
    world.store.put(ASSIGNMENTS, keyOf(assignment), assignment),
  );
  return {
    shape: 'sso-admin',
    operations: {
      ListInstances: (input: Paged) => {
        const { items, next } = listPage([instance(world)], input);
        return { Instances: items, ...next };
      },
      ...permissionSetOperations(world),
      CreateAccountAssignment: (input: Assignment & { InstanceArn: string }, caller: Caller) =>
        create(world, input, caller),
      DescribeAccountAssignmentCreationStatus: (input: StatusInput) => creationStatus(world, input),
      ListAccountAssignments: (
        input: Paged & { InstanceArn: string; AccountId: string; PermissionSetArn: string },
      ) => {
        checkInstance(input.InstanceArn);
        permissionSet(world, input.PermissionSetArn);
        const found = world.store
          .values<Assignment>(ASSIGNMENTS)
          .filter(
            (one) => one.TargetId === input.AccountId && one.PermissionSetArn === input.PermissionSetArn,
          );
        const { items, next } = listPage(found, input);
        return { AccountAssignments: items.map(describe), ...next };
      },
    },
  };
}

type StatusInput = { InstanceArn: string; AccountAssignmentCreationRequestId: string };

function creationStatus(world: World, { InstanceArn, AccountAssignmentCreationRequestId: id }: StatusInput) {
  checkInstance(InstanceArn);
  const found = world.store.get<Operation>(OPERATIONS, id);
  if (!found) throw notFound(`Account assignment creation request with id ${id} not found.`);
  return { AccountAssignmentCreationStatus: found };
}

const keyOf = (one: Assignment): string =>
  `${one.TargetId}/${one.PermissionSetArn}/${one.PrincipalType}/${one.PrincipalId}`;

function instance(world: World) {
  return {
    InstanceArn: INSTANCE_ARN,
    IdentityStoreId: IDENTITY_STORE_ID,
    OwnerAccountId: world.landingZone.managementAccountId,
    Status: 'ACTIVE',
  };
}

const describe = ({ TargetId, PermissionSetArn, PrincipalType, PrincipalId }: Assignment) => ({
  AccountId: TargetId,
  PermissionSetArn,
  PrincipalType,
  PrincipalId,
});

function create(world: World, input: Assignment & { InstanceArn: string }, caller: Caller) {
  const { InstanceArn, ...assignment } = input;
  checkInstance(InstanceArn);
  permissionSet(world, assignment.PermissionSetArn);
  const people =
    assignment.PrincipalType === 'GROUP' ? IDENTITY_COLLECTIONS.groups : IDENTITY_COLLECTIONS.users;
  if (world.store.get(people, assignment.PrincipalId) === undefined)
    throw notFound(`${assignment.PrincipalType} with id ${assignment.PrincipalId} not found`);
  if (world.store.get(ORGANIZATION_COLLECTIONS.accounts, assignment.TargetId) === undefined)
    throw notFound(`Account ${assignment.TargetId} not found`);
  if (world.store.get(IN_PROGRESS, keyOf(assignment)) !== undefined)
    throw new AwsError(
      'ConflictException',
      `There is a conflicting operation in progress for the account assignment of ${assignment.TargetId}.`,
    );
  const RequestId = world.random.uuid();
  const CreatedDate = new Date(world.scheduler.now()).toISOString();
  const operation: Operation = { ...assignment, RequestId, Status: 'IN_PROGRESS', CreatedDate };
  world.store.put(OPERATIONS, RequestId, operation);
  world.store.put(IN_PROGRESS, keyOf(assignment), RequestId);
  world.scheduler.after(ASSIGNMENT_MS.least + world.random.below(ASSIGNMENT_MS.spread), FINISH, {
    requestId: RequestId,
  });
  audit(world, caller, InstanceArn, operation);
  return { AccountAssignmentCreationStatus: operation };
}

/** CloudTrail's record of the call, as EventBridge delivers it: member names begin in lower case. */
function audit(world: World, caller: Caller, instanceArn: string, operation: Operation): void {
  const { PermissionSetArn, PrincipalId, PrincipalType, RequestId, Status, TargetId, TargetType } = operation;
  const what = {
    targetId: TargetId,
    targetType: TargetType,
    permissionSetArn: PermissionSetArn,
    principalType: PrincipalType,
    principalId: PrincipalId,
  };
  world.emit(
    apiCallEvent(world, {
      service: 'sso',
      eventName: 'CreateAccountAssignment',
      caller,
      requestParameters: { instanceArn, ...what },
      responseElements: {
        accountAssignmentCreationStatus: { status: Status, requestId: RequestId, ...what },
      },
    }),
  );
}

function finish(world: World, requestId: string): void {
  const operation = world.store.get<Operation>(OPERATIONS, requestId);
  if (!operation) return;
  const { RequestId: _id, Status: _status, CreatedDate: _date, ...assignment } = operation;
  const key = keyOf(operation);
  world.store.delete(IN_PROGRESS, key);
  const failure = world.store.get<{ reason: string }>(FAILURES, operation.TargetId);
  if (failure) {
    world.store.delete(FAILURES, operation.TargetId);
    world.store.put(OPERATIONS, requestId, { ...operation, Status: 'FAILED', FailureReason: failure.reason });
    return;
  }
  provisionRole(world, operation);
  world.store.put(OPERATIONS, requestId, { ...operation, Status: 'SUCCEEDED' } satisfies Operation);
  world.scheduler.after(ASSIGNMENT_MS.untilListed, LIST, { assignment });
}

/** Identity Center puts a role for the permission set into the account with its first assignment. */
function provisionRole(world: World, { TargetId, PermissionSetArn }: Assignment): void {
  const set = permissionSet(world, PermissionSetArn);
  const name = `AWSReservedSSO_${set.Name}_${PermissionSetArn.slice(-16)}`;
  if (getRole(world, TargetId, name)) return;
  const provider = `arn:aws:iam::${TargetId}:saml-provider/AWSSSO_${PermissionSetArn.slice(-16)}_DO_NOT_DELETE`;
  const Condition = { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } };
  putRoles(world, TargetId, [
    {
      name,
      path: '/aws-reserved/sso.amazonaws.com/',
      trust: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Federated: provider },
            Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession'],
            Condition,
          },
        ],
      },
    },
  ]);
}

/** Knob: the next assignment for this account ends FAILED. */
export function failNextAssignment(world: World, accountId: string, reason: string): void {
  world.store.transaction(() => world.store.put(FAILURES, accountId, { reason }));
}
