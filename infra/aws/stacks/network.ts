import { Aws, Fn, RemovalPolicy } from 'aws-cdk-lib';
import {
  CfnFlowLog,
  type CfnSubnet,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  type ISubnet,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { JetwayStack } from '../jetway-stack.ts';
import { LOG_RETENTION_DAYS } from '../names.ts';
import { textOf } from '../parameters.ts';

/** AWS that the service speaks to without leaving the VPC. */
const INTERFACES = {
  Sqs: InterfaceVpcEndpointAwsService.SQS,
  StepFunctions: InterfaceVpcEndpointAwsService.STEP_FUNCTIONS,
  EventBridge: InterfaceVpcEndpointAwsService.EVENTBRIDGE,
  Kms: InterfaceVpcEndpointAwsService.KMS,
  Secrets: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  ImageApi: InterfaceVpcEndpointAwsService.ECR,
  Images: InterfaceVpcEndpointAwsService.ECR_DOCKER,
} as const;

/** A VPC of the service's own: the load balancer outside, the tasks inside, the database where nothing leads out. */
export class NetworkStack extends JetwayStack {
  readonly vpc: IVpc;
  private readonly made: Vpc;
  readonly balancerGroup: SecurityGroup;
  readonly serviceGroup: SecurityGroup;
  readonly databaseGroup: SecurityGroup;

  constructor(scope: Construct) {
    super(scope, 'network', { account: 'management', region: 'home' }, 'network of the service');
    this.made = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.255.240.0/22'),
      maxAzs: 2,
      natGateways: 1,
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'public', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false },
        { name: 'service', subnetType: SubnetType.PRIVATE_WITH_EGRESS },
        { name: 'database', subnetType: SubnetType.PRIVATE_ISOLATED },
      ],
    });
    this.vpc = this.made as IVpc;
    this.addresses();
    const group = (name: string, description: string) =>
      new SecurityGroup(this, name, { vpc: this.vpc, description, allowAllOutbound: false });
    this.balancerGroup = group('BalancerGroup', 'Jetway: load balancer');
    this.serviceGroup = group('ServiceGroup', 'Jetway: tasks');
    this.databaseGroup = group('DatabaseGroup', 'Jetway: database');
    this.ways(group('EndpointGroup', 'Jetway: endpoints of AWS services'));
    this.flowLogs();
  }

  /** The block is a parameter, which CDK cannot divide: CloudFormation does. */
  private addresses(): void {
    const block = textOf(this, 'VpcCidr');
    const subnets: ISubnet[] = [
      ...this.vpc.publicSubnets,
      ...this.vpc.privateSubnets,
      ...this.vpc.isolatedSubnets,
    ];
    const blocks = Fn.cidr(block, 8, '7');
    (this.made.node.defaultChild as { cidrBlock?: string }).cidrBlock = block;
    for (const [index, subnet] of subnets.entries())
      (subnet.node.defaultChild as CfnSubnet).cidrBlock = Fn.select(index, blocks);
  }

  private ways(endpoints: SecurityGroup): void {
    const https = Port.tcp(443);
    const allowed = Peer.ipv4(textOf(this, 'AllowedCidr'));
    this.balancerGroup.addIngressRule(allowed, https, 'People, chats and programs');
    this.balancerGroup.addEgressRule(this.serviceGroup, Port.tcp(8080), 'Tasks');
    this.serviceGroup.addIngressRule(this.balancerGroup, Port.tcp(8080), 'Load balancer');
    this.serviceGroup.addEgressRule(this.databaseGroup, Port.tcp(5432), 'Database');
    // Identity provider, chats and webhook receivers are names, not addresses; webhooks check the address themselves.
    this.serviceGroup.addEgressRule(Peer.anyIpv4(), https, 'Identity provider, chats, webhooks and AWS');
    this.databaseGroup.addIngressRule(this.serviceGroup, Port.tcp(5432), 'Tasks');
    endpoints.addIngressRule(this.serviceGroup, https, 'Tasks');
    for (const [id, service] of Object.entries(INTERFACES)) {
      this.vpc.addInterfaceEndpoint(id, {
        service,
        open: false,
        securityGroups: [endpoints],
        subnets: { subnets: this.vpc.privateSubnets },
      });
    }
    this.vpc.addGatewayEndpoint('S3', {
      service: GatewayVpcEndpointAwsService.S3,
      subnets: [{ subnets: this.vpc.privateSubnets }],
    });
  }

  private flowLogs(): void {
    const log = new CfnLogGroup(this, 'FlowLog', {
      logGroupName: '/jetway/vpc-flow-logs',
      retentionInDays: LOG_RETENTION_DAYS,
    });
    log.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const role = new CfnRole(this, 'FlowLogRole', {
      description: 'VPC flow logs of Jetway',
      assumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'vpc-flow-logs.amazonaws.com' },
            Action: 'sts:AssumeRole',
            Condition: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
          },
        ],
      },
      policies: [
        {
          policyName: 'write',
          policyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
                Resource: log.attrArn,
              },
            ],
          },
        },
      ],
    });
    new CfnFlowLog(this, 'FlowLogs', {
      resourceId: this.vpc.vpcId,
      resourceType: 'VPC',
      trafficType: 'ALL',
      logDestinationType: 'cloud-watch-logs',
      logGroupName: log.ref,
      deliverLogsPermissionArn: role.attrArn,
    });
  }
}
