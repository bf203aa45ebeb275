import type { AccountPlan } from '../../services/planning/plan.schema.ts';
import { ACCOUNT_ID, type Args, page, raise } from './answers.fixture.ts';
import type { VendingState } from './world.fixture.ts';

/** Service Catalog: one product of our name, made and mended at once. */
export const catalogAnswers = (state: VendingState, plan: AccountPlan, createAccount: () => void) => ({
  'servicecatalog:describeProvisioningArtifact': () => ({
    ProvisioningArtifactDetail: { Id: plan.product.provisioningArtifactId, Active: state.versionActive },
    Status: 'AVAILABLE',
  }),
  'servicecatalog:describeProvisionedProduct': () =>
    state.product
      ? {
          ProvisionedProductDetail: {
            Id: 'pp-example1',
            Name: plan.product.provisionedProductName,
            Status: state.product.status,
            LastProvisioningRecordId: state.product.record,
          },
        }
      : raise('ServiceCatalog.ResourceNotFoundException', 'Provisioned product not found.'),
  'servicecatalog:provisionProduct': () => {
    state.provisionings += 1;
    if (state.product)
      raise('ServiceCatalog.InvalidParametersException', 'A stack of this name already exists.');
    state.product = { status: 'AVAILABLE', record: 'rec-1' };
    createAccount();
    return { RecordDetail: { RecordId: 'rec-1', ProvisionedProductId: 'pp-example1', Status: 'CREATED' } };
  },
  'servicecatalog:updateProvisionedProduct': () => {
    state.product = { status: 'AVAILABLE', record: 'rec-2' };
    state.record = { status: 'SUCCEEDED', errors: [], outputs: true };
    state.parent = plan.account.organizationalUnitId;
    createAccount();
    return { RecordDetail: { RecordId: 'rec-2', ProvisionedProductId: 'pp-example1', Status: 'CREATED' } };
  },
  'servicecatalog:describeRecord': () => ({
    RecordDetail: { RecordId: 'rec-1', Status: state.record.status, RecordErrors: state.record.errors },
    RecordOutputs:
      state.record.outputs && state.record.status === 'SUCCEEDED'
        ? [
            { OutputKey: 'AccountEmail', OutputValue: plan.account.email },
            { OutputKey: 'AccountId', OutputValue: ACCOUNT_ID },
          ]
        : [],
  }),
});

/** Organizations. Only the new account has policies that anybody asks for. */
export const organizationsAnswers = (state: VendingState, plan: AccountPlan) => ({
  'organizations:describeOrganizationalUnit': () => ({
    OrganizationalUnit: { Id: plan.account.organizationalUnitId, Name: state.unitName },
  }),
  'organizations:listAccounts': ({ NextToken }: Args) => {
    const { items, next } = page(state.accounts, NextToken);
    return { Accounts: items, ...next };
  },
  'organizations:describeAccount': ({ AccountId }: Args) => ({
    Account:
      state.accounts.find((account) => account.Id === AccountId) ??
      raise('Organizations.AccountNotFoundException', 'You specified an account that does not exist.'),
  }),
  'organizations:listParents': ({ ChildId }: Args) => {
    const above: Record<string, string> = {
      [ACCOUNT_ID]: state.parent,
      'ou-ab12-workloadsprod': 'ou-ab12-workloads',
      'ou-ab12-workloads': 'r-ab12',
    };
    const Id = above[String(ChildId)] ?? 'r-ab12';
    return { Parents: [{ Id, Type: Id.startsWith('r-') ? 'ROOT' : 'ORGANIZATIONAL_UNIT' }] };
  },
  'organizations:tagResource': ({ Tags }: Args) => {
    for (const { Key, Value } of Tags as unknown as { Key: string; Value: string }[]) state.tags[Key] = Value;
    return {};
  },
  'organizations:createPolicy': ({ Name, Content }: Args) => {
    if (state.policies.some((policy) => policy.Name === Name)) {
      raise('Organizations.DuplicatePolicyException', 'A policy with the same name exists.');
    }
    const summary = { Id: `p-made${state.policies.length}00000`, Name: String(Name) };
    state.policies.push(summary);
    state.contents.set(summary.Id, String(Content));
    return { Policy: { PolicySummary: summary, Content } };
  },
  'organizations:listPolicies': ({ NextToken }: Args) => {
    const { items, next } = page(state.policies, NextToken);
    return { Policies: items, ...next };
  },
  'organizations:describePolicy': ({ PolicyId }: Args) => ({
    Policy: { PolicySummary: { Id: PolicyId }, Content: state.contents.get(String(PolicyId)) },
  }),
  'organizations:attachPolicy': ({ PolicyId }: Args) => {
    if (state.attached.includes(String(PolicyId))) {
      raise('Organizations.DuplicatePolicyAttachmentException', 'The selected policy is already attached.');
    }
    state.attached.push(String(PolicyId));
    return {};
  },
  'organizations:detachPolicy': ({ PolicyId }: Args) => {
    if (!state.attached.includes(String(PolicyId))) {
      raise('Organizations.PolicyNotAttachedException', 'The policy is not attached.');
    }
    state.attached = state.attached.filter((id) => id !== PolicyId);
    return {};
  },
  'organizations:listPoliciesForTarget': ({ NextToken }: Args) => {
    const { items, next } = page(state.attached, NextToken);
    return { Policies: items.map((Id) => state.policies.find((policy) => policy.Id === Id)), ...next };
  },
});

/** Control Tower, Service Quotas and Identity Center. */
export const governanceAnswers = (state: VendingState) => ({
  'controltower:listEnabledBaselines': () => ({
    EnabledBaselines: [
      {
        BaselineIdentifier: 'arn:aws:controltower:us-east-1::baseline/OTHER',
        StatusSummary: { Status: 'FAILED' },
      },
      {
        BaselineIdentifier: 'arn:aws:controltower:us-east-1::baseline/17BSJV3IGJ2QSGA2',
        StatusSummary: { Status: state.baseline },
      },
    ].slice(state.baseline === 'NONE' ? 2 : 0),
  }),
  'controltower:listEnabledControls': ({ TargetIdentifier, NextToken }: Args) => {
    const { items, next } = page(state.controls.get(String(TargetIdentifier)) ?? [], NextToken);
    return {
      EnabledControls: items.map(({ id, status }) => ({
        ControlIdentifier: `arn:aws:controltower:us-east-1::control/${id}`,
        StatusSummary: { Status: status },
      })),
      ...next,
    };
  },
  'servicequotas:listServiceQuotas': () => ({
    Quotas: [
      {
        QuotaCode: 'L-E619E033',
        QuotaName: 'Default maximum number of accounts',
        Value: state.quotas.accounts,
      },
      {
        QuotaCode: 'L-1',
        QuotaName: 'Service control policies attached to a target',
        Value: state.quotas.policies,
      },
      {
        QuotaCode: 'L-2',
        QuotaName: 'Service control policy size in characters',
        Value: state.quotas.size,
      },
    ],
  }),
  'ssoadmin:listAccountAssignments': ({ PermissionSetArn, NextToken }: Args) => {
    const others = [{ PermissionSetArn, PrincipalId: 'other', PrincipalType: 'GROUP' }];
    const all = [...others, ...others, ...state.assignments].filter(
      (one) => one.PermissionSetArn === PermissionSetArn,
    );
    const { items, next } = page(all, NextToken);
    return { AccountAssignments: items, ...next };
  },
  'ssoadmin:createAccountAssignment': ({ PermissionSetArn, PrincipalId, PrincipalType }: Args) => {
    state.assignments.push({
      PermissionSetArn: String(PermissionSetArn),
      PrincipalId: String(PrincipalId),
      PrincipalType: String(PrincipalType),
    });
    return {
      AccountAssignmentCreationStatus: {
        Status: 'IN_PROGRESS',
        RequestId: `aaaaaaaa-0000-4000-8000-00000000000${state.assignments.length}`,
      },
    };
  },
  'ssoadmin:describeAccountAssignmentCreationStatus': () => ({
    AccountAssignmentCreationStatus: { Status: 'SUCCEEDED' },
  }),
});
