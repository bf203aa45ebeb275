import { type Ask, listOf } from './ask.ts';

/** What an account holds in one Region, by moto's own lists: names and ids only. */
export type Inventory = Record<string, string[]>;

type Lister = (ask: Ask) => (string | undefined)[];

const LISTS: Record<string, Lister> = {
  stacks: (ask) =>
    listOf(ask, 'cloudformation', 'ListStacks', 'StackSummaries').map((stack) => stack.StackName),
  roles: (ask) => listOf(ask, 'iam', 'ListRoles', 'Roles').map((role) => role.RoleName),
  networks: (ask) => listOf(ask, 'ec2', 'DescribeVpcs', 'Vpcs').map((vpc) => vpc.VpcId),
  subnets: (ask) => listOf(ask, 'ec2', 'DescribeSubnets', 'Subnets').map((subnet) => subnet.SubnetId),
  'route tables': (ask) =>
    listOf(ask, 'ec2', 'DescribeRouteTables', 'RouteTables').map((table) => table.RouteTableId),
  endpoints: (ask) =>
    listOf(ask, 'ec2', 'DescribeVpcEndpoints', 'VpcEndpoints').map((endpoint) => endpoint.VpcEndpointId),
  'flow logs': (ask) => listOf(ask, 'ec2', 'DescribeFlowLogs', 'FlowLogs').map((log) => log.FlowLogId),
  'Config rules': (ask) =>
    listOf(ask, 'config', 'DescribeConfigRules', 'ConfigRules').map((rule) => rule.ConfigRuleName),
  trails: (ask) => ask('cloudtrail', 'DescribeTrails').trailList.map((trail: { Name: string }) => trail.Name),
  'event rules': (ask) => listOf(ask, 'events', 'ListRules', 'Rules').map((rule) => rule.Name),
  budgets: (ask) =>
    listOf(ask, 'budgets', 'DescribeBudgets', 'Budgets', {
      AccountId: ask('sts', 'GetCallerIdentity').Account,
    }).map((budget) => budget.BudgetName),
};

export const inventoryOf = (ask: Ask): Inventory =>
  Object.fromEntries(
    Object.entries(LISTS).map(([name, list]) => [
      name,
      list(ask)
        .map((item) => item ?? '')
        .sort(),
    ]),
  );

/** What is in the second and not in the first. */
export const added = (before: Inventory, after: Inventory): Inventory =>
  Object.fromEntries(
    Object.entries(after)
      .map(([kind, names]) => [kind, names.filter((name) => !before[kind]?.includes(name))] as const)
      .filter(([, names]) => names.length > 0),
  );
