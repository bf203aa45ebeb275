import { createHash } from 'node:crypto';
import { page } from '../../paging.ts';
import { AwsError, type Caller, type Operation, type World } from '../../world.ts';
import { type AccountResource, getResource, listResources, putResource } from '../account-resources.ts';

const GROUP = 'AWS::EC2::SecurityGroup';
const PAGE = 1000;
const DIRECTIONS = { Ingress: 'SecurityGroupIngress', Egress: 'SecurityGroupEgress' } as const;
type Direction = keyof typeof DIRECTIONS;

/** In CloudFormation's spelling. */
type Rule = {
  IpProtocol: string;
  FromPort?: number;
  ToPort?: number;
  CidrIp?: string;
  SourceSecurityGroupId?: string;
  Description?: string;
};
type Describe = {
  Filters?: { Name?: string; Values?: string[] }[];
  SecurityGroupRuleIds?: string[];
  NextToken?: string;
  MaxResults?: number;
};
type Revoke = { GroupId?: string; SecurityGroupRuleIds?: string[] };

/** The rules that stand in security groups themselves, whoever made the group. */
export function securityGroupOperations(
  world: World,
): Record<'DescribeSecurityGroupRules' | `RevokeSecurityGroup${Direction}`, Operation> {
  const groupAt = ({ accountId, region }: Caller, id: string | undefined): AccountResource => {
    const group = id && getResource(world.store, accountId, region, GROUP, id);
    if (!group) throw new AwsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
    return group;
  };
  const revoke = (direction: Direction) => (input: Revoke, caller: Caller) => {
    const group = groupAt(caller, input.GroupId);
    const known = rulesOf(group, direction);
    for (const id of input.SecurityGroupRuleIds ?? [])
      if (!known.some((rule) => ruleId(group, direction, rule) === id))
        throw new AwsError(
          'InvalidSecurityGroupRuleId.NotFound',
          `The security group rule ID '${id}' does not exist`,
        );
    const left = known.filter(
      (rule) => !input.SecurityGroupRuleIds?.includes(ruleId(group, direction, rule)),
    );
    putResource(world.store, {
      ...group,
      properties: { ...group.properties, [DIRECTIONS[direction]]: left },
    });
    return { Return: true };
  };
  return {
    DescribeSecurityGroupRules(input: Describe, caller: Caller) {
      const groups = listResources(world.store, caller.accountId, caller.region, GROUP);
      const wanted = groupFilter(input);
      const rules = groups
        .filter(({ id }) => !wanted || wanted.includes(id))
        .flatMap((group) => [...described(group, 'Ingress'), ...described(group, 'Egress')]);
      const { items, nextToken } = page(
        rules,
        input.NextToken,
        input.MaxResults ?? PAGE,
        'InvalidParameterValue',
      );
      return { SecurityGroupRules: items, NextToken: nextToken };
    },
    RevokeSecurityGroupIngress: revoke('Ingress'),
    RevokeSecurityGroupEgress: revoke('Egress'),
  };
}

function groupFilter({ Filters = [], SecurityGroupRuleIds }: Describe): string[] | undefined {
  if (SecurityGroupRuleIds || Filters.some(({ Name }) => Name !== 'group-id'))
    throw new AwsError('InvalidParameterValue', 'The embedded AWS filters rules by group-id only.');
  return Filters[0]?.Values;
}

const rulesOf = ({ properties }: AccountResource, direction: Direction): Rule[] =>
  (properties[DIRECTIONS[direction]] as Rule[] | undefined) ?? [];

/** Follows from the rule, so that it is the same at every look. */
const ruleId = (group: AccountResource, direction: Direction, rule: Rule): string =>
  `sgr-0${createHash('sha256')
    .update(JSON.stringify([group.id, direction, rule]))
    .digest('hex')
    .slice(0, 16)}`;

const described = (group: AccountResource, direction: Direction) =>
  rulesOf(group, direction).map((rule) => {
    const { IpProtocol, FromPort = -1, ToPort = -1, CidrIp, SourceSecurityGroupId, Description } = rule;
    return {
      SecurityGroupRuleId: ruleId(group, direction, rule),
      GroupId: group.id,
      GroupOwnerId: group.accountId,
      IsEgress: direction === 'Egress',
      IpProtocol,
      FromPort,
      ToPort,
      ...(CidrIp === undefined ? {} : { CidrIpv4: CidrIp }),
      ...(SourceSecurityGroupId === undefined
        ? {}
        : { ReferencedGroupInfo: { GroupId: SourceSecurityGroupId, UserId: group.accountId } }),
      ...(Description === undefined ? {} : { Description }),
      Tags: [],
    };
  });
