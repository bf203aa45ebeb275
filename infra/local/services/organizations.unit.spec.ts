import { beforeEach, describe, expect, it } from 'vitest';
import { QUARANTINE_ID, ROOT_FENCE_ID } from '../landing-zone.ts';
import { codeOf, MINUTE, openTestAws, type TestAws } from '../local-aws.fixture.ts';

let aws: TestAws;
beforeEach(async () => {
  aws = await openTestAws();
});
const organizations = (action: string, input: unknown = {}) => aws.call('organizations', action, input);
const refusal = (action: string, input: unknown) => codeOf(() => organizations(action, input));
const ROOT = 'r-ab12';
const WORKLOADS = 'ou-ab12-workloads';
const AUDIT = '333344445555';
const document = (text = 'x') =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Sid: text, Effect: 'Deny', Action: 's3:*', Resource: '*' }],
  });
const createPolicy = (Name: string, Content = document()): string =>
  organizations('CreatePolicy', { Name, Content, Description: '', Type: 'SERVICE_CONTROL_POLICY' }).Policy
    .PolicySummary.Id;
const createAccount = (AccountName: string, Email: string) =>
  organizations('CreateAccount', { AccountName, Email }).CreateAccountStatus.Id as string;
const creation = (id: string) =>
  organizations('DescribeCreateAccountStatus', { CreateAccountRequestId: id }).CreateAccountStatus;

describe('the example landing zone', () => {
  it('has its tree, its accounts and its fence', () => {
    expect(organizations('DescribeOrganization').Organization.Id).toBe('o-exampleorg1');
    const units = organizations('ListOrganizationalUnitsForParent', { ParentId: ROOT }).OrganizationalUnits;
    expect(units.map((unit: { Name: string }) => unit.Name)).toEqual([
      'Security',
      'Infrastructure',
      'Workloads',
      'Sandbox',
    ]);
    const accounts = organizations('ListAccounts').Accounts;
    expect(accounts.map((account: { Name: string }) => account.Name)).toEqual([
      'Management',
      'Log Archive',
      'Audit',
    ]);
    expect(accounts[2].Paths).toEqual([`o-exampleorg1/r-ab12/ou-ab12-security1/${AUDIT}/`]);
    const onRoot = organizations('ListPoliciesForTarget', {
      TargetId: ROOT,
      Filter: 'SERVICE_CONTROL_POLICY',
    });
    expect(onRoot.Policies.map((policy: { Id: string }) => policy.Id)).toEqual([
      'p-FullAWSAccess',
      ROOT_FENCE_ID,
    ]);
    expect(organizations('ListTargetsForPolicy', { PolicyId: QUARANTINE_ID }).Targets).toEqual([]);
  });

  it('is for the management account alone', () => {
    const member = { ...aws.caller, accountId: AUDIT };
    const call = (action: string) => () => aws.dispatcher.call('organizations', action, {}, member);
    expect(codeOf(call('ListAccounts'))).toBe('AccessDeniedException');
    expect(codeOf(call('DescribeOrganization'))).toBe('none');
  });
});

describe('policies', () => {
  it('attach and detach, each once', () => {
    const PolicyId = createPolicy('deny-s3');
    const ref = { PolicyId, TargetId: WORKLOADS };
    organizations('AttachPolicy', ref);
    expect(refusal('AttachPolicy', ref)).toBe('DuplicatePolicyAttachmentException');
    expect(refusal('DeletePolicy', { PolicyId })).toBe('PolicyInUseException');
    expect(organizations('ListTargetsForPolicy', { PolicyId }).Targets).toMatchObject([
      { TargetId: WORKLOADS, Name: 'Workloads', Type: 'ORGANIZATIONAL_UNIT' },
    ]);
    organizations('DetachPolicy', ref);
    expect(refusal('DetachPolicy', ref)).toBe('PolicyNotAttachedException');
    organizations('DeletePolicy', { PolicyId });
    expect(refusal('DescribePolicy', { PolicyId })).toBe('PolicyNotFoundException');
  });

  it('keep to the live limits of number and size', () => {
    aws.setLimit('policiesPerTarget', 3);
    for (const name of ['a', 'b'])
      organizations('AttachPolicy', { PolicyId: createPolicy(name), TargetId: WORKLOADS });
    expect(() => organizations('AttachPolicy', { PolicyId: createPolicy('c'), TargetId: WORKLOADS })).toThrow(
      /^MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED/,
    );
    expect(() => createPolicy('big', document('x'.repeat(10_240)))).toThrow(/^POLICY_CONTENT_LIMIT_EXCEEDED/);
    aws.setLimit('policySize', 20_000);
    expect(createPolicy('big', document('x'.repeat(10_240)))).toMatch(/^p-[0-9a-z]{10}$/);
  });

  it.each<[string, string, unknown]>([
    ['DuplicatePolicyException', 'CreatePolicy', { Name: 'FullAWSAccess', Content: document() }],
    ['MalformedPolicyDocumentException', 'CreatePolicy', { Name: 'n', Content: '{}' }],
    ['MalformedPolicyDocumentException', 'CreatePolicy', { Name: 'n', Content: 'no' }],
    [
      'PolicyTypeNotAvailableForOrganizationException',
      'CreatePolicy',
      { Name: 'n', Content: '{}', Type: 'TAG_POLICY' },
    ],
    ['PolicyNotFoundException', 'AttachPolicy', { PolicyId: 'p-12345678', TargetId: WORKLOADS }],
    ['TargetNotFoundException', 'AttachPolicy', { PolicyId: QUARANTINE_ID, TargetId: '999988887777' }],
    ['ConstraintViolationException', 'DetachPolicy', { PolicyId: 'p-FullAWSAccess', TargetId: WORKLOADS }],
    ['InvalidInputException', 'AttachPolicy', { PolicyId: 'nonsense', TargetId: WORKLOADS }],
    ['TargetNotFoundException', 'TagResource', { ResourceId: 'ou-ab12-12345678', Tags: [] }],
  ])('%s from %s', (code, action, input) => {
    const defaults = action === 'CreatePolicy' ? { Description: '', Type: 'SERVICE_CONTROL_POLICY' } : {};
    expect(refusal(action, { ...defaults, ...(input as object) })).toBe(code);
  });
});

describe('accounts', () => {
  it('come to be under the root, and say so', async () => {
    const id = createAccount('orders', 'orders@example.com');
    expect(creation(id).State).toBe('IN_PROGRESS');
    await aws.settle();
    const { State, AccountId } = creation(id);
    expect(State).toBe('SUCCEEDED');
    expect(organizations('ListParents', { ChildId: AccountId }).Parents).toEqual([
      { Id: ROOT, Type: 'ROOT' },
    ]);
    const results = aws.received().filter((event) => event.detail.eventName === 'CreateAccountResult');
    expect(results).toMatchObject([
      {
        source: 'aws.organizations',
        'detail-type': 'AWS Service Event via CloudTrail',
        detail: {
          serviceEventDetails: { createAccountStatus: { id, state: 'SUCCEEDED', accountId: AccountId } },
        },
      },
    ]);
  });

  it('take no e-mail twice, in whatever case, and no more than the limit', async () => {
    const twice = createAccount('audit-again', 'AWS+Audit@Example.com');
    await aws.settle();
    expect(creation(twice)).toMatchObject({ State: 'FAILED', FailureReason: 'EMAIL_ALREADY_EXISTS' });
    aws.setLimit('accounts', 3);
    const tooMany = createAccount('one-more', 'more@example.com');
    await aws.settle();
    expect(creation(tooMany)).toMatchObject({ State: 'FAILED', FailureReason: 'ACCOUNT_LIMIT_EXCEEDED' });
    expect(organizations('ListAccounts').Accounts).toHaveLength(3);
  });

  it('move from where they are', () => {
    const move = (SourceParentId: string, DestinationParentId: string) =>
      refusal('MoveAccount', { AccountId: AUDIT, SourceParentId, DestinationParentId });
    expect(move(ROOT, WORKLOADS)).toBe('SourceParentNotFoundException');
    expect(move('ou-ab12-security1', 'ou-ab12-12345678')).toBe('DestinationParentNotFoundException');
    expect(move('ou-ab12-security1', 'ou-ab12-security1')).toBe('DuplicateAccountException');
    expect(move('ou-ab12-security1', WORKLOADS)).toBe('none');
    expect(organizations('ListAccountsForParent', { ParentId: WORKLOADS }).Accounts[0].Id).toBe(AUDIT);
  });

  it('close after a while, and stay on the list', async () => {
    expect(refusal('CloseAccount', { AccountId: aws.accountId })).toBe('ConstraintViolationException');
    organizations('CloseAccount', { AccountId: AUDIT });
    const state = () => organizations('DescribeAccount', { AccountId: AUDIT }).Account.State;
    expect(state()).toBe('PENDING_CLOSURE');
    await aws.pass(15 * MINUTE);
    expect(state()).toBe('CLOSED');
    expect(refusal('CloseAccount', { AccountId: AUDIT })).toBe('AccountAlreadyClosedException');
  });

  it('are listed twenty at a time', async () => {
    for (let n = 0; n < 45; n++) createAccount(`account-${n}`, `a${n}@example.com`);
    await aws.settle();
    const pages: number[] = [];
    let NextToken: string | undefined;
    do {
      const page = organizations('ListAccounts', NextToken ? { NextToken } : {});
      pages.push(page.Accounts.length);
      NextToken = page.NextToken;
    } while (NextToken);
    expect(pages).toEqual([20, 20, 8]);
    expect(refusal('ListAccounts', { NextToken: 'x' })).toBe('InvalidInputException');
  });
});

describe('organizational units', () => {
  it('have unique names under one parent, and go only when empty', () => {
    const unit = organizations('CreateOrganizationalUnit', {
      ParentId: WORKLOADS,
      Name: 'Lab',
    }).OrganizationalUnit;
    expect(unit.Path).toBe(`o-exampleorg1/r-ab12/${WORKLOADS}/${unit.Id}/`);
    expect(refusal('CreateOrganizationalUnit', { ParentId: WORKLOADS, Name: 'Lab' })).toBe(
      'DuplicateOrganizationalUnitException',
    );
    expect(refusal('DeleteOrganizationalUnit', { OrganizationalUnitId: WORKLOADS })).toBe(
      'OrganizationalUnitNotEmptyException',
    );
    organizations('DeleteOrganizationalUnit', { OrganizationalUnitId: unit.Id });
    expect(refusal('DescribeOrganizationalUnit', { OrganizationalUnitId: unit.Id })).toBe(
      'OrganizationalUnitNotFoundException',
    );
    expect(refusal('ListParents', { ChildId: unit.Id })).toBe('ChildNotFoundException');
  });
});

describe('an account that is removed', () => {
  it('is in the organization no more, nor is anything attached to it; its address stays taken', () => {
    organizations('RemoveAccountFromOrganization', { AccountId: AUDIT });
    const ids = organizations('ListAccounts').Accounts.map((account: { Id: string }) => account.Id);
    expect(ids).not.toContain(AUDIT);
    const targets = organizations('ListTargetsForPolicy', { PolicyId: 'p-FullAWSAccess' }).Targets;
    expect(targets.map((target: { TargetId: string }) => target.TargetId)).not.toContain(AUDIT);
    expect(refusal('DescribeAccount', { AccountId: AUDIT })).toBe('AccountNotFoundException');
    expect(refusal('RemoveAccountFromOrganization', { AccountId: AUDIT })).toBe('AccountNotFoundException');
  });

  it('is never the management account', () => {
    expect(refusal('RemoveAccountFromOrganization', { AccountId: '111122223333' })).toBe(
      'MasterCannotLeaveOrganizationException',
    );
  });
});

describe('an account', () => {
  it('has another name when Account Management is told so', () => {
    aws.call('account', 'PutAccountName', { AccountId: AUDIT, AccountName: 'Audit 2' });
    expect(organizations('DescribeAccount', { AccountId: AUDIT }).Account.Name).toBe('Audit 2');
  });
});
