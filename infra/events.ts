import { EVENT_KINDS } from '../services/ledger/envelope.ts';
import { API_CALL, SERVICE_EVENT } from '../services/ledger/envelopes/kind.ts';

/**
 * The EventBridge rules that feed Jetway, for the embedded AWS and for a real one alike. AWS's own events arrive on
 * the default bus of the account they are about; those of member accounts are forwarded to the bus `jetway`. Every
 * pattern names the account, so that nobody else's event passes. Pure.
 */
export const INBOX_QUEUE = 'jetway-inbox';
export const INBOX_DEAD_LETTERS = 'jetway-inbox-dlq';
/** A message that cannot be handled this often goes to the dead-letter queue. */
export const MAX_RECEIVE_COUNT = 5;
/** A message that was taken and not dealt with comes again after this time. */
export const INBOX_VISIBILITY_SECONDS = 30;
/** As long as SQS keeps a message at all: fourteen days. */
export const DEAD_LETTER_SECONDS = 1_209_600;
/** A day, and as often as EventBridge tries in it; new buses begin with five attempts in five minutes. */
export const RETRY_POLICY = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 } as const;
export const EVENT_BUS = 'jetway';
/** The role by which EventBridge starts state machines. */
export const EVENTS_ROLE = 'jetway-events';

export type RuleTarget = { kind: 'queue' } | { kind: 'state-machine'; name: string };

export type EventRule = {
  name: string;
  description: string;
  bus: 'default' | typeof EVENT_BUS;
  pattern: Record<string, unknown>;
  targets: RuleTarget[];
};

export type RuleContext = {
  managementAccountId: string;
  region: string;
  /** Names of the state machines whose executions are followed. */
  stateMachines: string[];
};

const QUEUE: RuleTarget[] = [{ kind: 'queue' }];

/** Some run once for each account, or instance, and say all there is to say by themselves; of landing-zone a person waits for the end. */
const NOT_FOLLOWED = ['account-reconcile', 'mirror-attach', 'landing-zone'];

export function eventRules(context: RuleContext): EventRule[] {
  const stateMachines = context.stateMachines.filter((name) => !NOT_FOLLOWED.includes(name));
  const executions = stateMachines.length > 0 ? [executionRule({ ...context, stateMachines })] : [];
  return [...managementRules(context), ...executions, ...memberRules(context)];
}

/** What member accounts may say on the bus: what a rule there reads, and nothing else. */
export function forwardedKinds(context: RuleContext): { sources: string[]; detailTypes: string[] } {
  const read = (key: string) =>
    memberRules(context).flatMap(({ pattern }) => (pattern[key] as string[] | undefined) ?? []);
  const unique = (texts: string[]) => [...new Set(texts)].sort();
  return { sources: unique(read('source')), detailTypes: unique(read('detail-type')) };
}

/**
 * Organizations and Account Management are global: CloudTrail delivers what they say in us-east-1
 * alone. From there the same patterns forward it to the home Region.
 */
export const globalRules = (context: RuleContext): EventRule[] =>
  managementRules(context).filter(({ pattern }) =>
    (pattern.source as string[]).every((source) => GLOBAL_SOURCES.has(source)),
  );

const GLOBAL_SOURCES: ReadonlySet<string> = new Set(['aws.organizations', 'aws.account']);

function executionRule({ managementAccountId, region, stateMachines }: RuleContext): EventRule {
  const arn = (name: string) => `arn:aws:states:${region}:${managementAccountId}:stateMachine:${name}`;
  return {
    name: 'jetway-executions',
    description: 'Status of the executions of our state machines.',
    bus: 'default',
    pattern: {
      account: [managementAccountId],
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: stateMachines.map(arn) },
    },
    targets: QUEUE,
  };
}

function managementRules({ managementAccountId }: RuleContext): EventRule[] {
  const account = [managementAccountId];
  const serviceEvent = (source: string, eventName: string[], more: object = {}) =>
    record(account, source, SERVICE_EVENT, { eventName, ...more });
  const apiCall = (source: string) =>
    record(account, source, API_CALL, { eventName: namesOf(source, API_CALL) });
  return [
    {
      name: 'jetway-control-tower',
      description: 'Lifecycle events of Control Tower: accounts, controls, organizational units.',
      bus: 'default',
      pattern: serviceEvent('aws.controltower', namesOf('aws.controltower', SERVICE_EVENT)),
      targets: QUEUE,
    },
    {
      name: 'jetway-control-tower-calls',
      description: 'Who asked Control Tower for what.',
      bus: 'default',
      pattern: apiCall('aws.controltower'),
      targets: QUEUE,
    },
    {
      name: 'jetway-control-tower-drift',
      description: 'Drift that Control Tower found, from landing zone 4.0 on.',
      bus: 'default',
      pattern: { account, source: ['aws.controltower'], 'detail-type': ['Drift Detected'] },
      targets: QUEUE,
    },
    {
      name: 'jetway-account-created',
      description:
        'Accounts that were created, closed, came in or left, whoever asked for it; policies that turned out invalid.',
      bus: 'default',
      pattern: serviceEvent('aws.organizations', namesOf('aws.organizations', SERVICE_EVENT)),
      targets: QUEUE,
    },
    {
      name: 'jetway-account-fence',
      description: 'A new account is fenced at once, before anything else is known of it.',
      bus: 'default',
      pattern: serviceEvent('aws.organizations', ['CreateAccountResult'], {
        serviceEventDetails: { createAccountStatus: { state: ['SUCCEEDED'] } },
      }),
      targets: [{ kind: 'state-machine', name: 'account-fence' }],
    },
    {
      name: 'jetway-organization',
      description: 'Changes of the organization: moves, policies, units.',
      bus: 'default',
      pattern: apiCall('aws.organizations'),
      targets: QUEUE,
    },
    {
      name: 'jetway-service-catalog',
      description: 'Calls that make, change or end provisioned products.',
      bus: 'default',
      pattern: apiCall('aws.servicecatalog'),
      targets: QUEUE,
    },
    {
      name: 'jetway-access',
      description: 'Calls that give or take access to accounts.',
      bus: 'default',
      pattern: apiCall('aws.sso'),
      targets: QUEUE,
    },
    {
      name: 'jetway-stack-sets',
      description: 'Status of stack sets, of their operations and of their instances in every account.',
      bus: 'default',
      pattern: {
        account,
        source: ['aws.cloudformation'],
        'detail-type': [
          'CloudFormation StackSet Status Change',
          'CloudFormation StackSet Operation Status Change',
          'CloudFormation StackSet StackInstance Status Change',
        ],
      },
      targets: QUEUE,
    },
  ];
}

/** Whatever is read is let through; nothing else is, so that the queue is not filled with what would only be kept. */
const namesOf = (source: string, detailType: string): string[] =>
  EVENT_KINDS.filter((kind) => kind.source === source && kind.detailType === detailType).flatMap(
    (kind) => kind.events ?? [],
  );

const record = (account: string[], source: string, detailType: string, detail: object) => ({
  account,
  source: [source],
  'detail-type': [detailType],
  detail,
});

/** On our own bus: its policy lets in the organization's accounts, and no one else. */
function memberRules({ managementAccountId }: RuleContext): EventRule[] {
  const account = [{ 'anything-but': [managementAccountId] }];
  return [
    {
      name: 'jetway-config-compliance',
      description: 'Compliance of resources with Config rules, from every member account.',
      bus: EVENT_BUS,
      pattern: { account, source: ['aws.config'], 'detail-type': ['Config Rules Compliance Change'] },
      targets: QUEUE,
    },
    {
      name: 'jetway-stacks',
      description: 'Status of stacks in member accounts.',
      bus: EVENT_BUS,
      pattern: {
        account,
        source: ['aws.cloudformation'],
        'detail-type': ['CloudFormation Stack Status Change'],
      },
      targets: QUEUE,
    },
    {
      name: 'jetway-stack-drift',
      description: 'Stacks in member accounts that somebody found drifted.',
      bus: EVENT_BUS,
      pattern: {
        account,
        source: ['aws.cloudformation'],
        'detail-type': ['CloudFormation Drift Detection Status Change'],
        detail: { 'status-details': { 'stack-drift-status': ['DRIFTED'] } },
      },
      targets: QUEUE,
    },
    {
      name: 'jetway-config-items',
      description: 'Network interfaces and instances in member accounts, as Config records them.',
      bus: EVENT_BUS,
      pattern: {
        account,
        source: ['aws.config'],
        'detail-type': ['Config Configuration Item Change'],
        detail: {
          configurationItem: { resourceType: ['AWS::EC2::NetworkInterface', 'AWS::EC2::Instance'] },
        },
      },
      targets: QUEUE,
    },
    {
      name: 'jetway-instances',
      description: 'States of instances in member accounts.',
      bus: EVENT_BUS,
      pattern: {
        account,
        source: ['aws.ec2'],
        'detail-type': ['EC2 Instance State-change Notification'],
      },
      targets: QUEUE,
    },
    {
      name: 'jetway-mirror-attach',
      description:
        'Instances that start, stop or end in accounts that forward it: those with the component traffic-mirroring.',
      bus: EVENT_BUS,
      pattern: {
        account,
        source: ['aws.ec2'],
        'detail-type': ['EC2 Instance State-change Notification'],
        detail: { state: ['running', 'stopped', 'terminated'] },
      },
      targets: [{ kind: 'state-machine', name: 'mirror-attach' }],
    },
    {
      name: 'jetway-mirror-interfaces',
      description: 'Further network interfaces of instances in such accounts.',
      bus: EVENT_BUS,
      pattern: {
        account,
        source: ['aws.ec2'],
        'detail-type': [API_CALL],
        detail: { eventName: ['AttachNetworkInterface'] },
      },
      targets: [{ kind: 'state-machine', name: 'mirror-attach' }],
    },
    {
      name: 'jetway-network-calls',
      description: 'Network interfaces and mirror sessions that somebody made, changed or took away.',
      bus: EVENT_BUS,
      pattern: {
        account,
        source: ['aws.ec2'],
        'detail-type': [API_CALL],
        detail: { eventName: namesOf('aws.ec2', API_CALL) },
      },
      targets: QUEUE,
    },
    {
      name: 'jetway-security-findings',
      description: 'What Security Hub judged, and what somebody asked to be done about it.',
      bus: EVENT_BUS,
      pattern: {
        account,
        source: ['aws.securityhub'],
        'detail-type': ['Security Hub Findings - Imported', 'Security Hub Findings - Custom Action'],
        detail: { findings: { Compliance: { Status: ['PASSED', 'WARNING', 'FAILED', 'NOT_AVAILABLE'] } } },
      },
      targets: QUEUE,
    },
  ];
}
