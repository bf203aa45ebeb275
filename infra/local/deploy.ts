import { machineRole } from '../../workflows/index.ts';
import {
  DEAD_LETTER_SECONDS,
  EVENT_BUS,
  EVENTS_ROLE,
  type EventRule,
  eventRules,
  INBOX_DEAD_LETTERS,
  INBOX_QUEUE,
  INBOX_VISIBILITY_SECONDS,
  MAX_RECEIVE_COUNT,
  RETRY_POLICY,
  type RuleTarget,
} from '../events.ts';
import type { LocalAws } from './index.ts';
import { type FencePolicies, QUARANTINE_ID, ROOT_FENCE_ID } from './landing-zone.ts';
import { AwsError } from './world.ts';

/** @property definition Amazon States Language as committed: JSON text without substitutions */
export type StateMachineSource = { name: string; definition: string };

type Deployable = Pick<LocalAws, 'dispatcher' | 'caller' | 'landingZone'>;
type Call = <T>(service: string, action: string, input: unknown) => T;

/**
 * What `infra/aws` deploys into a real landing zone, into the embedded one: queues, bus, rules and state machines of the
 * management account, and the functions of Config rules in the audit account.
 * Doing it again changes only what differs; executions under way keep their definition.
 *
 * @param configRules text of the template of the functions; none when it is left out
 */
export function deploy(aws: Deployable, machines: readonly StateMachineSource[], configRules?: string): void {
  const call: Call = <T>(service: string, action: string, input: unknown) =>
    aws.dispatcher.call(service, action, input, aws.caller) as T;
  deployQueues(aws, call);
  for (const machine of machines) deployMachine(aws, call, machine);
  deployBus(call);
  const names = machines.map(({ name }) => name);
  const { managementAccountId, homeRegion: region } = aws.landingZone;
  for (const rule of eventRules({ managementAccountId, region, stateMachines: names })) {
    if (rule.targets.every((target) => target.kind === 'queue' || names.includes(target.name))) {
      deployRule(aws, call, rule);
    }
  }
  if (configRules === undefined) return;
  for (const region of aws.landingZone.governedRegions) deployConfigRules(aws, region, configRules);
}

/** Brings the two policies of the fence up to date: an organization may have them from an earlier version. */
export function deployFence(aws: Deployable, fence: FencePolicies): void {
  const call: Call = <T>(service: string, action: string, input: unknown) =>
    aws.dispatcher.call(service, action, input, aws.caller) as T;
  const wanted = { [ROOT_FENCE_ID]: fence.root, [QUARANTINE_ID]: fence.quarantine };
  for (const [PolicyId, Content] of Object.entries(wanted)) {
    const { Policy } = call<{ Policy: { Content: string } }>('organizations', 'DescribePolicy', { PolicyId });
    if (Policy.Content !== Content) call('organizations', 'UpdatePolicy', { PolicyId, Content });
  }
}

/** The functions of our own Config rules, in the audit account: one stack in each governed Region. */
function deployConfigRules({ dispatcher, landingZone }: Deployable, region: string, TemplateBody: string) {
  const { auditAccountId: accountId, managementAccountId, organizationId } = landingZone;
  const principalArn = `arn:aws:iam::${accountId}:role/AWSControlTowerExecution`;
  const call = <T>(action: string, input: object): T =>
    dispatcher.call('cloudformation', action, input, { accountId, region, principalArn }) as T;
  const parameters = {
    OrganizationId: organizationId,
    OrganizationAccounts: `${managementAccountId},${accountId}`,
    ExternalId: `jetway-audit-${organizationId}`,
  };
  const stack = {
    StackName: 'jetway-config-rules',
    TemplateBody,
    Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    })),
    Capabilities: ['CAPABILITY_NAMED_IAM'],
  };
  const { StackName } = stack;
  const known = found(() => call<{ TemplateBody: string }>('GetTemplate', { StackName }).TemplateBody);
  if (known === undefined) call('CreateStack', stack);
  if (known === undefined || known === TemplateBody) return;
  const [now] = call<{ Stacks: { StackStatus: string }[] }>('DescribeStacks', { StackName }).Stacks;
  // One that is still at work is left to the next start.
  if (/^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(now?.StackStatus ?? '')) call('UpdateStack', stack);
}

const queueArn = ({ landingZone: zone }: Deployable, name: string) =>
  `arn:aws:sqs:${zone.homeRegion}:${zone.managementAccountId}:${name}`;
const machineArn = ({ landingZone: zone }: Deployable, name: string) =>
  `arn:aws:states:${zone.homeRegion}:${zone.managementAccountId}:stateMachine:${name}`;
const roleArn = ({ landingZone: zone }: Deployable, name: string) =>
  `arn:aws:iam::${zone.managementAccountId}:role/${name}`;

function deployQueues(aws: Deployable, call: Call): void {
  const redrive = {
    deadLetterTargetArn: queueArn(aws, INBOX_DEAD_LETTERS),
    maxReceiveCount: MAX_RECEIVE_COUNT,
  };
  const queues = {
    [INBOX_DEAD_LETTERS]: { MessageRetentionPeriod: `${DEAD_LETTER_SECONDS}` },
    [INBOX_QUEUE]: {
      VisibilityTimeout: `${INBOX_VISIBILITY_SECONDS}`,
      RedrivePolicy: JSON.stringify(redrive),
    },
  };
  for (const [QueueName, Attributes] of Object.entries(queues)) {
    const QueueUrl = found(() => call<{ QueueUrl: string }>('sqs', 'GetQueueUrl', { QueueName }).QueueUrl);
    if (QueueUrl) call('sqs', 'SetQueueAttributes', { QueueUrl, Attributes });
    else call('sqs', 'CreateQueue', { QueueName, Attributes });
  }
}

function deployMachine(aws: Deployable, call: Call, { name, definition }: StateMachineSource): void {
  const stateMachineArn = machineArn(aws, name);
  const role = roleArn(aws, machineRole(name));
  const known = found(() =>
    call<{ definition: string; roleArn: string }>('stepfunctions', 'DescribeStateMachine', {
      stateMachineArn,
    }),
  );
  if (!known) call('stepfunctions', 'CreateStateMachine', { name, definition, roleArn: role });
  else if (known.definition !== definition || known.roleArn !== role) {
    call('stepfunctions', 'UpdateStateMachine', { stateMachineArn, definition, roleArn: role });
  }
}

function deployBus(call: Call): void {
  if (found(() => call('events', 'DescribeEventBus', { Name: EVENT_BUS }))) return;
  call('events', 'CreateEventBus', { Name: EVENT_BUS });
}

function deployRule(aws: Deployable, call: Call, rule: EventRule): void {
  call('events', 'PutRule', {
    Name: rule.name,
    Description: rule.description,
    EventBusName: rule.bus,
    EventPattern: JSON.stringify(rule.pattern),
    State: 'ENABLED',
  });
  const Targets = rule.targets.map((target) => targetOf(aws, target));
  call('events', 'PutTargets', { Rule: rule.name, EventBusName: rule.bus, Targets });
}

function targetOf(aws: Deployable, target: RuleTarget) {
  const DeadLetterConfig = { Arn: queueArn(aws, INBOX_DEAD_LETTERS) };
  const common = { DeadLetterConfig, RetryPolicy: RETRY_POLICY };
  if (target.kind === 'queue') return { Id: 'inbox', Arn: queueArn(aws, INBOX_QUEUE), ...common };
  return {
    Id: target.name,
    Arn: machineArn(aws, target.name),
    RoleArn: roleArn(aws, EVENTS_ROLE),
    ...common,
  };
}

/** What a look-up finds; undefined when AWS says that there is none. */
function found<T>(lookUp: () => T): T | undefined {
  try {
    return lookUp();
  } catch (error) {
    const none = ['QueueDoesNotExist', 'StateMachineDoesNotExist', 'ResourceNotFoundException'];
    if (!(error instanceof AwsError)) throw error;
    const isNoStack = error.code === 'ValidationError' && error.message.includes('does not exist');
    if (none.includes(error.code) || isNoStack) return undefined;
    throw error;
  }
}
