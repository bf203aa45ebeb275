/** What CloudFormation asks of a service for one type of resource, with the rights of the role that it works as. */
type ResourceCalls = {
  /** The resource of these calls as IAM knows it; `{name}` is the physical name. */
  arn: string;
  /** The property that gives the physical name; without it CloudFormation begins the name with the stack's. */
  name?: string;
  actions: string;
  /** Calls whose resource is another one. An action that knows no resources has any one of its service. */
  also?: { action: string; arn: string }[];
};

const ec2 = (path: string, actions: string): ResourceCalls => ({
  arn: `arn:aws:ec2:{region}:{account}:${path}/*`,
  actions: actions.replace(/(\w+)/g, 'ec2:$1'),
});
const named = (arn: string, name: string, service: string, actions: string): ResourceCalls => ({
  arn,
  name,
  actions: actions.replace(/(\w+)/g, `${service}:$1`),
});
const pass = { action: 'iam:PassRole', arn: 'arn:aws:iam::{account}:role/jetway-*' };
const CONFIG = 'arn:aws:config:{region}:{account}';

/** A custom resource of any type is a call of its function. */
export const CUSTOM_RESOURCE: ResourceCalls = {
  arn: 'arn:aws:lambda:{region}:{account}:function:jetway-*',
  actions: 'lambda:InvokeFunction',
};

/**
 * By type, from "Actions, resources, and condition keys" of each service in the Service Authorization Reference and
 * the permissions that each resource type of CloudFormation declares for its handlers. Reads are left out where they
 * have no resource: no control denies them, and Region denies are seen with the writes.
 */
export const RESOURCE_CALLS: Readonly<Record<string, ResourceCalls>> = {
  'AWS::IAM::Role': named(
    'arn:aws:iam::{account}:role/{name}',
    'RoleName',
    'iam',
    'CreateRole GetRole PutRolePolicy DeleteRolePolicy AttachRolePolicy DetachRolePolicy TagRole UpdateAssumeRolePolicy UpdateRole DeleteRole',
  ),
  'AWS::IAM::ManagedPolicy': named(
    'arn:aws:iam::{account}:policy/{name}',
    'ManagedPolicyName',
    'iam',
    'CreatePolicy GetPolicy CreatePolicyVersion DeletePolicyVersion DeletePolicy',
  ),
  'AWS::IAM::ServiceLinkedRole': {
    arn: 'arn:aws:iam::{account}:role/aws-service-role/*',
    actions: 'iam:CreateServiceLinkedRole iam:GetRole iam:DeleteServiceLinkedRole',
  },
  'AWS::Events::Rule': {
    ...named(
      'arn:aws:events:{region}:{account}:rule/{name}',
      'Name',
      'events',
      'PutRule PutTargets RemoveTargets DeleteRule',
    ),
    also: [pass],
  },
  'AWS::Budgets::Budget': {
    arn: 'arn:aws:budgets::{account}:budget/*',
    actions: 'budgets:ModifyBudget budgets:ViewBudget',
  },
  'AWS::SNS::Topic': named(
    'arn:aws:sns:{region}:{account}:{name}',
    'TopicName',
    'sns',
    'CreateTopic SetTopicAttributes TagResource DeleteTopic',
  ),
  'AWS::SNS::TopicPolicy': {
    arn: 'arn:aws:sns:{region}:{account}:jetway-*',
    actions: 'sns:SetTopicAttributes',
  },
  'AWS::SQS::Queue': named(
    'arn:aws:sqs:{region}:{account}:{name}',
    'QueueName',
    'sqs',
    'CreateQueue SetQueueAttributes TagQueue DeleteQueue',
  ),
  'AWS::KMS::Key': {
    arn: 'arn:aws:kms:{region}:{account}:key/*',
    actions: 'kms:CreateKey kms:PutKeyPolicy kms:EnableKeyRotation kms:TagResource kms:ScheduleKeyDeletion',
  },
  'AWS::KMS::Alias': named(
    'arn:aws:kms:{region}:{account}:{name}',
    'AliasName',
    'kms',
    'CreateAlias DeleteAlias',
  ),
  'AWS::S3::Bucket': named(
    'arn:aws:s3:::{name}',
    'BucketName',
    's3',
    'CreateBucket PutEncryptionConfiguration PutBucketPublicAccessBlock PutBucketVersioning PutLifecycleConfiguration PutBucketTagging DeleteBucket',
  ),
  'AWS::S3::BucketPolicy': {
    arn: 'arn:aws:s3:::jetway-*',
    actions: 's3:PutBucketPolicy s3:DeleteBucketPolicy',
  },
  'AWS::Logs::LogGroup': named(
    'arn:aws:logs:{region}:{account}:log-group:{name}',
    'LogGroupName',
    'logs',
    'CreateLogGroup PutRetentionPolicy TagResource DeleteLogGroup',
  ),
  'AWS::CloudTrail::Trail': named(
    'arn:aws:cloudtrail:{region}:{account}:trail/{name}',
    'TrailName',
    'cloudtrail',
    'CreateTrail UpdateTrail StartLogging PutEventSelectors AddTags DeleteTrail',
  ),
  'AWS::Config::ConfigRule': {
    arn: `${CONFIG}:config-rule/*`,
    actions: 'config:PutConfigRule config:DeleteConfigRule',
    also: [{ action: 'config:DescribeConfigRules', arn: `${CONFIG}:*` }],
  },
  'AWS::Config::ConfigurationRecorder': {
    arn: `${CONFIG}:*`,
    actions:
      'config:PutConfigurationRecorder config:StartConfigurationRecorder config:DeleteConfigurationRecorder',
    also: [pass],
  },
  'AWS::Config::DeliveryChannel': {
    arn: `${CONFIG}:*`,
    actions: 'config:PutDeliveryChannel config:DeleteDeliveryChannel',
  },
  'AWS::Config::AggregationAuthorization': {
    arn: `${CONFIG}:aggregation-authorization/*`,
    actions: 'config:PutAggregationAuthorization config:DeleteAggregationAuthorization',
  },
  'AWS::Lambda::Function': {
    ...named(
      'arn:aws:lambda:{region}:{account}:function:{name}',
      'FunctionName',
      'lambda',
      'CreateFunction UpdateFunctionCode UpdateFunctionConfiguration TagResource InvokeFunction DeleteFunction',
    ),
    also: [pass],
  },
  'AWS::Lambda::Permission': {
    arn: 'arn:aws:lambda:{region}:{account}:function:jetway-*',
    actions: 'lambda:AddPermission lambda:RemovePermission',
  },
  'AWS::CloudWatch::Alarm': named(
    'arn:aws:cloudwatch:{region}:{account}:alarm:{name}',
    'AlarmName',
    'cloudwatch',
    'PutMetricAlarm TagResource DeleteAlarms',
  ),
  'AWS::EC2::VPC': ec2('vpc', 'CreateVpc ModifyVpcAttribute CreateTags DeleteVpc'),
  'AWS::EC2::Subnet': ec2('subnet', 'CreateSubnet ModifySubnetAttribute DeleteSubnet'),
  'AWS::EC2::RouteTable': ec2('route-table', 'CreateRouteTable DeleteRouteTable'),
  'AWS::EC2::Route': ec2('route-table', 'CreateRoute ReplaceRoute DeleteRoute'),
  'AWS::EC2::SubnetRouteTableAssociation': ec2('route-table', 'AssociateRouteTable DisassociateRouteTable'),
  'AWS::EC2::InternetGateway': ec2('internet-gateway', 'CreateInternetGateway DeleteInternetGateway'),
  'AWS::EC2::VPCGatewayAttachment': ec2('internet-gateway', 'AttachInternetGateway DetachInternetGateway'),
  'AWS::EC2::EIP': ec2('elastic-ip', 'AllocateAddress ReleaseAddress'),
  'AWS::EC2::NatGateway': ec2('natgateway', 'CreateNatGateway DeleteNatGateway'),
  'AWS::EC2::VPCEndpoint': ec2('vpc-endpoint', 'CreateVpcEndpoint ModifyVpcEndpoint DeleteVpcEndpoints'),
  'AWS::EC2::SecurityGroup': ec2(
    'security-group',
    'CreateSecurityGroup AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress DeleteSecurityGroup',
  ),
  'AWS::EC2::FlowLog': {
    ...ec2('vpc-flow-log', 'CreateFlowLogs DeleteFlowLogs'),
    also: [{ action: 'logs:CreateLogDelivery', arn: 'arn:aws:logs:{region}:{account}:*' }],
  },
};
