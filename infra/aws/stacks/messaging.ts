import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { CfnEventBus, CfnEventBusPolicy, CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { CfnAlias, CfnKey } from 'aws-cdk-lib/aws-kms';
import { CfnQueue, CfnQueuePolicy } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import {
  DEAD_LETTER_SECONDS,
  EVENT_BUS,
  EVENTS_ROLE,
  type EventRule,
  eventRules,
  forwardedKinds,
  INBOX_DEAD_LETTERS,
  INBOX_QUEUE,
  INBOX_VISIBILITY_SECONDS,
  MAX_RECEIVE_COUNT,
  RETRY_POLICY,
  type RuleTarget,
} from '../../events.ts';
import { JetwayStack } from '../jetway-stack.ts';
import { textOf } from '../parameters.ts';

/** Where events and asks meet: the inbox with its dead letters, the bus that accounts forward to, and the rules. */
export class MessagingStack extends JetwayStack {
  readonly keyArn: string;

  constructor(scope: Construct, stateMachines: string[]) {
    super(scope, 'messaging', { account: 'management', region: 'home' }, 'queues, bus and rules');
    const key = this.key();
    this.keyArn = key.attrArn;
    this.queues(key);
    const bus = this.bus();
    const role = this.eventsRole(stateMachines);
    const context = { managementAccountId: Aws.ACCOUNT_ID, region: Aws.REGION, stateMachines };
    for (const rule of eventRules(context)) this.rule(rule, bus, role);
  }

  private key(): CfnKey {
    const key = new CfnKey(this, 'Key', {
      description: 'Jetway: messages on their way',
      enableKeyRotation: true,
      pendingWindowInDays: 30,
      keyPolicy: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'Account',
            Effect: 'Allow',
            Principal: { AWS: `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:root` },
            Action: 'kms:*',
            Resource: '*',
          },
          {
            Sid: 'RulesAndAlarms',
            Effect: 'Allow',
            Principal: { Service: ['events.amazonaws.com', 'cloudwatch.amazonaws.com'] },
            Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
            Resource: '*',
            Condition: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
          },
        ],
      },
    });
    key.applyRemovalPolicy(RemovalPolicy.RETAIN);
    new CfnAlias(this, 'KeyAlias', { aliasName: 'alias/jetway-messages', targetKeyId: key.ref });
    return key;
  }

  private queues(key: CfnKey): void {
    const dead = new CfnQueue(this, 'DeadLetters', {
      queueName: INBOX_DEAD_LETTERS,
      kmsMasterKeyId: key.ref,
      messageRetentionPeriod: DEAD_LETTER_SECONDS,
      redriveAllowPolicy: {
        redrivePermission: 'byQueue',
        sourceQueueArns: [this.arnOf('sqs', INBOX_QUEUE)],
      },
    });
    const inbox = new CfnQueue(this, 'Inbox', {
      queueName: INBOX_QUEUE,
      kmsMasterKeyId: key.ref,
      messageRetentionPeriod: DEAD_LETTER_SECONDS,
      visibilityTimeout: INBOX_VISIBILITY_SECONDS,
      redrivePolicy: { deadLetterTargetArn: dead.attrArn, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
    for (const [id, queue] of Object.entries({ Inbox: inbox, DeadLetters: dead })) {
      queue.applyRemovalPolicy(RemovalPolicy.RETAIN);
      new CfnQueuePolicy(this, `${id}Policy`, {
        queues: [queue.ref],
        policyDocument: { Version: '2012-10-17', Statement: this.queueStatements(queue.attrArn) },
      });
    }
  }

  /** Our rules may send, both of the default bus and of ours; nobody may without TLS. */
  private queueStatements(arn: string): object[] {
    return [
      {
        Sid: 'Rules',
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: arn,
        Condition: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: {
            'aws:SourceArn': [
              this.arnOf('events', 'rule/jetway-*'),
              this.arnOf('events', `rule/${EVENT_BUS}/jetway-*`),
            ],
          },
        },
      },
      {
        Sid: 'OnlyTls',
        Effect: 'Deny',
        Principal: '*',
        Action: 'sqs:*',
        Resource: arn,
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ];
  }

  /** Accounts of the organization, only with what a rule reads, and both must be said: an absent key matches `ForAllValues`. */
  private bus(): CfnEventBus {
    const bus = new CfnEventBus(this, 'Bus', { name: EVENT_BUS });
    const { sources, detailTypes } = forwardedKinds({
      managementAccountId: Aws.ACCOUNT_ID,
      region: Aws.REGION,
      stateMachines: [],
    });
    new CfnEventBusPolicy(this, 'BusPolicy', {
      eventBusName: bus.ref,
      statementId: 'organization',
      statement: {
        Effect: 'Allow',
        Principal: '*',
        Action: 'events:PutEvents',
        Resource: bus.attrArn,
        Condition: {
          StringEquals: { 'aws:PrincipalOrgID': textOf(this, 'OrganizationId') },
          'ForAllValues:StringEquals': { 'events:source': sources, 'events:detail-type': detailTypes },
          Null: { 'events:source': 'false', 'events:detail-type': 'false' },
        },
      },
    });
    return bus;
  }

  /** EventBridge starts the machines that a rule names, and no others. */
  private eventsRole(stateMachines: string[]): CfnRole {
    const started = eventRules({ managementAccountId: '', region: '', stateMachines }).flatMap(
      ({ targets }) => targets.flatMap((target) => (target.kind === 'state-machine' ? [target.name] : [])),
    );
    return new CfnRole(this, 'EventsRole', {
      roleName: EVENTS_ROLE,
      description: 'EventBridge starts state machines of Jetway with it',
      assumeRolePolicyDocument: this.trustOfOurRules(),
      policies: [
        {
          policyName: 'start',
          policyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Sid: 'Start',
                Effect: 'Allow',
                Action: ['states:StartExecution'],
                Resource: [...new Set(started)].map((name) => this.machineArn(name)),
              },
            ],
          },
        },
      ],
    });
  }

  private machineArn(name: string): string {
    return this.arnOf('states', `stateMachine:${name}`);
  }

  private rule(rule: EventRule, bus: CfnEventBus, role: CfnRole): void {
    const made = new CfnRule(this, rule.name, {
      name: rule.name,
      description: rule.description,
      state: 'ENABLED',
      eventPattern: rule.pattern,
      ...(rule.bus === EVENT_BUS ? { eventBusName: EVENT_BUS } : {}),
      targets: rule.targets.map((target) => this.targetOf(target, role)),
    });
    // By its name: third-party CloudFormation does not follow a reference to a bus.
    if (rule.bus === EVENT_BUS) made.addDependency(bus);
  }

  private targetOf(target: RuleTarget, role: CfnRole): CfnRule.TargetProperty {
    const common = {
      deadLetterConfig: { arn: this.arnOf('sqs', INBOX_DEAD_LETTERS) },
      retryPolicy: {
        maximumEventAgeInSeconds: RETRY_POLICY.MaximumEventAgeInSeconds,
        maximumRetryAttempts: RETRY_POLICY.MaximumRetryAttempts,
      },
    };
    if (target.kind === 'queue') return { id: 'inbox', arn: this.arnOf('sqs', INBOX_QUEUE), ...common };
    return { id: target.name, arn: this.machineArn(target.name), roleArn: role.attrArn, ...common };
  }
}
