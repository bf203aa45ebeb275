import { Aws, CfnCondition, Fn } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { CfnQueue, CfnQueuePolicy } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { DEAD_LETTER_SECONDS, globalRules, RETRY_POLICY } from '../../events.ts';
import { JetwayStack } from '../jetway-stack.ts';
import { textOf } from '../parameters.ts';

/** What global services say is delivered in us-east-1 alone; from there it goes to the home Region's default bus. */
export class ForwardingStack extends JetwayStack {
  constructor(scope: Construct) {
    super(
      scope,
      'forwarding',
      { account: 'management', region: 'us-east-1' },
      'events of global services on their way home; not needed where home is us-east-1',
    );
    const homeBus = `arn:${Aws.PARTITION}:events:${textOf(this, 'HomeRegion')}:${Aws.ACCOUNT_ID}:event-bus/default`;
    const away = new CfnCondition(this, 'HomeIsElsewhere', {
      expression: Fn.conditionNot(Fn.conditionEquals(textOf(this, 'HomeRegion'), Aws.REGION)),
    });
    const dead = this.deadLetters();
    const role = this.role(homeBus);
    const context = { managementAccountId: Aws.ACCOUNT_ID, region: Aws.REGION, stateMachines: [] };
    // Several rules of home read one kind of event: it is forwarded once.
    const patterns = new Map(
      globalRules(context)
        .filter(({ targets }) => targets.some(({ kind }) => kind === 'queue'))
        .map((rule) => [rule.name, rule]),
    );
    for (const { name, description, pattern } of patterns.values()) {
      const rule = new CfnRule(this, name, {
        name: `${name}-home`,
        description,
        // EventBridge refuses a rule whose target is its own bus.
        state: 'ENABLED',
        eventPattern: pattern,
        targets: [
          {
            id: 'home',
            arn: homeBus,
            roleArn: role.attrArn,
            deadLetterConfig: { arn: dead.attrArn },
            retryPolicy: {
              maximumEventAgeInSeconds: RETRY_POLICY.MaximumEventAgeInSeconds,
              maximumRetryAttempts: RETRY_POLICY.MaximumRetryAttempts,
            },
          },
        ],
      });
      rule.cfnOptions.condition = away;
    }
  }

  private deadLetters(): CfnQueue {
    const queue = new CfnQueue(this, 'DeadLetters', {
      queueName: 'jetway-forwarding-dlq',
      sqsManagedSseEnabled: true,
      messageRetentionPeriod: DEAD_LETTER_SECONDS,
    });
    new CfnQueuePolicy(this, 'DeadLettersPolicy', {
      queues: [queue.ref],
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'Rules',
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: queue.attrArn,
            Condition: {
              StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
              ArnLike: { 'aws:SourceArn': this.arnOf('events', 'rule/jetway-*') },
            },
          },
          {
            Sid: 'OnlyTls',
            Effect: 'Deny',
            Principal: '*',
            Action: 'sqs:*',
            Resource: queue.attrArn,
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    });
    return queue;
  }

  private role(homeBus: string): CfnRole {
    return new CfnRole(this, 'Role', {
      roleName: 'jetway-event-forwarder-home',
      description: 'EventBridge carries events of global services to the home Region with it',
      assumeRolePolicyDocument: this.trustOfOurRules(),
      policies: [
        {
          policyName: 'forward',
          policyDocument: {
            Version: '2012-10-17',
            Statement: [
              { Sid: 'Forward', Effect: 'Allow', Action: ['events:PutEvents'], Resource: [homeBus] },
            ],
          },
        },
      ],
    });
  }
}
