import { describe, expect, it } from 'vitest';
import { EVALUATOR_TEMPLATE } from '../artifacts.ts';
import type { Component } from './component.ts';
import baseFile from './execution-role/execution-role.base.json' with { type: 'json' };
import { executionRole } from './execution-role.fixture.ts';
import { artifacts, componentsByName } from './plan.fixture.ts';
import { executionRoleFor } from './render.node.ts';
import { renderExecutionRole } from './render-execution-role.ts';

const account = '444455556666';
const may = executionRole(artifacts.find(({ component }) => component === 'execution-role')?.text ?? '');

const ec2 = (path: string): string => `arn:aws:ec2:us-east-1:${account}:${path}`;
const role = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
const arn = (service: string, path: string): string => `arn:aws:${service}:us-east-1:${account}:${path}`;
const configRole = role('aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig');
const viewOnly = { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/job-function/ViewOnlyAccess' };
const toLambda = { 'iam:PassedToService': 'lambda.amazonaws.com' };
const settings = arn('lambda', 'function:jetway-security-baseline');
const closing = arn('lambda', 'function:jetway-vpc-default-group');
const settingsLog = arn('logs', 'log-group:/aws/lambda/jetway-security-baseline');
const toEvents = { 'iam:PassedToService': 'events.amazonaws.com' };

const ROLES = [
  'jetway-audit-read-only',
  'jetway-break-glass',
  'jetway-config-evaluator',
  'jetway-event-forwarder',
  'jetway-security-baseline-us-east-1',
  'jetway-vpc-default-group',
];

type Need = [action: string, resource: string, context?: Record<string, string>];
/** What CloudFormation calls, with the role's credentials, to make, tag, read and delete a resource of each type. */
const NEEDS: Record<string, Need[]> = {
  'AWS::IAM::Role': ROLES.flatMap((name) =>
    ['CreateRole', 'GetRole', 'TagRole', 'UpdateAssumeRolePolicy', 'DeleteRole'].map(
      (action): Need => [`iam:${action}`, role(name)],
    ),
  ),
  'AWS::IAM::ServiceLinkedRole': [
    ['iam:CreateServiceLinkedRole', configRole, { 'iam:AWSServiceName': 'config.amazonaws.com' }],
    ['iam:GetRole', configRole],
  ],
  'AWS::CloudTrail::Trail': [
    ['cloudtrail:CreateTrail', arn('cloudtrail', 'trail/jetway-account')],
    ['cloudtrail:StartLogging', arn('cloudtrail', 'trail/jetway-account')],
    ['cloudtrail:PutEventSelectors', arn('cloudtrail', 'trail/jetway-account')],
    ['cloudtrail:AddTags', arn('cloudtrail', 'trail/jetway-account')],
    ['cloudtrail:DeleteTrail', arn('cloudtrail', 'trail/jetway-account')],
  ],
  'AWS::Config::ConfigurationRecorder': [
    ['config:PutConfigurationRecorder', '*'],
    ['config:StartConfigurationRecorder', '*'],
    ['iam:PassRole', configRole, { 'iam:PassedToService': 'config.amazonaws.com' }],
    ['config:DeleteConfigurationRecorder', '*'],
  ],
  'AWS::Config::DeliveryChannel': [
    ['config:PutDeliveryChannel', '*'],
    ['config:DeleteDeliveryChannel', '*'],
  ],
  'AWS::Config::AggregationAuthorization': [
    ['config:PutAggregationAuthorization', arn('config', 'aggregation-authorization/333344445555/us-east-1')],
    [
      'config:DeleteAggregationAuthorization',
      arn('config', 'aggregation-authorization/333344445555/us-east-1'),
    ],
  ],
  'AWS::EC2::SecurityGroup': [
    ['ec2:CreateSecurityGroup', ec2('security-group/*')],
    ['ec2:CreateSecurityGroup', ec2('vpc/vpc-1')],
    ['ec2:AuthorizeSecurityGroupIngress', ec2('security-group/sg-1')],
    ['ec2:RevokeSecurityGroupEgress', ec2('security-group/sg-1')],
    ['ec2:DeleteSecurityGroup', ec2('security-group/sg-1')],
  ],
  'AWS::Events::Rule': [
    ['events:PutRule', arn('events', 'rule/jetway-compliance')],
    ['events:PutTargets', arn('events', 'rule/jetway-compliance')],
    ['events:RemoveTargets', arn('events', 'rule/jetway-compliance')],
    ['events:DeleteRule', arn('events', 'rule/jetway-compliance')],
    ['iam:PassRole', role('jetway-event-forwarder'), toEvents],
  ],
  'AWS::Lambda::Function': [
    ...['Create', 'Get', 'Delete'].map((verb): Need => [`lambda:${verb}Function`, settings]),
    ['lambda:UpdateFunctionCode', settings],
    ['iam:PassRole', role('jetway-security-baseline-us-east-1'), toLambda],
    ['lambda:CreateFunction', closing],
    ['iam:PassRole', role('jetway-vpc-default-group'), toLambda],
  ],
  'Custom::ClosedSecurityGroup': [['lambda:InvokeFunction', closing]],
  'Custom::AccountSettings': [['lambda:InvokeFunction', settings]],
  'AWS::Logs::LogGroup': [
    ['logs:CreateLogGroup', settingsLog],
    ['logs:PutRetentionPolicy', settingsLog],
    ['logs:DescribeLogGroups', '*'],
    ['logs:DeleteLogGroup', settingsLog],
    ['logs:CreateLogGroup', arn('logs', 'log-group:/aws/lambda/jetway-vpc-default-group')],
  ],
  'AWS::Budgets::Budget': [
    ['budgets:ModifyBudget', `arn:aws:budgets::${account}:budget/jetway-monthly-actual`],
    ['budgets:ViewBudget', `arn:aws:budgets::${account}:budget/jetway-monthly-actual`],
  ],
  'AWS::Config::ConfigRule': [
    ['config:PutConfigRule', arn('config', 'config-rule/config-rule-abc123')],
    ['config:DeleteConfigRule', arn('config', 'config-rule/config-rule-abc123')],
    ['config:DescribeConfigRules', '*'],
  ],
  'AWS::EC2::VPC': [
    ['ec2:CreateVpc', ec2('vpc/*')],
    ['ec2:ModifyVpcAttribute', ec2('vpc/vpc-1')],
    ['ec2:CreateTags', ec2('vpc/vpc-1')],
    ['ec2:DescribeVpcs', '*'],
    ['ec2:DeleteVpc', ec2('vpc/vpc-1')],
  ],
  'AWS::EC2::FlowLog': [
    ['ec2:CreateFlowLogs', ec2('vpc-flow-log/*')],
    ['ec2:CreateFlowLogs', ec2('vpc/vpc-1')],
    ['logs:CreateLogDelivery', '*'],
    ['ec2:DeleteFlowLogs', ec2('vpc-flow-log/fl-1')],
  ],
  'AWS::EC2::InternetGateway': [
    ['ec2:CreateInternetGateway', ec2('internet-gateway/*')],
    ['ec2:DeleteInternetGateway', ec2('internet-gateway/igw-1')],
  ],
  'AWS::EC2::VPCGatewayAttachment': [
    ['ec2:AttachInternetGateway', ec2('internet-gateway/igw-1')],
    ['ec2:DetachInternetGateway', ec2('internet-gateway/igw-1')],
  ],
  'AWS::EC2::Subnet': [
    ['ec2:CreateSubnet', ec2('subnet/*')],
    ['ec2:ModifySubnetAttribute', ec2('subnet/subnet-1')],
    ['ec2:DeleteSubnet', ec2('subnet/subnet-1')],
  ],
  'AWS::EC2::RouteTable': [
    ['ec2:CreateRouteTable', ec2('route-table/*')],
    ['ec2:DeleteRouteTable', ec2('route-table/rtb-1')],
  ],
  'AWS::EC2::SubnetRouteTableAssociation': [
    ['ec2:AssociateRouteTable', ec2('route-table/rtb-1')],
    ['ec2:DisassociateRouteTable', ec2('route-table/rtb-1')],
  ],
  'AWS::EC2::Route': [
    ['ec2:CreateRoute', ec2('route-table/rtb-1')],
    ['ec2:DeleteRoute', ec2('route-table/rtb-1')],
  ],
  'AWS::EC2::EIP': [
    ['ec2:AllocateAddress', ec2('elastic-ip/*')],
    ['ec2:ReleaseAddress', ec2('elastic-ip/eipalloc-1')],
  ],
  'AWS::EC2::NatGateway': [
    ['ec2:CreateNatGateway', ec2('natgateway/*')],
    [
      'iam:CreateServiceLinkedRole',
      role('aws-service-role/natgateway.amazonaws.com/AWSServiceRoleForNATGateway'),
      { 'iam:AWSServiceName': 'natgateway.amazonaws.com' },
    ],
    ['ec2:DeleteNatGateway', ec2('natgateway/nat-1')],
  ],
  'AWS::EC2::VPCEndpoint': [
    ['ec2:CreateVpcEndpoint', ec2('vpc-endpoint/*')],
    ['ec2:DeleteVpcEndpoints', ec2('vpc-endpoint/vpce-1')],
  ],
};

describe('the execution role', () => {
  // The audit account's stack is made by whoever sets the landing zone up.
  const others = ['execution-role', EVALUATOR_TEMPLATE.component];
  const used = artifacts
    .filter(({ component }) => !others.includes(component))
    .flatMap(({ text }) => Object.values(JSON.parse(text).Resources as Record<string, { Type: string }>))
    .map(({ Type }) => Type);

  it('is looked at for every type of resource that it makes', () => {
    expect([...new Set(used)].sort()).toEqual(Object.keys(NEEDS).sort());
  });

  it.each(Object.entries(NEEDS))('can make, read and delete %s', (_type, needs) => {
    for (const [action, resource, context] of needs)
      expect([action, may(action, resource, context)]).toEqual([action, 'allowed']);
  });

  const stack = arn('cloudformation', 'stack/jetway-vpc/0a1b');
  it.each<Need>([
    ['cloudformation:CreateStack', stack],
    ['cloudformation:DescribeStackEvents', stack],
    ['cloudformation:DetectStackDrift', stack],
    ['cloudformation:DetectStackResourceDrift', stack],
    ['cloudformation:DescribeStackResourceDrifts', stack],
    ['cloudformation:DescribeStackDriftDetectionStatus', '*'],
    ['s3:GetObject', 'arn:aws:s3:::jetway-artifacts-111122223333-us-east-1/0a1b.template.json'],
    ['config:DescribeConfigurationRecorderStatus', '*'],
    ['ec2:DescribeVpcs', '*'],
    [
      'cloudtrail:GetTrailStatus',
      'arn:aws:cloudtrail:us-east-1:111122223333:trail/aws-controltower-BaselineCloudTrail',
    ],
    ['iam:AttachRolePolicy', role('jetway-audit-read-only'), viewOnly],
    ['iam:GetRole', role('jetway-execution')],
    ['iam:GetRole', role('jetway-of-a-folder')],
  ])('may %s on %s', (action, resource, context) => {
    expect(may(action, resource, context)).toBe('allowed');
  });

  it.each<Need>([
    ['cloudformation:CreateStack', arn('cloudformation', 'stack/other/0a1b')],
    ['s3:GetObject', 'arn:aws:s3:::customer-data/x'],
    ['iam:CreateUser', `arn:aws:iam::${account}:user/ana`],
    ['iam:CreateRole', role('Admin')],
    ['iam:CreateRole', role('jetway-anything')],
    ['iam:PutRolePolicy', role('jetway-execution')],
    ['iam:UpdateAssumeRolePolicy', role('jetway-execution')],
    ['iam:UpdateAssumeRolePolicy', role('AWSControlTowerExecution')],
    ['iam:GetRolePolicy', role('jetway-execution')],
    ['sts:AssumeRole', role('jetway-execution')],
    [
      'iam:AttachRolePolicy',
      role('jetway-event-forwarder'),
      { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess' },
    ],
    [
      'iam:AttachRolePolicy',
      role('jetway-audit-read-only'),
      { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/IAMFullAccess' },
    ],
    ['iam:PassRole', role('jetway-break-glass'), toEvents],
    ['iam:PassRole', role('jetway-break-glass'), toLambda],
    ['lambda:InvokeFunction', arn('lambda', 'function:customer')],
    ['logs:DeleteLogGroup', arn('logs', 'log-group:/customer')],
    ['iam:PassRole', role('jetway-event-forwarder'), { 'iam:PassedToService': 'lambda.amazonaws.com' }],
    [
      'iam:CreateServiceLinkedRole',
      role('aws-service-role/x'),
      { 'iam:AWSServiceName': 'ecs.amazonaws.com' },
    ],
    ['sts:AssumeRole', role('jetway-break-glass')],
    ['ec2:RunInstances', ec2('instance/*')],
    ['organizations:LeaveOrganization', '*'],
    ['config:StopConfigurationRecorder', '*'],
    ['cloudtrail:StopLogging', '*'],
    ['cloudtrail:DeleteTrail', arn('cloudtrail', 'trail/aws-controltower-BaselineCloudTrail')],
    ['iam:PutRolePolicy', role('jetway-break-glass')],
    ['s3:GetObject', 'arn:aws:s3:::jetway-logs-222233334444/x'],
  ])('may not %s on %s', (action, resource, context) => {
    expect(may(action, resource, context)).toBe('denied');
  });

  it('is rendered from the folders: run npm run render', () => {
    expect(executionRoleFor()).toBe(artifacts.find(({ component }) => component === 'execution-role')?.text);
  });

  it('is refused when IAM would not take so much', () => {
    const permission = { actions: ['s3:GetObject'], resources: ['x'.repeat(10_000)] };
    const greedy = { ...(componentsByName.get('budget') as Component), permissions: [permission] };
    expect(() => renderExecutionRole(baseFile, [greedy])).toThrow('characters of permissions');
  });
});
