import { page } from '../../paging.ts';
import { AwsError, type Caller, type Operation, type World } from '../../world.ts';
import { type AccountResource, deleteResource, getResource, listResources } from '../account-resources.ts';
import { deleteVpcCompanions } from '../cloudformation/resources/network.ts';

const VPC = 'AWS::EC2::VPC';
const PAGE = 1000;

/** What stands in a VPC that AWS deletes only after it. */
const INSIDE = ['AWS::EC2::Subnet', 'AWS::EC2::VPCEndpoint', 'AWS::EC2::VPCGatewayAttachment'];

type Describe = { VpcIds?: string[]; Filters?: unknown[]; NextToken?: string; MaxResults?: number };

/** VPCs of an account in a Region, whoever made them. */
export function vpcOperations(world: World): Record<'DescribeVpcs' | 'DeleteVpc', Operation> {
  const vpcAt = ({ accountId, region }: Caller, id: string): AccountResource => {
    const vpc = getResource(world.store, accountId, region, VPC, id);
    if (!vpc) throw new AwsError('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`);
    return vpc;
  };
  return {
    DescribeVpcs: ({ VpcIds, Filters, NextToken, MaxResults }: Describe, caller: Caller) => {
      if (Filters) throw new AwsError('InvalidParameterValue', 'The embedded AWS does not filter VPCs.');
      const all = VpcIds
        ? VpcIds.map((id) => vpcAt(caller, id))
        : listResources(world.store, caller.accountId, caller.region, VPC);
      const { items, nextToken } = page(all, NextToken, MaxResults ?? PAGE, 'InvalidParameterValue');
      return { Vpcs: items.map(described), NextToken: nextToken };
    },
    DeleteVpc: ({ VpcId }: { VpcId: string }, caller: Caller) => {
      const vpc = vpcAt(caller, VpcId);
      const inside = INSIDE.flatMap((type) =>
        listResources(world.store, caller.accountId, caller.region, type),
      ).some(({ properties }) => properties.VpcId === VpcId);
      if (inside)
        throw new AwsError(
          'DependencyViolation',
          `The vpc '${VpcId}' has dependencies and cannot be deleted.`,
        );
      deleteResource(world.store, caller.accountId, caller.region, VPC, VpcId);
      deleteVpcCompanions(world, vpc);
      return {};
    },
  };
}

function described({ id, accountId, properties, stackId }: AccountResource) {
  return {
    VpcId: id,
    OwnerId: accountId,
    CidrBlock: properties.CidrBlock,
    IsDefault: properties.IsDefault === true,
    InstanceTenancy: 'default',
    State: 'available',
    Tags: [...((properties.Tags as object[] | undefined) ?? []), ...(stackId ? stackTags(stackId) : [])],
  };
}

/** CloudFormation's own; nobody else may write a tag that begins with `aws:`. */
const stackTags = (stackId: string) => [
  { Key: 'aws:cloudformation:stack-id', Value: stackId },
  { Key: 'aws:cloudformation:stack-name', Value: stackId.split('/')[1] },
];
