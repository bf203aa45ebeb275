import { page } from '../../paging.ts';
import type { Caller, Operation, World } from '../../world.ts';
import { listResources } from '../account-resources.ts';
import { ROUTE_TABLE, SUBNET } from '../cloudformation/resources/ec2-type.ts';
import { type Filters, passes, type Tag } from './filters.ts';

type Describe = { Filters?: Filters; NextToken?: string; MaxResults?: number };
const PAGE = 1_000;
const WAYS = ['GatewayId', 'NatGatewayId', 'TransitGatewayId', 'VpcPeeringConnectionId'] as const;

const ZONES = 6;

/**
 * `us-east-1a` of one account is another zone than that of the next; the id is the same zone everywhere.
 *
 * @example zoneIdOf('us-east-1a', '111122223330') // 'use1-az1'
 */
export function zoneIdOf(zone: string, accountId: string): string {
  const [, area = '', direction = '', n = '', letter = 'a'] =
    /^([a-z]+)-([a-z-]+)-(\d)([a-z])$/.exec(zone) ?? [];
  const short = direction.replace(/(north|south|east|west|central)/g, (word) => word.charAt(0));
  const index = letter.charCodeAt(0) - 'a'.charCodeAt(0) + Number(accountId.at(-1));
  return `${area}${short.replace('-', '')}${n}-az${(index % ZONES) + 1}`;
}

/** Subnets and route tables, whoever made them; a table always leads to its own VPC. */
export function routeOperations(world: World): Record<'DescribeRouteTables' | 'DescribeSubnets', Operation> {
  const list = ({ accountId, region }: Caller, type: string) =>
    listResources(world.store, accountId, region, type);
  const cidrOf = (caller: Caller, vpcId: unknown): unknown =>
    list(caller, 'AWS::EC2::VPC').find(({ id }) => id === vpcId)?.properties.CidrBlock;

  return {
    DescribeSubnets: (input: Describe, caller: Caller) => {
      const all = list(caller, SUBNET).map(({ id, properties, attributes }) => ({
        SubnetId: id,
        VpcId: properties.VpcId as string,
        CidrBlock: properties.CidrBlock as string,
        AvailabilityZone: attributes.AvailabilityZone as string,
        AvailabilityZoneId: zoneIdOf(attributes.AvailabilityZone as string, caller.accountId),
        State: 'available',
        Tags: (properties.Tags as Tag[] | undefined) ?? [],
      }));
      const found = all.filter((one) =>
        passes(input.Filters, one.Tags, { 'subnet-id': one.SubnetId, 'vpc-id': one.VpcId }),
      );
      const { items, nextToken } = page(
        found,
        input.NextToken,
        input.MaxResults ?? PAGE,
        'InvalidParameterValue',
      );
      return { Subnets: items, NextToken: nextToken };
    },
    DescribeRouteTables: (input: Describe, caller: Caller) => {
      const routes = list(caller, 'AWS::EC2::Route');
      const associations = list(caller, 'AWS::EC2::SubnetRouteTableAssociation');
      const all = list(caller, ROUTE_TABLE).map(({ id, properties }) => ({
        RouteTableId: id,
        VpcId: properties.VpcId as string,
        OwnerId: caller.accountId,
        Associations: [
          ...(properties.Main === true ? [{ Main: true, RouteTableId: id }] : []),
          ...associations
            .filter((one) => one.properties.RouteTableId === id)
            .map((one) => ({
              ...{ Main: false, RouteTableId: id, RouteTableAssociationId: one.id },
              SubnetId: one.properties.SubnetId,
            })),
        ],
        Routes: [
          { DestinationCidrBlock: cidrOf(caller, properties.VpcId), GatewayId: 'local', State: 'active' },
          ...routes
            .filter((one) => one.properties.RouteTableId === id)
            .map((one) => ({
              ...Object.fromEntries(
                ['DestinationCidrBlock', 'DestinationIpv6CidrBlock', ...WAYS].flatMap((name) =>
                  one.properties[name] === undefined ? [] : [[name, one.properties[name]]],
                ),
              ),
              State: 'active',
            })),
        ],
      }));
      const found = all.filter((one) =>
        passes(input.Filters, [], { 'route-table-id': one.RouteTableId, 'vpc-id': one.VpcId }),
      );
      const { items, nextToken } = page(
        found,
        input.NextToken,
        input.MaxResults ?? PAGE,
        'InvalidParameterValue',
      );
      return { RouteTables: items, NextToken: nextToken };
    },
  };
}
