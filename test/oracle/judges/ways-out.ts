import { deepEqual, equal, match } from 'node:assert/strict';
import type { Judge } from './resource-judges.ts';

export const judgeAttachment: Judge<object> = (ask) => {
  const { InternetGateways } = ask('ec2', 'DescribeInternetGateways');
  equal(InternetGateways.length, 1);
  match(InternetGateways[0].Attachments[0].VpcId, /^vpc-/);
};

export const judgeAddress: Judge<{ Domain: string }> = (ask, planned, PublicIp) => {
  const [made] = ask('ec2', 'DescribeAddresses', { PublicIps: [PublicIp] }).Addresses;
  equal(made.Domain, planned.Domain);
  match(made.NetworkInterfaceId, /^eni-/, `nothing uses ${PublicIp}`);
};

/** A NAT gateway with an address of its own, in a subnet with a way to the internet. */
export const judgeNatGateway: Judge<object> = (ask, _planned, id) => {
  const [made] = ask('ec2', 'DescribeNatGateways', { NatGatewayIds: [id] }).NatGateways;
  equal(made.State, 'available');
  equal(made.NatGatewayAddresses.length, 1);
  const { SubnetId, NatGatewayAddresses } = made;
  const [address] = ask('ec2', 'DescribeAddresses', {
    AllocationIds: [NatGatewayAddresses[0].AllocationId],
  }).Addresses;
  equal(address.PublicIp, NatGatewayAddresses[0].PublicIp);
  const { Tags = [] } = ask('ec2', 'DescribeSubnets', { SubnetIds: [SubnetId] }).Subnets[0];
  match(Tags.find(({ Key }: { Key: string }) => Key === 'Name')?.Value ?? '', /public/);
};

type Rule = { IpProtocol: string; FromPort?: number; ToPort?: number; CidrIp: string };
type Group = { SecurityGroupIngress?: Rule[]; SecurityGroupEgress?: Rule[] };
type Permission = Omit<Rule, 'CidrIp'> & { IpRanges?: { CidrIp: string }[] };

/** A security group lets in and out exactly what the template says. */
export const judgeSecurityGroup: Judge<Group> = (ask, planned, id) => {
  const [made] = ask('ec2', 'DescribeSecurityGroups', { GroupIds: [id] }).SecurityGroups;
  deepEqual(
    made.IpPermissions.flatMap(linesOf).sort(),
    (planned.SecurityGroupIngress ?? []).map(line).sort(),
  );
  deepEqual(
    made.IpPermissionsEgress.flatMap(linesOf).sort(),
    (planned.SecurityGroupEgress ?? []).map(line).sort(),
  );
};

/** The default groups of the VPCs that stacks have made have no rule left. */
export const judgeClosedGroup: Judge<object> = (ask) => {
  const Filters = [{ Name: 'group-name', Values: ['default'] }];
  const groups = ask('ec2', 'DescribeSecurityGroups', { Filters }).SecurityGroups;
  equal(groups.length, 1);
  deepEqual([groups[0].IpPermissions, groups[0].IpPermissionsEgress], [[], []]);
};

const linesOf = ({ IpRanges = [], ...rest }: Permission): string[] =>
  IpRanges.map(({ CidrIp }) => line({ ...rest, CidrIp }));

const line = ({ IpProtocol, FromPort, ToPort, CidrIp }: Rule): string =>
  `${IpProtocol} ${FromPort}-${ToPort} ${CidrIp}`;
