import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Ask } from './ask.ts';
import type { Judge } from './resource-judges.ts';

type Vpc = { CidrBlock: string };

export const judgeVpc: Judge<Vpc> = (ask, planned, VpcId) => {
  const { Vpcs } = ask('ec2', 'DescribeVpcs', { VpcIds: [VpcId] });
  equal(Vpcs[0].CidrBlock, planned.CidrBlock);
  equal(Vpcs[0].IsDefault, false);
};

type Subnet = { CidrBlock: string; AvailabilityZone: string };

export const judgeSubnet: Judge<Subnet> = (ask, planned, SubnetId) => {
  const [made] = ask('ec2', 'DescribeSubnets', { SubnetIds: [SubnetId] }).Subnets;
  equal(made.CidrBlock, planned.CidrBlock);
  equal(made.AvailabilityZone, planned.AvailabilityZone);
  equal(tablesOf(ask, SubnetId).length, 1, `${SubnetId} has not one route table of its own`);
};

type RouteTable = { Associations?: { SubnetId?: string }[] };

/** moto's own filter by subnet finds nothing, so all tables are asked for. */
function tablesOf(ask: Ask, subnetId: string): RouteTable[] {
  const tables: RouteTable[] = ask('ec2', 'DescribeRouteTables').RouteTables;
  return tables.filter(({ Associations = [] }) => Associations.some(({ SubnetId }) => SubnetId === subnetId));
}

type Route = { DestinationCidrBlock: string; GatewayId?: string; NatGatewayId?: string };

/** Some route table of the account sends this block to a gateway of the planned kind. */
export const judgeRoute: Judge<Route> = (ask, planned) => {
  const tables: { Routes: Route[] }[] = ask('ec2', 'DescribeRouteTables').RouteTables;
  const kind = planned.NatGatewayId ? 'NatGatewayId' : 'GatewayId';
  const prefix = planned.NatGatewayId ? 'nat-' : 'igw-';
  const found = tables.some(({ Routes }) =>
    Routes.some(
      (route) =>
        route.DestinationCidrBlock === planned.DestinationCidrBlock && route[kind]?.startsWith(prefix),
    ),
  );
  ok(found, `nothing goes to ${planned.DestinationCidrBlock} by ${prefix}`);
};

type Endpoint = {
  ServiceName: string;
  VpcEndpointType: string;
  PrivateDnsEnabled?: boolean;
  RouteTableIds?: string[];
  SubnetIds?: string[];
  SecurityGroupIds?: string[];
};

export const judgeEndpoint: Judge<Endpoint> = (ask, planned, id) => {
  const [made] = ask('ec2', 'DescribeVpcEndpoints', { VpcEndpointIds: [id] }).VpcEndpoints;
  equal(made.ServiceName, planned.ServiceName);
  equal(made.VpcEndpointType, planned.VpcEndpointType);
  equal(made.PrivateDnsEnabled ?? false, planned.PrivateDnsEnabled ?? false);
  equal(made.RouteTableIds?.length ?? 0, planned.RouteTableIds?.length ?? 0);
  equal(made.SubnetIds?.length ?? 0, planned.SubnetIds?.length ?? 0);
  equal(made.Groups?.length ?? 0, planned.SecurityGroupIds?.length ?? 0);
};

type FlowLog = { LogDestination: string; LogDestinationType: string; TrafficType: string };

export const judgeFlowLog: Judge<FlowLog> = (ask, planned, id) => {
  const [made] = ask('ec2', 'DescribeFlowLogs', { FlowLogIds: [id] }).FlowLogs;
  const { LogDestination, LogDestinationType, TrafficType } = made;
  deepEqual(
    { LogDestination, LogDestinationType, TrafficType },
    {
      LogDestination: planned.LogDestination,
      LogDestinationType: planned.LogDestinationType,
      TrafficType: planned.TrafficType,
    },
  );
  ok(String(made.ResourceId).startsWith('vpc-'), `it logs ${made.ResourceId}`);
};
