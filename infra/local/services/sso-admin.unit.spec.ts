import { beforeEach, describe, expect, it } from 'vitest';
import type { ServiceModule } from '../world.ts';
import { listResources } from './account-resources.ts';
import {
  call,
  joinOrganization,
  MANAGEMENT,
  MEMBER,
  REGION,
  refusal,
  roleCaller,
  testWorld,
} from './account-test-world.ts';
import {
  groupId,
  IDENTITY_STORE_ID,
  INSTANCE_ARN,
  permissionSetArn,
  seedIdentityCenter,
  userId,
} from './identity-center-seed.ts';
import { identityStoreService } from './identitystore.ts';
import { failNextAssignment, ssoAdminService } from './sso-admin.ts';

const caller = roleCaller('jetway-vend', MANAGEMENT);
const PermissionSetArn = permissionSetArn('AdministratorAccess');
const assignment = {
  InstanceArn: INSTANCE_ARN,
  TargetId: MEMBER,
  TargetType: 'AWS_ACCOUNT',
  PermissionSetArn,
  PrincipalType: 'GROUP',
  PrincipalId: groupId('payments-admins'),
};

let t: ReturnType<typeof testWorld>;
let sso: ServiceModule;
let identityStore: ServiceModule;
const ask = <T>(service: ServiceModule, action: string, input: object = {}): T =>
  call<T>(t.world, service, action, input, caller);
type Status = {
  AccountAssignmentCreationStatus: { RequestId: string; Status: string; FailureReason?: string };
};
const create = (rest: object = {}) =>
  ask<Status>(sso, 'CreateAccountAssignment', { ...assignment, ...rest }).AccountAssignmentCreationStatus;
const status = (id: string) =>
  ask<Status>(sso, 'DescribeAccountAssignmentCreationStatus', {
    InstanceArn: INSTANCE_ARN,
    AccountAssignmentCreationRequestId: id,
  }).AccountAssignmentCreationStatus;
const listed = () =>
  ask(sso, 'ListAccountAssignments', { InstanceArn: INSTANCE_ARN, AccountId: MEMBER, PermissionSetArn });

beforeEach(() => {
  t = testWorld();
  seedIdentityCenter(t.world);
  sso = ssoAdminService(t.world);
  identityStore = identityStoreService(t.world);
  joinOrganization(t.world, MEMBER);
  t.start();
});

describe('an account assignment', () => {
  it('is in progress, then succeeds, puts a role into the account, and is listed last', () => {
    const { RequestId, Status } = create();
    expect(Status).toBe('IN_PROGRESS');
    expect(status(RequestId).Status).toBe('IN_PROGRESS');
    for (let waited = 0; status(RequestId).Status === 'IN_PROGRESS' && waited < 60; waited++) t.pass(1_000);
    expect(status(RequestId).Status).toBe('SUCCEEDED');
    expect(listResources(t.world.store, MEMBER, REGION, 'AWS::IAM::Role').map((role) => role.id)).toEqual([
      `AWSReservedSSO_AdministratorAccess_${PermissionSetArn.slice(-16)}`,
    ]);
    expect(listed()).toEqual({ AccountAssignments: [] });
    t.pass(5_000);
    expect(listed()).toEqual({
      AccountAssignments: [
        { AccountId: MEMBER, PermissionSetArn, PrincipalType: 'GROUP', PrincipalId: assignment.PrincipalId },
      ],
    });
  });

  it('conflicts with itself while it is in progress, and may be made again later', () => {
    create();
    expect(refusal(() => create())).toContain('ConflictException');
    expect(create({ PrincipalId: groupId('payments-developers') }).Status).toBe('IN_PROGRESS');
    t.pass(60_000);
    const { RequestId } = create();
    t.pass(60_000);
    expect(status(RequestId).Status).toBe('SUCCEEDED');
  });

  it.each<[name: string, rest: object]>([
    ['permission set', { PermissionSetArn: permissionSetArn('Nope') }],
    ['group', { PrincipalId: groupId('nope') }],
    ['user', { PrincipalType: 'USER' }],
    ['account', { TargetId: '999900001111' }],
    ['instance', { InstanceArn: 'arn:aws:sso:::instance/ssoins-0000000000000000' }],
  ])('is refused for an unknown %s', (_name, rest) => {
    expect(refusal(() => create(rest))).toContain('ResourceNotFoundException');
  });

  it('can be made to fail', () => {
    failNextAssignment(t.world, MEMBER, 'provisioning failed');
    const { RequestId } = create();
    t.pass(60_000);
    expect(status(RequestId)).toMatchObject({ Status: 'FAILED', FailureReason: 'provisioning failed' });
  });
});

describe('the directory', () => {
  it('lists permission sets and groups in pages', () => {
    type Page = { PermissionSets: string[]; NextToken?: string };
    const page = (NextToken?: string) =>
      ask<Page>(sso, 'ListPermissionSets', {
        InstanceArn: INSTANCE_ARN,
        MaxResults: 10,
        ...(NextToken ? { NextToken } : {}),
      });
    const first = page();
    const second = page(first.NextToken);
    expect([...first.PermissionSets, ...second.PermissionSets]).toHaveLength(15);
    expect(second.NextToken).toBeUndefined();
    expect(ask(sso, 'DescribePermissionSet', { InstanceArn: INSTANCE_ARN, PermissionSetArn })).toMatchObject({
      PermissionSet: { Name: 'AdministratorAccess' },
    });
    expect(
      ask<{ Groups: object[] }>(identityStore, 'ListGroups', { IdentityStoreId: IDENTITY_STORE_ID }).Groups,
    ).toContainEqual(
      expect.objectContaining({ DisplayName: 'payments-admins', GroupId: groupId('payments-admins') }),
    );
  });

  it('makes a group once, and finds it by its name in any case', () => {
    const named = (AttributeValue: string, AttributePath = 'displayName') => ({
      IdentityStoreId: IDENTITY_STORE_ID,
      AlternateIdentifier: { UniqueAttribute: { AttributePath, AttributeValue } },
    });
    const make = (DisplayName: string) =>
      ask<{ GroupId: string }>(identityStore, 'CreateGroup', {
        IdentityStoreId: IDENTITY_STORE_ID,
        DisplayName,
      });
    expect(refusal(() => ask(identityStore, 'GetGroupId', named('operators')))).toContain(
      'ResourceNotFoundException',
    );
    const { GroupId } = make('operators');
    expect(ask(identityStore, 'GetGroupId', named('Operators'))).toMatchObject({ GroupId });
    expect(
      ask(identityStore, 'DescribeGroup', { IdentityStoreId: IDENTITY_STORE_ID, GroupId }),
    ).toMatchObject({ DisplayName: 'operators' });
    expect(refusal(() => make('OPERATORS'))).toContain('ConflictException');
    expect(refusal(() => ask(identityStore, 'GetGroupId', named('x', 'emails')))).toContain(
      'ValidationException',
    );
    expect(create({ PrincipalId: GroupId }).Status).toBe('IN_PROGRESS');
  });

  it('keeps the inline policy of a permission set as it was put', () => {
    const set = { InstanceArn: INSTANCE_ARN, PermissionSetArn };
    expect(ask(sso, 'GetInlinePolicyForPermissionSet', set)).toEqual({});
    const InlinePolicy = '{ "Version": "2012-10-17", "Statement": [] }';
    ask(sso, 'PutInlinePolicyToPermissionSet', { ...set, InlinePolicy });
    expect(ask(sso, 'GetInlinePolicyForPermissionSet', set)).toEqual({ InlinePolicy });
    for (const bad of ['not JSON', '{}'])
      expect(
        refusal(() => ask(sso, 'PutInlinePolicyToPermissionSet', { ...set, InlinePolicy: bad })),
      ).toContain('ValidationException');
  });

  it('finds by name and by id', () => {
    const Filters = [{ AttributePath: 'DisplayName', AttributeValue: 'Payments-Admins' }];
    expect(
      ask<{ Groups: object[] }>(identityStore, 'ListGroups', { IdentityStoreId: IDENTITY_STORE_ID, Filters })
        .Groups,
    ).toHaveLength(1);
    const UserId = userId('ana.lopez@example.com');
    expect(ask(identityStore, 'DescribeUser', { IdentityStoreId: IDENTITY_STORE_ID, UserId })).toMatchObject({
      UserName: 'ana.lopez@example.com',
    });
    expect(
      refusal(() =>
        ask(identityStore, 'DescribeGroup', { IdentityStoreId: IDENTITY_STORE_ID, GroupId: UserId }),
      ),
    ).toContain('ResourceNotFoundException');
    expect(refusal(() => ask(identityStore, 'ListUsers', { IdentityStoreId: 'd-0000000000' }))).toContain(
      'ResourceNotFoundException',
    );
  });
});

describe('a permission set', () => {
  const input = { InstanceArn: INSTANCE_ARN, Name: 'jetway-X', SessionDuration: 'PT4H' };
  const policy = (ManagedPolicyArn: string, PermissionSetArn: string) =>
    ask(sso, 'AttachManagedPolicyToPermissionSet', {
      InstanceArn: INSTANCE_ARN,
      PermissionSetArn,
      ManagedPolicyArn,
    });

  it('is made once by name, takes a policy once, and lists what it has', () => {
    type Made = { PermissionSet: { PermissionSetArn: string } };
    const { PermissionSetArn: arn } = ask<Made>(sso, 'CreatePermissionSet', input).PermissionSet;
    expect(refusal(() => ask(sso, 'CreatePermissionSet', input))).toContain('ConflictException');
    policy('arn:aws:iam::aws:policy/ReadOnlyAccess', arn);
    expect(refusal(() => policy('arn:aws:iam::aws:policy/ReadOnlyAccess', arn))).toContain(
      'ConflictException',
    );
    const listed = ask(sso, 'ListManagedPoliciesInPermissionSet', {
      InstanceArn: INSTANCE_ARN,
      PermissionSetArn: arn,
    });
    expect(listed).toEqual({
      AttachedManagedPolicies: [{ Name: 'ReadOnlyAccess', Arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }],
    });
  });
});
