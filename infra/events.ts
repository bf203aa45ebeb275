/**
 * The EventBridge rules that feed Jetway, for the embedded AWS and for a real one alike. AWS's own events arrive on
 * the default bus of the account they are about; those of member accounts are forwarded to the bus `jetway`. Every
 * pattern names the account, so that nobody else's event passes. Pure.
 */
export const INBOX_QUEUE = 'jetway-inbox';
export const INBOX_DEAD_LETTERS = 'jetway-inbox-dlq';
/** A message that cannot be handled this often goes to the dead-letter queue. */
export const MAX_RECEIVE_COUNT = 5;
export const EVENT_BUS = 'jetway';
/** The role by which EventBridge starts state machines. */
export const EVENTS_ROLE = 'jetway-events';
/** The role of the state machines. */
export const VEND_ROLE = 'jetway-vend';

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

export function eventRules(context: RuleContext): EventRule[] {
  const executions = context.stateMachines.length > 0 ? [executionRule(context)] : [];
  return [...managementRules(context), ...executions, ...memberRules(context)];
}

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
    record(account, source, 'AWS Service Event via CloudTrail', { eventName, ...more });
  const apiCall = (source: string, eventName: string[]) =>
    record(account, source, 'AWS API Call via CloudTrail', { eventName });
  return [
    {
      name: 'jetway-control-tower',
      description: 'Lifecycle events of Control Tower: accounts, controls, organizational units.',
      bus: 'default',
      pattern: serviceEvent('aws.controltower', CONTROL_TOWER_EVENTS),
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
      description: 'The end of every account creation, whoever asked for it.',
      bus: 'default',
      pattern: serviceEvent('aws.organizations', ['CreateAccountResult', 'CloseAccountResult']),
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
      pattern: apiCall('aws.organizations', ORGANIZATION_CALLS),
      targets: QUEUE,
    },
    {
      name: 'jetway-service-catalog',
      description: 'Calls that make, change or end provisioned products.',
      bus: 'default',
      pattern: apiCall('aws.servicecatalog', PRODUCT_CALLS),
      targets: QUEUE,
    },
  ];
}

const record = (account: string[], source: string, detailType: string, detail: object) => ({
  account,
  source: [source],
  'detail-type': [detailType],
  detail,
});

const CONTROL_TOWER_EVENTS = [
  'CreateManagedAccount',
  'UpdateManagedAccount',
  'EnableGuardrail',
  'DisableGuardrail',
  'EnableControl',
  'DisableControl',
  'RegisterOrganizationalUnit',
  'DeregisterOrganizationalUnit',
  'SetupLandingZone',
  'UpdateLandingZone',
];

const PRODUCT_CALLS = ['ProvisionProduct', 'UpdateProvisionedProduct', 'TerminateProvisionedProduct'];

const ORGANIZATION_CALLS = [
  'AttachPolicy',
  'CloseAccount',
  'CreateOrganizationalUnit',
  'DeleteOrganizationalUnit',
  'DeletePolicy',
  'DetachPolicy',
  'MoveAccount',
  'RemoveAccountFromOrganization',
  'UpdateOrganizationalUnit',
  'UpdatePolicy',
];

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
  ];
}
