import { page } from '../../paging.ts';
import type { Caller, World } from '../../world.ts';
import { templateText } from './revision.ts';
import { allStacks, findStack, type Stack, stackEvents } from './stacks.ts';
import { validationError } from './template/template.ts';

const STACKS_PER_PAGE = 100;
const EVENTS_PER_PAGE = 100;

type Token = { NextToken?: string };

export const doesNotExist = (nameOrId: string) => validationError(`Stack with id ${nameOrId} does not exist`);

/** @throws AwsError `ValidationError` */
export function requireStack(world: World, caller: Caller, nameOrId: string): Stack {
  const stack = findStack(world, caller, nameOrId);
  if (!stack) throw doesNotExist(nameOrId);
  return stack;
}

export function describeStacks(world: World, input: Token & { StackName?: string }, caller: Caller) {
  if (input.StackName !== undefined)
    return { Stacks: [describeStack(requireStack(world, caller, input.StackName))] };
  const live = allStacks(world, caller).filter((stack) => stack.status !== 'DELETE_COMPLETE');
  const { items, nextToken } = page(live.reverse(), input.NextToken, STACKS_PER_PAGE, 'ValidationError');
  return { Stacks: items.map(describeStack), ...next(nextToken) };
}

const next = (token: string | undefined) => (token === undefined ? {} : { NextToken: token });

function describeStack(stack: Stack) {
  const { revision } = stack;
  return {
    StackId: stack.id,
    StackName: stack.name,
    ...(stack.changeSetId === undefined ? {} : { ChangeSetId: stack.changeSetId }),
    ...(revision.description === undefined ? {} : { Description: revision.description }),
    Parameters: revision.parameters.map(({ name, text, noEcho }) => ({
      ParameterKey: name,
      ParameterValue: noEcho ? '****' : text,
    })),
    ...times(stack),
    RollbackConfiguration: {},
    StackStatus: stack.status,
    ...(stack.statusReason === undefined ? {} : { StackStatusReason: stack.statusReason }),
    DisableRollback: stack.onFailure === 'DO_NOTHING',
    NotificationARNs: revision.notificationArns,
    ...(stack.timeoutInMinutes === undefined ? {} : { TimeoutInMinutes: stack.timeoutInMinutes }),
    Capabilities: revision.capabilities,
    Outputs: stack.outputs,
    ...(stack.roleArn === undefined ? {} : { RoleARN: stack.roleArn }),
    Tags: revision.tags,
    EnableTerminationProtection: stack.terminationProtection,
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  };
}

const times = (stack: Stack) => ({
  CreationTime: stack.createdAt,
  ...(stack.updatedAt === undefined ? {} : { LastUpdatedTime: stack.updatedAt }),
  ...(stack.deletedAt === undefined ? {} : { DeletionTime: stack.deletedAt }),
});

export function listStacks(world: World, input: Token & { StackStatusFilter?: string[] }, caller: Caller) {
  const wanted = input.StackStatusFilter ?? [];
  const found = allStacks(world, caller)
    .filter((stack) => wanted.length === 0 || wanted.includes(stack.status))
    .reverse();
  const { items, nextToken } = page(found, input.NextToken, STACKS_PER_PAGE, 'ValidationError');
  const StackSummaries = items.map((stack) => ({
    StackId: stack.id,
    StackName: stack.name,
    ...(stack.revision.description === undefined ? {} : { TemplateDescription: stack.revision.description }),
    ...times(stack),
    StackStatus: stack.status,
    ...(stack.statusReason === undefined ? {} : { StackStatusReason: stack.statusReason }),
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  }));
  return { StackSummaries, ...next(nextToken) };
}

export function describeStackEvents(world: World, input: Token & { StackName: string }, caller: Caller) {
  const stack = findStack(world, caller, input.StackName);
  if (!stack) throw validationError(`Stack [${input.StackName}] does not exist`);
  const events = stackEvents(world, stack);
  const { items, nextToken } = page(events, input.NextToken, EVENTS_PER_PAGE, 'ValidationError');
  return { StackEvents: items, ...next(nextToken) };
}

type ResourcesInput = { StackName?: string; LogicalResourceId?: string; PhysicalResourceId?: string };

export function describeStackResources(world: World, input: ResourcesInput, caller: Caller) {
  const stack =
    input.StackName === undefined
      ? ownerOf(world, input, caller)
      : requireStack(world, caller, input.StackName);
  const found = Object.entries(stack.resources).filter(
    ([logicalId]) => input.LogicalResourceId === undefined || input.LogicalResourceId === logicalId,
  );
  if (found.length === 0 && input.LogicalResourceId !== undefined)
    throw validationError(`Resource ${input.LogicalResourceId} does not exist for stack ${stack.name}`);
  return {
    StackResources: found.map(([LogicalResourceId, resource]) => ({
      StackName: stack.name,
      StackId: stack.id,
      LogicalResourceId,
      ...(resource.id === undefined ? {} : { PhysicalResourceId: resource.id }),
      ResourceType: resource.type,
      Timestamp: resource.timestamp,
      ResourceStatus: resource.status,
      ...(resource.reason === undefined ? {} : { ResourceStatusReason: resource.reason }),
      DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
    })),
  };
}

function ownerOf(world: World, { PhysicalResourceId: id }: ResourcesInput, caller: Caller): Stack {
  if (id === undefined) throw validationError('Either StackName or PhysicalResourceId must be specified');
  const stack = allStacks(world, caller).find((one) =>
    Object.values(one.resources).some((resource) => resource.id === id),
  );
  if (!stack) throw validationError(`Stack for ${id} does not exist`);
  return stack;
}

export function getTemplate(world: World, input: { StackName?: string }, caller: Caller) {
  const stack = requireStack(world, caller, input.StackName ?? '');
  return { TemplateBody: templateText(world, stack.revision), StagesAvailable: ['Original', 'Processed'] };
}
