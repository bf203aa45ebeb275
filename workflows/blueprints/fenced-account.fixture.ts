import { accountService } from '../../infra/local/services/account.ts';
import { enrolAccount, putLogBuckets } from '../../infra/local/services/account-baseline.ts';
import { type AccountResource, GLOBAL, listResources } from '../../infra/local/services/account-resources.ts';
import {
  ALLOW_ALL,
  attachPolicy,
  call,
  joinOrganization,
  MEMBER,
  REGION,
  roleCaller,
  testWorld,
  withFunctions,
} from '../../infra/local/services/account-test-world.ts';
import { resourceType } from '../../infra/local/services/cloudformation/resources/registry.ts';
import type { IamAction } from '../../infra/local/services/cloudformation/resources/resource-type.ts';
import type { JsonObject } from '../../infra/local/services/cloudformation/template/template.ts';
import { cloudFormationService } from '../../infra/local/services/cloudformation.ts';
import { deleteDeliveryChannel, deleteRecorder } from '../../infra/local/services/config/rules.ts';
import { configService } from '../../infra/local/services/config.ts';
import { ec2Service } from '../../infra/local/services/ec2.ts';
import { iamService } from '../../infra/local/services/iam-api.ts';
import { s3ControlService } from '../../infra/local/services/s3control.ts';
import type { ServiceModule, World } from '../../infra/local/world.ts';
import { quarantinePolicy, rootFencePolicy } from '../../services/guardrails/fence.ts';
import type { Artifact } from '../artifacts.ts';

const MINUTES = 60_000;
type Output = { OutputKey: string; OutputValue: string };
type Stacks = { Stacks: { StackStatus: string; StackStatusReason?: string; Outputs: Output[] }[] };
type Events = { StackEvents: { LogicalResourceId: string; ResourceStatusReason?: string }[] };
type Deployable = {
  name: string;
  parameters: Record<string, string>;
  region?: string;
  stackSetName?: string;
};

/**
 * An account behind the fence, in quarantine, as the workflow finds it; and these templates, published.
 *
 * @param recorded whether Control Tower manages AWS Config in it
 */
export function fencedAccount(artifacts: readonly Artifact[], { recorded } = { recorded: true }) {
  const published = Object.fromEntries(artifacts.map(({ fileName, text }) => [fileName, text]));
  const t = testWorld(published, [REGION, 'eu-west-1']);
  const service = cloudFormationService(t.world);
  configService(t.world);
  const reached = [accountService, ec2Service, iamService, s3ControlService];
  withFunctions(
    t,
    reached.map((one) => one(t.world)),
  );
  joinOrganization(t.world, MEMBER);
  const statements = (content: string): unknown[] => JSON.parse(content).Statement;
  const rootFence = rootFencePolicy({ organizationId: 'o-exampleorg1', rootId: 'r-ab12' });
  attachPolicy(t.world, 'r-ab12', 'FullAWSAccess', [ALLOW_ALL]);
  attachPolicy(t.world, 'r-ab12', 'jetway-root-fence', statements(rootFence));
  attachPolicy(t.world, MEMBER, 'FullAWSAccess', [ALLOW_ALL]);
  attachPolicy(t.world, MEMBER, 'jetway-quarantine', statements(quarantinePolicy()));
  enrolAccount(t.world, MEMBER);
  t.world.store.transaction(() => {
    putLogBuckets(t.world);
    if (recorded) return;
    deleteDeliveryChannel(t.world.store, MEMBER, REGION);
    deleteRecorder(t.world.store, MEMBER, REGION);
  });
  t.start();

  /** Makes the stack, lets it finish, and says how it ended: with every reason, when it did not end well. */
  const deploy = (component: Deployable, role = roleFor(component)): string[] => {
    const { name, parameters, region = REGION } = component;
    const caller = { ...roleCaller(role), region };
    const StackName = `jetway-${name}`;
    const fileName = artifacts.find(({ component }) => component === name)?.fileName ?? name;
    const input = {
      StackName,
      TemplateURL: `https://jetway-artifacts.s3.us-east-1.amazonaws.com/${fileName}`,
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    };
    call(t.world, service, 'CreateStack', input, caller);
    t.pass(30 * MINUTES);
    const [stack] = call<Stacks>(t.world, service, 'DescribeStacks', { StackName }, caller).Stacks;
    if (stack?.StackStatus === 'CREATE_COMPLETE') return ['CREATE_COMPLETE'];
    const { StackEvents } = call<Events>(t.world, service, 'DescribeStackEvents', { StackName }, caller);
    return StackEvents.map((event) => `${event.LogicalResourceId}: ${event.ResourceStatusReason ?? ''}`);
  };
  const count = (type: string): number => listResources(t.world.store, MEMBER, REGION, type).length;
  /** The calls that CloudFormation made, or will make to delete it all, with the role of the stack. */
  const calls = (): StackCall[] =>
    [REGION, GLOBAL]
      .flatMap((region) => listResources(t.world.store, MEMBER, region))
      .filter(({ stackId }) => stackId !== undefined)
      .flatMap((resource) => callsFor(t.world, resource));
  /** Names of the roles that stacks made. */
  const roles = (): string[] =>
    listResources(t.world.store, MEMBER, GLOBAL, 'AWS::IAM::Role')
      .filter(({ stackId }) => stackId !== undefined)
      .map(({ id }) => id);
  /** What the stack of a component says, by the names of its outputs. */
  const outputs = (name: string): Record<string, string> => {
    const input = { StackName: `jetway-${name}` };
    const [stack] = call<Stacks>(
      t.world,
      service,
      'DescribeStacks',
      input,
      roleCaller('jetway-execution'),
    ).Stacks;
    return Object.fromEntries((stack?.Outputs ?? []).map((one) => [one.OutputKey, one.OutputValue]));
  };
  return {
    deploy,
    count,
    outputs,
    roles,
    calls,
    /** Asks another service in the account, as the workflow does when it verifies. */
    ask: <T>(other: (world: typeof t.world) => ServiceModule, action: string, input: object): T =>
      call<T>(t.world, other(t.world), action, input, roleCaller('jetway-execution')),
  };
}

/**
 * The execution role is made with what Account Factory leaves behind, everything else at home with the execution
 * role, and elsewhere with the role of stack sets.
 */
function roleFor({ name, stackSetName }: Deployable): string {
  if (stackSetName !== undefined) return 'stacksets-exec-0123456789abcdef';
  return name === 'execution-role' ? 'AWSControlTowerExecution' : 'jetway-execution';
}

type StackCall = IamAction & { context: Record<string, string> };

function callsFor(world: World, { type, id, properties, stackId = '' }: AccountResource): StackCall[] {
  const place = { world, accountId: MEMBER, region: REGION, stackName: 'jetway', stackId, logicalId: id };
  const resource = resourceType(type);
  const context = callContext(type, properties);
  const made = resource.actions({ ...place, properties: properties as JsonObject });
  const removal = resource.deleteAction(place, id);
  const isAnother = made.every(({ action }) => action !== removal.action);
  return (isAnother ? [...made, removal] : made).map((call) => ({ ...call, context }));
}

/** What IAM's conditions see of these calls. */
function callContext(type: string, properties: AccountResource['properties']): Record<string, string> {
  const [policyArn] = (properties.ManagedPolicyArns ?? []) as string[];
  return {
    'iam:PassedToService': `${type.split('::')[1]?.toLowerCase()}.amazonaws.com`,
    ...(policyArn === undefined ? {} : { 'iam:PolicyARN': policyArn }),
    ...(properties.AWSServiceName === undefined
      ? {}
      : { 'iam:AWSServiceName': String(properties.AWSServiceName) }),
  };
}
