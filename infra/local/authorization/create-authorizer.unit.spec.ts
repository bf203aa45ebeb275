import { beforeEach, describe, expect, it } from 'vitest';
import { ORGANIZATION_COLLECTIONS, orgPath, policyChain } from '../organization-tree.ts';
import { bareAccount, seedCoreAccounts } from '../services/account-baseline.ts';
import {
  ALLOW_ALL,
  attachPolicy,
  joinOrganization,
  MANAGEMENT,
  MEMBER,
  REGION,
  refusal,
  roleCaller,
  testWorld,
} from '../services/account-test-world.ts';
import type { Authorizer } from './authorizer.ts';
import { createAuthorizer } from './create-authorizer.ts';

let t: ReturnType<typeof testWorld>;
let authorizer: Authorizer;
const EXECUTION = `arn:aws:iam::${MEMBER}:role/AWSControlTowerExecution`;
const vend = { principalArn: `arn:aws:iam::${MANAGEMENT}:role/jetway-vend`, region: REGION };
const check = (caller = roleCaller('jetway-execution'), action = 'CreateStack', service = 'cloudformation') =>
  refusal(() => authorizer.check(caller, service, action, { StackName: 'jetway-net' }));

beforeEach(() => {
  t = testWorld();
  authorizer = createAuthorizer(t.world);
  t.world.store.transaction(() => {
    const { units } = ORGANIZATION_COLLECTIONS;
    t.world.store.put(units, 'ou-work', { Id: 'ou-work', Name: 'Workloads', ParentId: 'r-ab12' });
    t.world.store.put(units, 'ou-prod', { Id: 'ou-prod', Name: 'Prod', ParentId: 'ou-work' });
  });
  joinOrganization(t.world, MEMBER, 'ou-prod');
  for (const target of ['r-ab12', 'ou-work', 'ou-prod', MEMBER])
    attachPolicy(t.world, target, 'FullAWSAccess', [ALLOW_ALL]);
  t.start();
});

describe('the tree of the organization', () => {
  it('gives the chain from the root to the account, and its path', () => {
    expect(policyChain(t.world.store, MEMBER).map((level) => level.targetId)).toEqual([
      'r-ab12',
      'ou-work',
      'ou-prod',
      MEMBER,
    ]);
    expect(orgPath(t.world.store, 'o-exampleorg1', MEMBER)).toBe('o-exampleorg1/r-ab12/ou-work/ou-prod/');
    expect(policyChain(t.world.store, '999900001111')).toEqual([]);
  });
});

describe('service control policies', () => {
  it('allow what nothing denies', () => {
    expect(check()).toBe('no error');
  });

  it('deny from any level, in the words of AWS', () => {
    attachPolicy(t.world, 'ou-work', 'no-stacks', [
      { Sid: 'No', Effect: 'Deny', Action: 'cloudformation:*', Resource: '*' },
    ]);
    expect(check()).toBe(
      'AccessDenied: User: arn:aws:sts::444455556666:assumed-role/jetway-execution/embedded is not authorized to perform: cloudformation:CreateStack on resource: arn:aws:cloudformation:us-east-1:444455556666:stack/jetway-net/* with an explicit deny in a service control policy',
    );
    expect(check(roleCaller('jetway-execution'), 'DescribeConfigRules', 'config')).toBe('no error');
  });

  it('deny by default where a level allows nothing', () => {
    t.world.store.transaction(() =>
      t.world.store.delete(ORGANIZATION_COLLECTIONS.attachments, 'ou-prod/p-FullAWSAccess'),
    );
    expect(check(roleCaller('x'), 'DescribeTrails', 'cloudtrail')).toBe(
      'AccessDeniedException: User: arn:aws:sts::444455556666:assumed-role/x/embedded is not authorized to perform: cloudtrail:DescribeTrails because no service control policy allows the action',
    );
  });

  it('spare the roles that a fence spares', () => {
    const Condition = { ArnNotLike: { 'aws:PrincipalArn': ['arn:aws:iam::*:role/jetway-*'] } };
    attachPolicy(t.world, MEMBER, 'fence', [
      { Sid: 'Fence', Effect: 'Deny', Action: '*', Resource: '*', Condition },
    ]);
    expect(check()).toBe('no error');
    expect(check(roleCaller('developer'))).toContain('with an explicit deny');
  });

  it('know where the account sits', () => {
    const underRoot = { 'ForAnyValue:StringEquals': { 'aws:PrincipalOrgPaths': ['o-exampleorg1/r-ab12/'] } };
    attachPolicy(t.world, 'r-ab12', 'root-fence', [
      { Sid: 'Root', Effect: 'Deny', Action: '*', Resource: '*', Condition: underRoot },
    ]);
    expect(check()).toBe('no error');
    joinOrganization(t.world, MEMBER, 'r-ab12');
    expect(check()).toContain('with an explicit deny');
  });

  it('never bind the management account', () => {
    joinOrganization(t.world, MANAGEMENT);
    attachPolicy(t.world, 'r-ab12', 'everything', [
      { Sid: 'No', Effect: 'Deny', Action: '*', Resource: '*' },
    ]);
    expect(check(roleCaller('jetway-vend', MANAGEMENT))).toBe('no error');
  });
});

describe('assuming a role', () => {
  it('needs the role, some seconds, and an account that is open', () => {
    const refused =
      'AccessDenied: User: arn:aws:sts::111122223333:assumed-role/jetway-vend/embedded is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/AWSControlTowerExecution';
    expect(refusal(() => authorizer.assume(EXECUTION, vend))).toBe(refused);
    bareAccount(t.world, MEMBER);
    expect(refusal(() => authorizer.assume(EXECUTION, vend))).toBe(refused);
    t.pass(10_000);
    expect(authorizer.assume(EXECUTION, vend)).toEqual({
      accountId: MEMBER,
      region: REGION,
      principalArn: EXECUTION,
    });
    expect(
      refusal(() =>
        authorizer.assume(EXECUTION, { ...vend, principalArn: roleCaller('x', '999900001111').principalArn }),
      ),
    ).toContain('AccessDenied');
    const account = t.world.store.get<object>(ORGANIZATION_COLLECTIONS.accounts, MEMBER);
    t.world.store.transaction(() =>
      t.world.store.put(ORGANIZATION_COLLECTIONS.accounts, MEMBER, { ...account, State: 'SUSPENDED' }),
    );
    expect(refusal(() => authorizer.assume(EXECUTION, vend))).toBe(refused);
  });

  it('needs no wait for the roles of the landing zone', () => {
    seedCoreAccounts(t.world);
    const audit = t.world.landingZone.auditAccountId;
    expect(authorizer.assume(`arn:aws:iam::${audit}:role/AWSControlTowerExecution`, vend).accountId).toBe(
      audit,
    );
  });
});
