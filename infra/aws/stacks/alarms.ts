import { Aws, CfnCondition, Duration, Fn } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  TextWidget,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { CfnMetricFilter } from 'aws-cdk-lib/aws-logs';
import { CfnSubscription, CfnTopic, CfnTopicPolicy, type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { FIGURES_LINE, type WatchedFigure } from '../../../services/telemetry/figures.ts';
import { INBOX_DEAD_LETTERS, INBOX_QUEUE } from '../../events.ts';
import { ALARMS, type AlarmName } from '../alarm-names.ts';
import { JetwayStack } from '../jetway-stack.ts';
import { textOf } from '../parameters.ts';
import type { DataStack } from './data.ts';
import type { MessagingStack } from './messaging.ts';
import type { ServiceStack } from './service.ts';

type Given = { service: ServiceStack; data: DataStack; messaging: MessagingStack; machines: string[] };

/** Who is told, of what, and one page to look at then. docs/operations.md has a section for each alarm. */
export class AlarmsStack extends JetwayStack {
  private readonly topic: ITopic;

  constructor(scope: Construct, given: Given) {
    super(scope, 'alarms', { account: 'management', region: 'home' }, 'alarms and the dashboard');
    this.topic = this.recipients(given.messaging.keyArn);
    const metrics = [...metricsOf(given), ...this.figures(given.service.workerLog.logGroupName)];
    for (const watched of metrics) this.alarm(watched);
    this.dashboard(metrics);
  }

  private recipients(keyArn: string): ITopic {
    const topic = new CfnTopic(this, 'Topic', {
      topicName: 'jetway-alarms',
      kmsMasterKeyId: keyArn,
    });
    new CfnTopicPolicy(this, 'TopicPolicy', {
      topics: [topic.ref],
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'Alarms',
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: 'sns:Publish',
            Resource: topic.ref,
            Condition: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
          },
          {
            Sid: 'OnlyTls',
            Effect: 'Deny',
            Principal: '*',
            Action: 'sns:Publish',
            Resource: topic.ref,
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    });
    const endpoint = textOf(this, 'AlarmEmail');
    const mail = new CfnSubscription(this, 'Mail', { topicArn: topic.ref, protocol: 'email', endpoint });
    mail.cfnOptions.condition = new CfnCondition(this, 'HasMail', {
      expression: Fn.conditionNot(Fn.conditionEquals(endpoint, '')),
    });
    return Topic.fromTopicArn(this, 'Recipients', topic.ref);
  }

  /** Workers write every minute how the installation stands; the log becomes metrics of its own. */
  private figures(logGroupName: string): Watched[] {
    return FIGURES.map(({ name, figure, statistic }) => {
      new CfnMetricFilter(this, `Figure-${name}`, {
        logGroupName,
        filterPattern: `{ $.msg = "${FIGURES_LINE}" }`,
        metricTransformations: [
          { metricNamespace: NAMESPACE, metricName: name, metricValue: `$.figures.${figure}` },
        ],
      });
      return { name, metric: metric(NAMESPACE, name, {}, statistic) };
    });
  }

  private alarm({ name, of, metric }: Watched): void {
    const { threshold, minutes, below, silenceIsBad, description } = ALARMS[name];
    const id = of === undefined ? name : `${name}-${of}`;
    const alarm = new Alarm(this, id, {
      alarmName: `jetway-${id}`,
      alarmDescription: `${description} Runbook: docs/operations.md#${name}`,
      metric,
      threshold,
      evaluationPeriods: minutes,
      datapointsToAlarm: minutes,
      comparisonOperator: below
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: silenceIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
  }

  private dashboard(metrics: readonly Watched[]): void {
    const board = new Dashboard(this, 'Dashboard', { dashboardName: 'jetway' });
    board.addWidgets(
      new TextWidget({
        markdown: '# Jetway\nEach graph is an alarm; docs/operations.md says what to do.',
        width: 24,
        height: 2,
      }),
    );
    for (const name of Object.keys(ALARMS) as AlarmName[]) {
      const left = metrics.filter((one) => one.name === name).map(({ metric }) => metric);
      board.addWidgets(new GraphWidget({ title: name, left, width: 8, height: 6 }));
    }
  }
}

/** @property of which of several things that one alarm is about */
type Watched = { name: AlarmName; of?: string; metric: IMetric };

const NAMESPACE = 'Jetway';

/** Every worker writes the same figures, so the largest is the figure; `no-figures` counts the lines. */
const FIGURES: readonly { name: AlarmName; figure: WatchedFigure; statistic: string }[] = [
  { name: 'no-figures', figure: 'inProgress', statistic: 'SampleCount' },
  { name: 'stuck-vends', figure: 'stuck', statistic: 'Maximum' },
  { name: 'quarantined', figure: 'quarantined', statistic: 'Maximum' },
  { name: 'accounts-drifted', figure: 'drifted', statistic: 'Maximum' },
  { name: 'reconcile-late', figure: 'readingAgeSeconds', statistic: 'Maximum' },
  { name: 'reconcile-drift', figure: 'differences', statistic: 'Maximum' },
  { name: 'outbox-behind', figure: 'outboxBehindSeconds', statistic: 'Maximum' },
  { name: 'outbox-failing', figure: 'outboxFailing', statistic: 'Maximum' },
];

const A_MINUTE = Duration.minutes(1);

const metric = (
  namespace: string,
  metricName: string,
  dimensionsMap: Record<string, string>,
  statistic = 'Sum',
): Metric => new Metric({ namespace, metricName, dimensionsMap, statistic, period: A_MINUTE });

const queue = (name: string, metricName: string) =>
  metric('AWS/SQS', metricName, { QueueName: name }, 'Maximum');

function metricsOf({ service, data, machines }: Given): Watched[] {
  const LoadBalancer = service.balancerName;
  const balancer = (metricName: string) => metric('AWS/ApplicationELB', metricName, { LoadBalancer });
  return [
    { name: 'queue-age', metric: queue(INBOX_QUEUE, 'ApproximateAgeOfOldestMessage') },
    { name: 'dead-letters', metric: queue(INBOX_DEAD_LETTERS, 'ApproximateNumberOfMessagesVisible') },
    ...machines.map((of, nth) => ({
      name: 'machine-failed' as const,
      of,
      metric: endedBadly(service.arnOf('states', `stateMachine:${of}`), of, nth),
    })),
    {
      name: 'machines-throttled',
      metric: metric('AWS/States', 'ThrottledEvents', { ServiceMetric: 'StateTransition' }),
    },
    {
      name: 'error-rate',
      metric: new MathExpression({
        expression: 'IF(requests > 20, 100 * errors / requests, 0)',
        usingMetrics: {
          errors: balancer('HTTPCode_Target_5XX_Count'),
          requests: balancer('RequestCount'),
        },
        period: A_MINUTE,
        label: 'answers that failed, in percent',
      }),
    },
    {
      name: 'no-api',
      metric: metric(
        'AWS/ApplicationELB',
        'HealthyHostCount',
        { LoadBalancer, TargetGroup: service.targetGroupName },
        'Minimum',
      ),
    },
    {
      name: 'database-full',
      metric: metric('AWS/RDS', 'ACUUtilization', { DBClusterIdentifier: data.clusterId }, 'Maximum'),
    },
  ];
}

/** One alarm takes ten metrics at most, so each machine has its own. */
const endedBadly = (StateMachineArn: string, label: string, nth: number): IMetric =>
  new MathExpression({
    expression: `failed${nth} + aborted${nth} + timedOut${nth}`,
    // All machines share one graph, where each name stands for one metric.
    usingMetrics: {
      [`failed${nth}`]: metric('AWS/States', 'ExecutionsFailed', { StateMachineArn }),
      [`aborted${nth}`]: metric('AWS/States', 'ExecutionsAborted', { StateMachineArn }),
      [`timedOut${nth}`]: metric('AWS/States', 'ExecutionsTimedOut', { StateMachineArn }),
    },
    period: A_MINUTE,
    label,
  });
