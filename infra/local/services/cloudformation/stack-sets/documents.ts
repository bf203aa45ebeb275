import type { Caller, World } from '../../../world.ts';
import { AwsError } from '../../../world.ts';
import type { Revision } from '../stacks.ts';

/** A stack set with service-managed permissions, in the Region where it was made. `id` is `<name>:<uuid>`. */
export type StackSet = {
  id: string;
  name: string;
  accountId: string;
  region: string;
  description?: string;
  revision: Revision;
  /** Non-conflicting operations run side by side, others queue; without it a second one is refused. */
  managedExecution: boolean;
  /** What it was made with, for the same call again. */
  token: string;
  input: string;
};

export type Parameter = { ParameterKey: string; ParameterValue: string };

/** The stack of a set in one account and Region, as the set sees it. */
export type StackInstance = {
  account: string;
  region: string;
  unitId: string;
  /** Absent when no stack was ever begun. */
  stackId?: string;
  overrides: Parameter[];
  status: 'CURRENT' | 'OUTDATED' | 'INOPERABLE';
  detailed:
    | 'PENDING'
    | 'RUNNING'
    | 'SUCCEEDED'
    | 'FAILED'
    | 'CANCELLED'
    | 'INOPERABLE'
    | 'SKIPPED_SUSPENDED_ACCOUNT';
  reason?: string;
  lastOperationId: string;
};

/** One account and Region of an operation. */
export type Target = {
  account: string;
  region: string;
  unitId: string;
  status: 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  reason?: string;
};

export type Preferences = {
  RegionConcurrencyType?: 'SEQUENTIAL' | 'PARALLEL';
  RegionOrder?: string[];
  FailureToleranceCount?: number;
  FailureTolerancePercentage?: number;
  MaxConcurrentCount?: number;
  MaxConcurrentPercentage?: number;
};

export type SetOperation = {
  id: string;
  action: 'CREATE' | 'UPDATE' | 'DELETE';
  status: 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED';
  targets: Target[];
  preferences: Preferences;
  deploymentTargets: DeploymentTargets;
  retainStacks: boolean;
  overrides?: Parameter[];
  createdAt: string;
  endedAt?: string;
};

export type DeploymentTargets = {
  OrganizationalUnitIds?: string[];
  Accounts?: string[];
  AccountFilterType?: 'NONE' | 'INTERSECTION' | 'DIFFERENCE' | 'UNION';
};

const setsAt = (region: string): string => `cloudformation/stack-sets/${region}`;
const instancesOf = (setId: string): string => `cloudformation/stack-instances/${setId}`;
const operationsOf = (setId: string): string => `cloudformation/stack-set-operations/${setId}`;
const instanceKey = (account: string, region: string): string => `${account}/${region}`;

export const setArn = ({ id, accountId, region }: StackSet): string =>
  `arn:aws:cloudformation:${region}:${accountId}:stackset/${id}`;

export const findSet = (world: World, region: string, nameOrId: string): StackSet | undefined =>
  world.store.get<StackSet>(setsAt(region), nameOrId.split(':')[0] ?? '');

export const setsIn = (world: World, region: string): StackSet[] =>
  world.store.values<StackSet>(setsAt(region));

export const countSets = (world: World, region: string): number => setsIn(world, region).length;

export function saveSet(world: World, set: StackSet): void {
  world.store.put(setsAt(set.region), set.name, set);
}

/** @throws AwsError `StackSetNotFoundException`, `ValidationError` for a caller that does not run stack sets */
export function requireSet(world: World, input: { StackSetName: string }, caller: Caller): StackSet {
  requireAdministrator(world, caller);
  const set = findSet(world, caller.region, input.StackSetName);
  if (set) return set;
  throw new AwsError('StackSetNotFoundException', `StackSet ${input.StackSetName} not found`, 404);
}

/** No delegated administrator is registered: the management account alone runs service-managed stack sets. */
export function requireAdministrator(world: World, caller: Caller): void {
  if (caller.accountId === world.landingZone.managementAccountId) return;
  throw new AwsError(
    'ValidationError',
    'You must be the management account or delegated admin account of an organization before operating a SERVICE_MANAGED stack set',
  );
}

/** By account and Region, so that pages do not depend on who was first. */
export const instancesIn = (world: World, set: StackSet): StackInstance[] =>
  world.store
    .values<StackInstance>(instancesOf(set.id))
    .sort((a, b) => (instanceKey(a.account, a.region) < instanceKey(b.account, b.region) ? -1 : 1));

export const findInstance = (
  world: World,
  set: StackSet,
  account: string,
  region: string,
): StackInstance | undefined =>
  world.store.get<StackInstance>(instancesOf(set.id), instanceKey(account, region));

export function saveInstance(world: World, set: StackSet, instance: StackInstance): void {
  world.store.put(instancesOf(set.id), instanceKey(instance.account, instance.region), instance);
}

export function removeInstance(world: World, set: StackSet, { account, region }: StackInstance): void {
  world.store.delete(instancesOf(set.id), instanceKey(account, region));
}

export const operationsIn = (world: World, set: StackSet): SetOperation[] =>
  world.store.values<SetOperation>(operationsOf(set.id));

export const findOperation = (world: World, set: StackSet, id: string): SetOperation | undefined =>
  world.store.get<SetOperation>(operationsOf(set.id), id);

export function saveOperation(world: World, set: StackSet, operation: SetOperation): void {
  world.store.put(operationsOf(set.id), operation.id, operation);
}
