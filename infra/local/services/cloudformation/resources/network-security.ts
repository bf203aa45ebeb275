import { ec2, newId, ownId, SECURITY_GROUP, SUBNET, VPC } from './ec2-type.ts';
import { type ResourceContext, ResourceFailure, type ResourceType, textOf } from './resource-type.ts';

const NETWORK_ACL = 'AWS::EC2::NetworkAcl';
const RULE_PROPERTIES = `IpProtocol!* CidrIp* CidrIpv6* Description FromPort:n* ToPort:n* GroupId* GroupName*`;

function createSecurityGroup(context: ResourceContext) {
  const id = newId(context, 'sg');
  if (!/^[\w .:/()#,@[\]+=&;{}!$*-]{1,255}$/.test(textOf(context.properties, 'GroupDescription')))
    throw new ResourceFailure('Invalid security group description.');
  return { id, attributes: { GroupId: id, Id: id, VpcId: textOf(context.properties, 'VpcId') } };
}

function createFlowLog(context: ResourceContext) {
  const { properties } = context;
  const toLogs = ['', 'cloud-watch-logs'].includes(textOf(properties, 'LogDestinationType'));
  if (toLogs && properties.DeliverLogsPermissionArn === undefined)
    throw new ResourceFailure('DeliverLogsPermissionArn is required when the destination is CloudWatch Logs');
  if (!toLogs && properties.LogDestination === undefined)
    throw new ResourceFailure('LogDestination is required when the destination is not CloudWatch Logs');
  const id = newId(context, 'fl');
  return { id, attributes: { Id: id } };
}

export const NETWORK_SECURITY_TYPES: readonly ResourceType[] = [
  ec2({
    type: 'SecurityGroup',
    arnType: 'security-group',
    action: 'CreateSecurityGroup',
    properties: 'GroupDescription!* GroupName* VpcId* SecurityGroupIngress:l SecurityGroupEgress:l Tags:l',
    attributes: ['GroupId', 'Id', 'VpcId'],
    references: { VpcId: VPC },
    create: createSecurityGroup,
  }),
  ec2({
    type: 'SecurityGroupIngress',
    arnType: 'security-group',
    action: 'AuthorizeSecurityGroupIngress',
    properties: `${RULE_PROPERTIES} SourcePrefixListId* SourceSecurityGroupId* SourceSecurityGroupName*
      SourceSecurityGroupOwnerId*`,
    attributes: ['Id'],
    references: { GroupId: SECURITY_GROUP },
    create: ownId('sgr', 'Id'),
  }),
  ec2({
    type: 'SecurityGroupEgress',
    arnType: 'security-group',
    action: 'AuthorizeSecurityGroupEgress',
    properties: `${RULE_PROPERTIES} DestinationPrefixListId* DestinationSecurityGroupId*`,
    attributes: ['Id'],
    references: { GroupId: SECURITY_GROUP },
    create: ownId('sgr', 'Id'),
  }),
  ec2({
    type: 'NetworkAcl',
    arnType: 'network-acl',
    action: 'CreateNetworkAcl',
    properties: 'VpcId!* Tags:l',
    attributes: ['Id'],
    references: { VpcId: VPC },
    create: ownId('acl', 'Id'),
  }),
  ec2({
    type: 'NetworkAclEntry',
    arnType: 'network-acl',
    action: 'CreateNetworkAclEntry',
    properties: `NetworkAclId!* RuleNumber:n!* Protocol:n! RuleAction! Egress:b* CidrBlock Ipv6CidrBlock Icmp:o
      PortRange:o`,
    attributes: ['Id'],
    references: { NetworkAclId: NETWORK_ACL },
    create: ownId('acle', 'Id'),
  }),
  ec2({
    type: 'SubnetNetworkAclAssociation',
    arnType: 'network-acl',
    action: 'ReplaceNetworkAclAssociation',
    properties: 'NetworkAclId!* SubnetId!*',
    attributes: ['AssociationId'],
    references: { NetworkAclId: NETWORK_ACL, SubnetId: SUBNET },
    create: ownId('aclassoc', 'AssociationId'),
  }),
  ec2({
    type: 'FlowLog',
    arnType: 'vpc-flow-log',
    action: 'CreateFlowLogs',
    properties: `ResourceId!* ResourceType!* TrafficType* LogDestination* LogDestinationType* LogGroupName*
      DeliverLogsPermissionArn* DeliverCrossAccountRole* DestinationOptions:o* LogFormat* MaxAggregationInterval:n*
      Tags:l`,
    attributes: ['Id'],
    create: createFlowLog,
  }),
];
