import type { World } from '../../../world.ts';
import { type AccountResource, deleteResource, listResources, putResource } from '../../account-resources.ts';
import { contains, type Ipv4Range, overlaps, parseIpv4Range } from '../template/cidr.ts';
import type { Json, JsonObject } from '../template/template.ts';
import { ec2, newId, ownId, ROUTE_TABLE, SUBNET, VPC } from './ec2-type.ts';
import { isoNow, type ResourceContext, ResourceFailure, type ResourceType, textOf } from './resource-type.ts';

function rangeOf(context: ResourceContext, property: string): Ipv4Range {
  const text = textOf(context.properties, property);
  const range = parseIpv4Range(text);
  if (!range)
    throw new ResourceFailure(
      `Value (${text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
    );
  if (range.prefix < 16 || range.prefix > 28)
    throw new ResourceFailure(`The CIDR '${text}' is invalid.`, 'InvalidRequest');
  return range;
}

function createVpc(context: ResourceContext) {
  rangeOf(context, 'CidrBlock');
  const id = newId(context, 'vpc');
  const attributes: JsonObject = {
    VpcId: id,
    CidrBlock: textOf(context.properties, 'CidrBlock'),
    CidrBlockAssociations: [`vpc-cidr-assoc-0${context.world.random.hex(16)}`],
    DefaultNetworkAcl: newId(context, 'acl'),
    DefaultSecurityGroup: newId(context, 'sg'),
    Ipv6CidrBlocks: [],
    /** Not an attribute of CloudFormation: kept to delete the table with its VPC. */
    mainRouteTable: newId(context, 'rtb'),
  };
  return { id, attributes };
}

/** AWS makes these with every VPC, outside any stack. */
function vpcCompanions(
  resource: Pick<AccountResource, 'id' | 'attributes'>,
): [type: string, id: string, properties: JsonObject][] {
  const id = (name: string) => String(resource.attributes[name]);
  const closed: JsonObject = { VpcId: resource.id };
  return [
    [
      'AWS::EC2::SecurityGroup',
      id('DefaultSecurityGroup'),
      {
        ...closed,
        GroupName: 'default',
        GroupDescription: 'default VPC security group',
        SecurityGroupIngress: [{ IpProtocol: '-1', SourceSecurityGroupId: id('DefaultSecurityGroup') }],
        SecurityGroupEgress: [{ IpProtocol: '-1', CidrIp: '0.0.0.0/0' }],
      },
    ],
    ['AWS::EC2::NetworkAcl', id('DefaultNetworkAcl'), { ...closed, IsDefault: true }],
    [ROUTE_TABLE, id('mainRouteTable'), { ...closed, Main: true }],
  ];
}

/** Writes the default security group, network ACL and main route table of a VPC. */
export function putVpcCompanions(world: World, vpc: AccountResource): void {
  for (const [type, id, properties] of vpcCompanions(vpc))
    putResource(world.store, {
      type,
      id,
      properties,
      attributes: {},
      accountId: vpc.accountId,
      region: vpc.region,
      createdAt: isoNow(world),
    });
}

export function deleteVpcCompanions(world: World, vpc: AccountResource): void {
  for (const [type, id] of vpcCompanions(vpc))
    deleteResource(world.store, vpc.accountId, vpc.region, type, id);
}

function createSubnet(context: ResourceContext) {
  const { world, accountId, region, properties } = context;
  const range = rangeOf(context, 'CidrBlock');
  const vpcId = textOf(properties, 'VpcId');
  const vpc = listResources(world.store, accountId, region, VPC).find((one) => one.id === vpcId);
  const outer = parseIpv4Range(String(vpc?.properties.CidrBlock));
  const cidr = textOf(properties, 'CidrBlock');
  if (!outer || !contains(outer, range)) throw new ResourceFailure(`The CIDR '${cidr}' is invalid.`);
  const neighbours = listResources(world.store, accountId, region, SUBNET).filter(
    (one) => one.properties.VpcId === vpcId,
  );
  if (neighbours.some((one) => overlapsWith(range, one.properties.CidrBlock as Json)))
    throw new ResourceFailure(`The CIDR '${cidr}' conflicts with another subnet`, 'AlreadyExists');
  const zone = textOf(properties, 'AvailabilityZone') || `${region}a`;
  if (!new RegExp(`^${region}[a-z]$`).test(zone))
    throw new ResourceFailure(`Value (${zone}) for parameter availabilityZone is invalid.`);
  const id = newId(context, 'subnet');
  return {
    id,
    attributes: {
      SubnetId: id,
      VpcId: vpcId,
      CidrBlock: cidr,
      AvailabilityZone: zone,
      Ipv6CidrBlocks: [],
      NetworkAclAssociationId: newId(context, 'aclassoc'),
    },
  };
}

function overlapsWith(range: Ipv4Range, other: Json): boolean {
  const parsed = parseIpv4Range(String(other));
  return parsed !== undefined && overlaps(range, parsed);
}

function createRoute({ properties }: ResourceContext) {
  const destination =
    textOf(properties, 'DestinationCidrBlock') ||
    textOf(properties, 'DestinationIpv6CidrBlock') ||
    textOf(properties, 'DestinationPrefixListId');
  if (destination === '')
    throw new ResourceFailure('Exactly one of the destination parameters must be given');
  return {
    id: `${textOf(properties, 'RouteTableId')}|${destination}`,
    attributes: { CidrBlock: destination },
  };
}

function createAttachment({ properties }: ResourceContext) {
  const isInternet = properties.InternetGatewayId !== undefined;
  return {
    id: `${isInternet ? 'IGW' : 'VGW'}|${textOf(properties, 'VpcId')}`,
    attributes: { AttachmentType: isInternet ? 'IGW' : 'VGW' },
  };
}

function createAddress(context: ResourceContext) {
  const octet = () => context.world.random.below(254) + 1;
  const id = `203.0.${octet()}.${octet()}`;
  return { id, attributes: { PublicIp: id, AllocationId: newId(context, 'eipalloc') } };
}

function createEndpoint(context: ResourceContext) {
  const id = newId(context, 'vpce');
  return {
    id,
    attributes: { Id: id, CreationTimestamp: isoNow(context.world), DnsEntries: [], NetworkInterfaceIds: [] },
  };
}

export const NETWORK_TYPES: readonly ResourceType[] = [
  ec2({
    type: 'VPC',
    arnType: 'vpc',
    action: 'CreateVpc',
    properties:
      'CidrBlock* EnableDnsHostnames:b EnableDnsSupport:b InstanceTenancy Ipv4IpamPoolId* Ipv4NetmaskLength:n* Tags:l',
    attributes: [
      'CidrBlock',
      'CidrBlockAssociations',
      'DefaultNetworkAcl',
      'DefaultSecurityGroup',
      'Ipv6CidrBlocks',
      'VpcId',
    ],
    create: createVpc,
    afterCreate: ({ world }, vpc) => putVpcCompanions(world, vpc),
    afterDelete: deleteVpcCompanions,
  }),
  ec2({
    type: 'Subnet',
    arnType: 'subnet',
    action: 'CreateSubnet',
    properties: `VpcId!* CidrBlock* AvailabilityZone* AvailabilityZoneId* AssignIpv6AddressOnCreation:b EnableDns64:b
      Ipv6CidrBlock Ipv6Native:b* Ipv4IpamPoolId* Ipv4NetmaskLength:n* Ipv6IpamPoolId* Ipv6NetmaskLength:n*
      MapPublicIpOnLaunch:b OutpostArn* PrivateDnsNameOptionsOnLaunch:o Tags:l`,
    attributes: [
      'AvailabilityZone',
      'CidrBlock',
      'Ipv6CidrBlocks',
      'NetworkAclAssociationId',
      'SubnetId',
      'VpcId',
    ],
    references: { VpcId: VPC },
    create: createSubnet,
  }),
  ec2({
    type: 'RouteTable',
    arnType: 'route-table',
    action: 'CreateRouteTable',
    properties: 'VpcId!* Tags:l',
    attributes: ['RouteTableId'],
    references: { VpcId: VPC },
    create: ownId('rtb', 'RouteTableId'),
  }),
  ec2({
    type: 'Route',
    arnType: 'route-table',
    action: 'CreateRoute',
    properties: `RouteTableId!* DestinationCidrBlock* DestinationIpv6CidrBlock* DestinationPrefixListId* CarrierGatewayId
      CoreNetworkArn EgressOnlyInternetGatewayId GatewayId InstanceId LocalGatewayId NatGatewayId NetworkInterfaceId
      TransitGatewayId VpcEndpointId VpcPeeringConnectionId`,
    attributes: ['CidrBlock'],
    references: { RouteTableId: ROUTE_TABLE, NatGatewayId: 'AWS::EC2::NatGateway' },
    create: createRoute,
  }),
  ec2({
    type: 'SubnetRouteTableAssociation',
    arnType: 'route-table',
    action: 'AssociateRouteTable',
    properties: 'RouteTableId! SubnetId!*',
    attributes: ['Id'],
    references: { RouteTableId: ROUTE_TABLE, SubnetId: SUBNET },
    create: ownId('rtbassoc', 'Id'),
  }),
  ec2({
    type: 'InternetGateway',
    arnType: 'internet-gateway',
    action: 'CreateInternetGateway',
    properties: 'Tags:l',
    attributes: ['InternetGatewayId'],
    create: ownId('igw', 'InternetGatewayId'),
  }),
  ec2({
    type: 'VPCGatewayAttachment',
    arnType: 'internet-gateway',
    action: 'AttachInternetGateway',
    properties: 'VpcId!* InternetGatewayId VpnGatewayId',
    attributes: ['AttachmentType'],
    references: { VpcId: VPC, InternetGatewayId: 'AWS::EC2::InternetGateway' },
    create: createAttachment,
  }),
  ec2({
    type: 'NatGateway',
    arnType: 'natgateway',
    action: 'CreateNatGateway',
    properties: `SubnetId* AllocationId* ConnectivityType* PrivateIpAddress* VpcId* MaxDrainDurationSeconds:n
      SecondaryAllocationIds:l SecondaryPrivateIpAddresses:l SecondaryPrivateIpAddressCount:n Tags:l`,
    attributes: ['NatGatewayId'],
    references: { SubnetId: SUBNET },
    create: ownId('nat', 'NatGatewayId'),
  }),
  ec2({
    type: 'EIP',
    arnType: 'elastic-ip',
    action: 'AllocateAddress',
    properties:
      'Domain InstanceId NetworkBorderGroup* PublicIpv4Pool Address* IpamPoolId* TransferAddress* Tags:l',
    attributes: ['AllocationId', 'PublicIp'],
    create: createAddress,
  }),
  ec2({
    type: 'VPCEndpoint',
    arnType: 'vpc-endpoint',
    action: 'CreateVpcEndpoint',
    undo: 'DeleteVpcEndpoints',
    properties: `VpcId!* ServiceName* VpcEndpointType* ServiceRegion* PolicyDocument:j PrivateDnsEnabled:b RouteTableIds:l
      SecurityGroupIds:l SubnetIds:l IpAddressType DnsOptions:o Tags:l`,
    attributes: ['Id', 'CreationTimestamp', 'DnsEntries', 'NetworkInterfaceIds'],
    references: {
      VpcId: VPC,
      RouteTableIds: ROUTE_TABLE,
      SubnetIds: SUBNET,
      SecurityGroupIds: 'AWS::EC2::SecurityGroup',
    },
    create: createEndpoint,
  }),
];
