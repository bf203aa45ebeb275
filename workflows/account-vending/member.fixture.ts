import { ACCOUNT_ID, type Args, page, raise } from './answers.fixture.ts';

export type Stack = {
  StackId: string;
  StackName: string;
  StackStatus: string;
  Tags: { Key: string; Value: string }[];
  Parameters: { ParameterKey: string; ParameterValue: string }[];
  Outputs?: { OutputKey: string; OutputValue: string }[];
};

export type Vpc = {
  VpcId: string;
  OwnerId: string;
  CidrBlock: string;
  IsDefault: boolean;
  Tags: Stack['Tags'];
};

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
  vpcs: Vpc[];
  /** By stack. */
  outputs: Map<string, { OutputKey: string; OutputValue: string }[]>;
  /** Trust documents of roles, by name. */
  trusts: Map<string, object>;
};

/** A VPC of the account, of a stack or of none. */
export const vpcOf = (VpcId: string, stackId?: string, more: Partial<Vpc> = {}): Vpc => ({
  VpcId,
  OwnerId: ACCOUNT_ID,
  CidrBlock: '10.16.0.0/22',
  IsDefault: false,
  Tags: stackId === undefined ? [] : [{ Key: 'aws:cloudformation:stack-id', Value: stackId }],
  ...more,
});

/** The new account itself. A stack takes one look to be done; one that is `failing` rolls back. */
export function memberAnswers(state: MemberState) {
  const put = (StackStatus: string, args: Args, before?: Stack) => {
    const { StackName, Tags, Parameters } = args as unknown as Stack;
    const StackId = `arn:aws:cloudformation:us-east-1:${ACCOUNT_ID}:stack/${StackName}/1`;
    const Outputs = state.outputs.get(StackName) ?? [];
    const stack = { StackId, StackName, StackStatus, Outputs };
    state.stacks.set(StackName, { ...stack, ...(before ?? { Tags, Parameters }), StackStatus });
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
    'cloudformation:createStack': (args: Args) => {
      if (state.stacks.has(String(args.StackName)))
        raise('CloudFormation.AlreadyExistsException', 'Stack already exists');
      return put('CREATE_IN_PROGRESS', args);
    },
    'cloudformation:updateStack': (args: Args) => {
      const before = read(args.StackName);
      return put('UPDATE_IN_PROGRESS', args, state.failing.has(before.StackName) ? before : undefined);
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
    'iam:getRole': ({ RoleName }: Args) => ({
      Role: {
        RoleName,
        AssumeRolePolicyDocument: encodeURIComponent(
          JSON.stringify(
            state.trusts.get(String(RoleName)) ??
              raise('Iam.NoSuchEntityException', `The role with name ${RoleName} cannot be found.`),
          ),
        ),
      },
    }),
    'ec2:describeVpcs': ({ NextToken }: Args) => {
      const planned = state.stacks.get('jetway-vpc');
      const made = planned ? [vpcOf('vpc-0planned', planned.StackId)] : [];
      const { items, next } = page([...made, ...state.vpcs], NextToken);
      return { Vpcs: items, ...next };
    },
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
