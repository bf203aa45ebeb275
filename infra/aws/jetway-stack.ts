import { Aws, BootstraplessSynthesizer, type IStackSynthesizer, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Where a stack is deployed, for the list that people without CDK follow.
 * @property account an account of the landing zone
 * @property region home, us-east-1 alone, or each governed one
 */
export type Target = { account: 'management' | 'log-archive' | 'audit'; region: 'home' | 'us-east-1' };

/**
 * A stack whose template stands on its own: no bootstrap stack, no assets, no metadata. Whoever has the text can
 * deploy it.
 */
export class JetwayStack extends Stack {
  readonly target: Target;

  constructor(scope: Construct, name: string, target: Target, description: string) {
    super(scope, `jetway-${name}`, {
      stackName: `jetway-${name}`,
      description: `Jetway: ${description}`,
      synthesizer: new BootstraplessSynthesizer() as IStackSynthesizer,
      analyticsReporting: false,
    });
    this.target = target;
  }

  /** ARN of something in this account and Region. @example arnOf('sqs', 'jetway-inbox') */
  arnOf(service: string, resource: string): string {
    return `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;
  }

  /** Who takes on a role of EventBridge: it, for rules of ours in this account and Region. */
  trustOfOurRules() {
    return {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sts:AssumeRole',
          Condition: {
            StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
            ArnLike: { 'aws:SourceArn': this.arnOf('events', 'rule/jetway-*') },
          },
        },
      ],
    };
  }
}
