import { TaskError } from '../../infra/local/engine/engine.ts';
import type { AccountPlan } from '../../services/planning/plan.schema.ts';

type Args = Record<string, never> & { [key: string]: unknown };
type Stack = {
  StackId: string;
  StackName: string;
  StackStatus: string;
  Tags: { Key: string; Value: string }[];
};

const raise = (error: string, cause: string): never => {
  throw new TaskError(error, cause);
};

/** Lists come in pages of two, so that every paging loop turns. */
function page<T>(
  items: readonly T[],
  token: unknown,
  size = 2,
): { items: T[]; next: { NextToken?: string } } {
  const from = token === undefined ? 0 : Number(token);
  const next = from + size < items.length ? { NextToken: String(from + size) } : {};
  return { items: items.slice(from, from + size), next };
}

export const ACCOUNT_ID = '444455556666';

/** What the vend meets when everything goes well. Tests change it, or script single answers around it. */
export function vendingWorld(plan: AccountPlan) {
  const state = {
    unitName: plan.organization.organizationalUnitName,
    baseline: 'SUCCEEDED',
    versionActive: true,
    quotas: { accounts: 10, policies: 5, size: 5120 },
    accounts: ['111122223333', '222233334444', '333344445555'].map((Id) => ({
      Id,
      Name: `account ${Id}`,
      Email: `${Id}@example.com`,
      State: 'ACTIVE',
    })),
    /** Where the new account is left. */
    parent: plan.account.organizationalUnitId,
    product: undefined as undefined | { status: string; record: string },
    record: { status: 'SUCCEEDED', errors: [] as { Code: string; Description: string }[], outputs: true },
    policies: [
      { Id: 'p-FullAWSAccess', Name: 'FullAWSAccess' },
      { Id: plan.fence.quarantinePolicyId, Name: 'jetway-quarantine' },
      { Id: 'p-rootfence1', Name: 'jetway-root-fence' },
    ],
    contents: new Map<string, string>(),
    attached: ['p-FullAWSAccess'],
    tags: {} as Record<string, string>,
    stacks: new Map<string, Stack>(),
    failing: new Set<string>(),
    trail: {
      IsOrganizationTrail: true,
      IsMultiRegionTrail: true,
      LogFileValidationEnabled: true,
      logging: true,
    },
    recording: true,
    rules: [...plan.guardrails.detective.map((rule) => rule.ruleName), 'other-rule', 'third-rule'],
    controls: new Map<string, { id: string; status: string }[]>([
      [
        plan.organization.organizationalUnitArn,
        [
          { id: 'AWS-GR_CLOUDTRAIL_CHANGE_PROHIBITED', status: 'SUCCEEDED' },
          { id: 'AWS-GR_EBS_OPTIMIZED', status: 'FAILED' },
          { id: 'AWS-GR_AUDIT_BUCKET', status: 'SUCCEEDED' },
        ],
      ],
      [
        plan.organization.organizationalUnitArn.replace(
          plan.account.organizationalUnitId,
          'ou-ab12-workloads',
        ),
        [{ id: 'AWS-GR_REGION_DENY', status: 'SUCCEEDED' }],
      ],
    ]),
    assignments: [] as { PermissionSetArn: string; PrincipalId: string; PrincipalType: string }[],
    provisionings: 0,
  };

  const createAccount = () => {
    if (!state.accounts.some((account) => account.Id === ACCOUNT_ID)) {
      const { name: Name, email } = plan.account;
      // AWS keeps the case that it was given; we compare without it.
      state.accounts.push({ Id: ACCOUNT_ID, Name, Email: email.toUpperCase(), State: 'ACTIVE' });
    }
  };

  const catalog = {
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
  };

  const organizations = {
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
      for (const { Key, Value } of Tags as unknown as { Key: string; Value: string }[])
        state.tags[Key] = Value;
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
  };

  const governance = {
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
  };

  return { state, createAccount, calls: { ...catalog, ...organizations, ...governance, ...member(state) } };
}

type MemberState = {
  stacks: Map<string, Stack>;
  failing: Set<string>;
  trail: {
    IsOrganizationTrail: boolean;
    IsMultiRegionTrail: boolean;
    LogFileValidationEnabled: boolean;
    logging: boolean;
  };
  recording: boolean;
  rules: string[];
};

/** The new account itself. A stack takes one look to be done; one that is `failing` rolls back. */
function member(state: MemberState) {
  const put = (StackName: string, StackStatus: string, Tags: Stack['Tags']) => {
    const StackId = `arn:aws:cloudformation:us-east-1:${ACCOUNT_ID}:stack/${StackName}/1`;
    state.stacks.set(StackName, { StackId, StackName, StackStatus, Tags });
    return { StackId };
  };
  const settle = (stack: Stack): void => {
    const failed = state.failing.has(stack.StackName);
    if (stack.StackStatus === 'CREATE_IN_PROGRESS') {
      stack.StackStatus = failed ? 'ROLLBACK_COMPLETE' : 'CREATE_COMPLETE';
    } else if (stack.StackStatus === 'UPDATE_IN_PROGRESS') {
      stack.StackStatus = failed ? 'UPDATE_ROLLBACK_COMPLETE' : 'UPDATE_COMPLETE';
    } else if (stack.StackStatus === 'DELETE_IN_PROGRESS') {
      if (failed) stack.StackStatus = 'DELETE_FAILED';
      else state.stacks.delete(stack.StackName);
    }
  };
  const read = (name: unknown): Stack =>
    state.stacks.get(String(name)) ??
    raise(
      'CloudFormation.CloudFormationException',
      `Stack with id ${name} does not exist (Status Code: 400)`,
    );

  return {
    'cloudformation:describeStacks': ({ StackName }: Args) => {
      const seen = { ...read(StackName) };
      settle(read(StackName));
      return { Stacks: [seen] };
    },
    'cloudformation:createStack': ({ StackName, Tags }: Args) => {
      if (state.stacks.has(String(StackName)))
        raise('CloudFormation.AlreadyExistsException', 'Stack already exists');
      return put(String(StackName), 'CREATE_IN_PROGRESS', Tags as unknown as Stack['Tags']);
    },
    'cloudformation:updateStack': ({ StackName, Tags }: Args) => {
      const before = read(StackName);
      const tags = state.failing.has(String(StackName)) ? before.Tags : (Tags as unknown as Stack['Tags']);
      return put(String(StackName), 'UPDATE_IN_PROGRESS', tags);
    },
    'cloudformation:deleteStack': ({ StackName }: Args) => {
      const stack = read(StackName);
      stack.StackStatus = 'DELETE_IN_PROGRESS';
      return {};
    },
    'cloudformation:describeStackEvents': () => ({
      StackEvents: [
        {
          LogicalResourceId: 'Vpc',
          ResourceStatus: 'CREATE_FAILED',
          ResourceStatusReason: 'Resource creation cancelled',
        },
        {
          LogicalResourceId: 'Role',
          ResourceStatus: 'CREATE_FAILED',
          ResourceStatusReason: 'The role is not allowed.',
        },
        { LogicalResourceId: 'stack', ResourceStatus: 'CREATE_IN_PROGRESS' },
      ],
    }),
    'cloudtrail:describeTrails': () => ({
      TrailList: [
        { TrailARN: 'arn:aws:cloudtrail:us-east-1:444455556666:trail/local', IsOrganizationTrail: false },
        { TrailARN: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/organization', ...state.trail },
      ],
    }),
    'cloudtrail:getTrailStatus': () => ({ IsLogging: state.trail.logging }),
    'config:describeConfigurationRecorders': () => ({
      ConfigurationRecorders: [{ Name: 'aws-controltower' }],
    }),
    'config:describeConfigurationRecorderStatus': () => ({
      ConfigurationRecordersStatus: [{ Name: 'aws-controltower', Recording: state.recording }],
    }),
    'config:describeDeliveryChannels': () => ({ DeliveryChannels: [{ Name: 'aws-controltower' }] }),
    'config:describeConfigRules': ({ NextToken }: Args) => {
      const { items, next } = page(state.rules, NextToken);
      return {
        ConfigRules: items.map((ConfigRuleName) => ({ ConfigRuleName, ConfigRuleState: 'ACTIVE' })),
        ...next,
      };
    },
  };
}
