import { Aws, CfnCondition, CfnOutput, Duration, Fn, RemovalPolicy } from 'aws-cdk-lib';
import { AdjustmentType } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  AwsLogDriver,
  type CfnService,
  Cluster,
  type ContainerDefinition,
  ContainerImage,
  ContainerInsights,
  Secret as ContainerSecret,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  type ICluster,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import {
  ApplicationLoadBalancer,
  ApplicationProtocol,
  type CfnLoadBalancer,
  ListenerCertificate,
  SslPolicy,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { CfnRole, Role } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { EVENT_BUS, INBOX_DEAD_LETTERS, INBOX_QUEUE } from '../../events.ts';
import { START_FLAGS } from '../../start-flags.mjs';
import { JetwayStack } from '../jetway-stack.ts';
import { LOG_RETENTION_DAYS, MACHINE_ALIAS } from '../names.ts';
import { textOf } from '../parameters.ts';
import {
  apiPolicy,
  migratePolicy,
  type ServiceResources,
  workerPolicy,
} from '../permissions/service-policy.ts';
import type { Statement } from '../permissions/statement.ts';
import { DATABASE_LOGIN, DATABASE_NAME, type DataStack } from './data.ts';
import type { MessagingStack } from './messaging.ts';
import type { NetworkStack } from './network.ts';

const PORT = 8080;
/** A worker more for each step: messages of approvals must not wait behind a flood of findings. */
const QUEUE_AGE_STEPS = [
  { upper: 10, change: -1 },
  { lower: 60, change: 1 },
  { lower: 300, change: 3 },
];

type Role_ = 'api' | 'worker' | 'migrate';
type Given = { network: NetworkStack; data: DataStack; messaging: MessagingStack; machines: string[] };

/** One image in three parts: what people reach, what works, and what brings the schema up to date. */
export class ServiceStack extends JetwayStack {
  readonly balancerName: string;
  readonly targetGroupName: string;
  readonly workerLog: LogGroup;
  private readonly given: Given;
  private readonly cluster: Cluster;

  constructor(scope: Construct, given: Given) {
    super(scope, 'service', { account: 'management', region: 'home' }, 'the service itself');
    this.given = given;
    this.cluster = new Cluster(this, 'Cluster', {
      clusterName: 'jetway',
      vpc: given.network.vpc,
      containerInsightsV2: ContainerInsights.ENABLED,
    });
    const resources = this.resources();
    const api = this.task('api', apiPolicy(resources), { cpu: 512, memory: 1024 });
    const worker = this.task('worker', workerPolicy(resources), { cpu: 1024, memory: 2048 });
    const migrate = this.task('migrate', migratePolicy(resources), { cpu: 256, memory: 512 });
    this.workerLog = worker.log;
    const balancer = this.balancer(this.service('api', api.task));
    this.balancerName = balancer.name;
    this.targetGroupName = balancer.targets;
    this.scaleWorker(this.service('worker', worker.task));
    new CfnOutput(this, 'MigrateTaskArn', { value: migrate.task.taskDefinitionArn });
  }

  private resources(): ServiceResources {
    const { data, messaging } = this.given;
    // It takes its orders from a person with rights of their own: the service can neither start nor read it.
    const machines = this.given.machines.filter((name) => name !== 'landing-zone');
    return {
      machineArns: machines.flatMap((name) => [
        this.arnOf('states', `stateMachine:${name}`),
        this.arnOf('states', `stateMachine:${name}:${MACHINE_ALIAS}`),
      ]),
      executionArns: machines.map((name) => this.arnOf('states', `execution:${name}:*`)),
      inboxArn: this.arnOf('sqs', INBOX_QUEUE),
      deadLettersArn: this.arnOf('sqs', INBOX_DEAD_LETTERS),
      busArn: this.arnOf('events', `event-bus/${EVENT_BUS}`),
      messagesKeyArn: messaging.keyArn,
      dataKeyArn: data.keyArn,
      signingKeyArn: data.signingKeyArn,
      databaseSecretArn: data.databaseSecretArn,
      checkpointBucketArn: data.checkpointBucketArn,
    };
  }

  private role(id: string, description: string, statements: Statement[]): CfnRole {
    return new CfnRole(this, id, {
      description,
      maxSessionDuration: 3600,
      assumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'ecs-tasks.amazonaws.com' },
            Action: 'sts:AssumeRole',
            Condition: {
              StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
              ArnLike: { 'aws:SourceArn': this.arnOf('ecs', '*') },
            },
          },
        ],
      },
      policies: [{ policyName: 'service', policyDocument: { Version: '2012-10-17', Statement: statements } }],
    });
  }

  /** Pulls the image, writes the log, hands over the secret that the process gets at its start. */
  private launchRole(id: string, log: LogGroup): CfnRole {
    const { rootSecretArn, keyArn } = this.given.data;
    const allow = (Sid: string, Action: string[], Resource: string): Statement => ({
      Sid,
      Effect: 'Allow',
      Action,
      Resource: [Resource],
    });
    return this.role(`${id}LaunchRole`, 'ECS starts tasks of Jetway with it', [
      allow('Token', ['ecr:GetAuthorizationToken'], '*'),
      allow(
        'Image',
        ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        this.arnOf('ecr', 'repository/jetway'),
      ),
      allow('Log', ['logs:CreateLogStream', 'logs:PutLogEvents'], log.logGroupArn),
      allow('RootSecret', ['secretsmanager:GetSecretValue'], rootSecretArn),
      allow('RootSecretKey', ['kms:Decrypt'], keyArn),
    ]);
  }

  private task(part: Role_, statements: Statement[], size: { cpu: number; memory: number }) {
    const id = part.charAt(0).toUpperCase() + part.slice(1);
    const log = new LogGroup(this, `${id}Log`, {
      logGroupName: `/jetway/${part}`,
      retention: LOG_RETENTION_DAYS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const importRole = (role: CfnRole, as: string) =>
      Role.fromRoleArn(this, as, role.attrArn, { mutable: false });
    const task = new FargateTaskDefinition(this, `${id}Task`, {
      family: `jetway-${part}`,
      cpu: size.cpu,
      memoryLimitMiB: size.memory,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.X86_64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      taskRole: importRole(this.role(`${id}Role`, `Jetway: ${part}`, statements), `${id}TaskRole`),
      executionRole: importRole(this.launchRole(id, log), `${id}Launch`),
    });
    const container = task.addContainer('jetway', {
      image: ContainerImage.fromRegistry(textOf(this, 'ImageUri')),
      essential: true,
      readonlyRootFilesystem: true,
      user: '10001',
      stopTimeout: Duration.seconds(30),
      environment: this.settings(part),
      secrets: {
        JETWAY_ROOT_SECRET: ContainerSecret.fromSecretsManager(
          Secret.fromSecretCompleteArn(this, `${id}RootSecret`, this.given.data.rootSecretArn),
        ),
      },
      logging: new AwsLogDriver({ streamPrefix: part, logGroup: log }),
      ...(part === 'migrate' ? {} : { healthCheck: HEALTH_CHECK }),
    });
    this.writableFolder(task, container);
    if (part !== 'migrate') container.addPortMappings({ containerPort: PORT });
    return { task, log };
  }

  /** The root file system is read-only; what a library wants to put down for a moment goes to the task's own disk. */
  private writableFolder(task: FargateTaskDefinition, container: ContainerDefinition): void {
    task.addVolume({ name: 'tmp' });
    container.addMountPoints({ sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false });
  }

  private settings(part: Role_): Record<string, string> {
    const { data } = this.given;
    return {
      NODE_OPTIONS: START_FLAGS.join(' '),
      JETWAY_AWS: 'real',
      JETWAY_ROLE: part,
      PORT: `${PORT}`,
      DATA_DIR: '/tmp/jetway',
      AWS_REGION: Aws.REGION,
      DATABASE_URL: `postgresql://${DATABASE_LOGIN}@${data.endpoint}:5432/${DATABASE_NAME}?sslmode=verify-full`,
      JETWAY_DATABASE_SECRET: data.databaseSecretArn,
      JETWAY_MANAGEMENT_ACCOUNT_ID: Aws.ACCOUNT_ID,
      JETWAY_AUDIT_ACCOUNT_ID: textOf(this, 'AuditAccountId'),
      JETWAY_LOG_ARCHIVE_ACCOUNT_ID: textOf(this, 'LogArchiveAccountId'),
      JETWAY_PUBLIC_URL: textOf(this, 'PublicUrl'),
      JETWAY_OIDC_ISSUER: textOf(this, 'OidcIssuer'),
      JETWAY_OIDC_AUDIENCE: textOf(this, 'OidcAudience'),
      JETWAY_OIDC_CLIENT_ID: textOf(this, 'OidcClientId'),
      JETWAY_APPROVALS_KEY: data.signingKeyArn,
      JETWAY_CHECKPOINTS: `s3://${data.checkpointBucket}/`,
      JETWAY_PLATFORM_EMAIL: textOf(this, 'PlatformEmail'),
      JETWAY_CIDR_POOL: textOf(this, 'CidrPool'),
      JETWAY_MIRROR_TARGET: textOf(this, 'MirrorTargetId'),
      JETWAY_MIRROR_HUB_CIDR: textOf(this, 'MirrorHubCidr'),
      JETWAY_MIRROR_TARGET_TYPE: textOf(this, 'MirrorTargetType'),
      JETWAY_MIRROR_ZONES: textOf(this, 'MirrorZones'),
      JETWAY_MIRROR_APPLIANCE_TYPE: textOf(this, 'MirrorApplianceType'),
    };
  }

  private service(part: 'api' | 'worker', taskDefinition: FargateTaskDefinition): FargateService {
    const { network } = this.given;
    const service = new FargateService(this, part === 'api' ? 'ApiService' : 'WorkerService', {
      cluster: this.cluster as ICluster,
      serviceName: `jetway-${part}`,
      taskDefinition,
      desiredCount: 2,
      assignPublicIp: false,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      securityGroups: [network.serviceGroup],
      vpcSubnets: { subnets: network.vpc.privateSubnets },
      ...(part === 'api' ? { healthCheckGracePeriod: Duration.seconds(60) } : {}),
    });
    // CDK says twice that the targets come first.
    (service.node.defaultChild as CfnService).addMetadata('cfn-lint', {
      config: { ignore_checks: ['W3005'] },
    });
    return service;
  }

  private balancer(service: FargateService): { name: string; targets: string } {
    const { network } = this.given;
    const balancer = new ApplicationLoadBalancer(this, 'Balancer', {
      vpc: network.vpc,
      internetFacing: true,
      vpcSubnets: { subnets: network.vpc.publicSubnets },
      securityGroup: network.balancerGroup,
    });
    (balancer.node.defaultChild as CfnLoadBalancer).loadBalancerAttributes = Object.entries({
      'deletion_protection.enabled': 'true',
      'routing.http.drop_invalid_header_fields.enabled': 'true',
      'access_logs.s3.enabled': 'true',
      'access_logs.s3.bucket': `jetway-access-logs-${Aws.ACCOUNT_ID}-${Aws.REGION}`,
      'access_logs.s3.prefix': 'alb',
      // Live events stay open; the service says something every few seconds.
      'idle_timeout.timeout_seconds': '120',
    }).map(([key, value]) => ({ key, value }));
    const listener = balancer.addListener('Https', {
      port: 443,
      protocol: ApplicationProtocol.HTTPS,
      sslPolicy: SslPolicy.TLS13_RES,
      certificates: [ListenerCertificate.fromArn(textOf(this, 'CertificateArn'))],
      open: false,
    });
    const targets = listener.addTargets('Api', {
      port: PORT,
      protocol: ApplicationProtocol.HTTP,
      targets: [service],
      deregistrationDelay: Duration.seconds(10),
      healthCheck: { path: '/healthz', interval: Duration.seconds(10), healthyThresholdCount: 2 },
    });
    service
      .autoScaleTaskCount({ minCapacity: 2, maxCapacity: 10 })
      .scaleOnCpuUtilization('Busy', { targetUtilizationPercent: 60 });
    this.webAcl(balancer.loadBalancerArn);
    return { name: balancer.loadBalancerFullName, targets: targets.targetGroupFullName };
  }

  private webAcl(resourceArn: string): void {
    const webAclArn = textOf(this, 'WebAclArn');
    const association = new CfnWebACLAssociation(this, 'WebAcl', { resourceArn, webAclArn });
    association.cfnOptions.condition = new CfnCondition(this, 'HasWebAcl', {
      expression: Fn.conditionNot(Fn.conditionEquals(webAclArn, '')),
    });
  }

  private scaleWorker(service: FargateService): void {
    service.autoScaleTaskCount({ minCapacity: 2, maxCapacity: 20 }).scaleOnMetric('QueueAge', {
      metric: new Metric({
        namespace: 'AWS/SQS',
        metricName: 'ApproximateAgeOfOldestMessage',
        dimensionsMap: { QueueName: INBOX_QUEUE },
        statistic: 'Maximum',
        period: Duration.minutes(1),
      }),
      adjustmentType: AdjustmentType.CHANGE_IN_CAPACITY,
      cooldown: Duration.minutes(3),
      scalingSteps: QUEUE_AGE_STEPS,
    });
  }
}

const HEALTH_CHECK = {
  command: [
    'CMD',
    'node',
    '-e',
    `fetch('http://127.0.0.1:${PORT}/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`,
  ],
  interval: Duration.seconds(15),
  timeout: Duration.seconds(5),
  retries: 3,
  startPeriod: Duration.seconds(30),
};
