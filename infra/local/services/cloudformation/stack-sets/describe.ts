import { page } from '../../../paging.ts';
import { AwsError, type Caller, type World } from '../../../world.ts';
import {
  findInstance,
  findOperation,
  instancesIn,
  requireSet,
  type SetOperation,
  type StackInstance,
  type StackSet,
} from './documents.ts';

type Paged = { StackSetName: string; NextToken?: string; MaxResults?: number };
type Where = { StackInstanceAccount?: string; StackInstanceRegion?: string };
type Filters = { Filters?: { Name?: string; Values?: string }[] };

const PAGE = 100;

/** @throws AwsError `StackSetNotFoundException`, `StackInstanceNotFoundException` */
export function describeStackInstance(
  world: World,
  input: { StackSetName: string } & Required<Where>,
  caller: Caller,
) {
  const set = requireSet(world, input, caller);
  const { StackInstanceAccount: account, StackInstanceRegion: region } = input;
  const instance = findInstance(world, set, account, region);
  if (!instance)
    throw new AwsError(
      'StackInstanceNotFoundException',
      `StackInstance for StackSet ${set.id}, account ${account} and Region ${region} not found`,
      404,
    );
  return { StackInstance: { ...summary(set, instance), ParameterOverrides: instance.overrides } };
}

export function listStackInstances(world: World, input: Paged & Where & Filters, caller: Caller) {
  const set = requireSet(world, input, caller);
  const found = instancesIn(world, set).filter(
    (one) =>
      (input.StackInstanceAccount ?? one.account) === one.account &&
      (input.StackInstanceRegion ?? one.region) === one.region &&
      (input.Filters ?? []).every((filter) => passes(one, filter)),
  );
  const { items, nextToken } = page(found, input.NextToken, input.MaxResults ?? PAGE, 'ValidationError');
  return {
    Summaries: items.map((one) => summary(set, one)),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

function passes(instance: StackInstance, { Name, Values }: { Name?: string; Values?: string }): boolean {
  if (Name === 'DETAILED_STATUS') return instance.detailed === Values;
  if (Name === 'LAST_OPERATION_ID') return instance.lastOperationId === Values;
  return Values === 'NOT_CHECKED';
}

const summary = (set: StackSet, instance: StackInstance) => ({
  StackSetId: set.id,
  Region: instance.region,
  Account: instance.account,
  ...(instance.stackId === undefined ? {} : { StackId: instance.stackId }),
  Status: instance.status,
  StackInstanceStatus: { DetailedStatus: instance.detailed },
  ...(instance.reason === undefined ? {} : { StatusReason: instance.reason }),
  OrganizationalUnitId: instance.unitId,
  DriftStatus: 'NOT_CHECKED',
  LastOperationId: instance.lastOperationId,
});

export function describeStackSetOperation(
  world: World,
  input: { StackSetName: string; OperationId: string },
  caller: Caller,
) {
  const set = requireSet(world, input, caller);
  const operation = requireOperation(world, set, input.OperationId);
  const failures = operation.targets.filter(({ status }) => status === 'FAILED').length;
  return {
    StackSetOperation: {
      OperationId: operation.id,
      StackSetId: set.id,
      Action: operation.action,
      Status: operation.status,
      OperationPreferences: { RegionOrder: [], ...operation.preferences },
      ...(operation.action === 'DELETE' ? { RetainStacks: operation.retainStacks } : {}),
      CreationTimestamp: operation.createdAt,
      ...(operation.endedAt === undefined ? {} : { EndTimestamp: operation.endedAt }),
      DeploymentTargets: operation.deploymentTargets,
      StatusDetails: { FailedStackInstancesCount: failures },
    },
  };
}

export function listStackSetOperationResults(
  world: World,
  input: Paged & { OperationId: string },
  caller: Caller,
) {
  const set = requireSet(world, input, caller);
  const { targets } = requireOperation(world, set, input.OperationId);
  const { items, nextToken } = page(targets, input.NextToken, input.MaxResults ?? PAGE, 'ValidationError');
  return {
    Summaries: items.map((target) => ({
      Account: target.account,
      Region: target.region,
      Status: target.status,
      ...(target.reason === undefined ? {} : { StatusReason: target.reason }),
      AccountGateResult: {
        Status: 'SKIPPED',
        StatusReason: `Function not found: arn:aws:lambda:${target.region}:${target.account}:function:AWSCloudFormationStackSetAccountGate`,
      },
      OrganizationalUnitId: target.unitId,
    })),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

/** @throws AwsError `OperationNotFoundException` */
function requireOperation(world: World, set: StackSet, id: string): SetOperation {
  const operation = findOperation(world, set, id);
  if (!operation)
    throw new AwsError('OperationNotFoundException', `Operation ${id} of ${set.id} not found`, 404);
  return operation;
}
