import { createHash } from 'node:crypto';
import { denialMessage } from '../../../authorization/denial.ts';
import { createServiceControl } from '../../../authorization/service-control.ts';
import { ORGANIZATION_COLLECTIONS, type OrganizationAccount } from '../../../organization-tree.ts';
import { AwsError, type Caller, type World } from '../../../world.ts';
import { getRole, putSettledRoles, roleArn } from '../../iam.ts';
import { createStack, deleteStack, updateStack } from '../change-stack.ts';
import { findStack, type Stack, stackEvents } from '../stacks.ts';
import type { SetOperation, StackInstance, StackSet, Target } from './documents.ts';

/** What became of one account and Region of an operation. `gone`: the instance is no more. */
export type Outcome = {
  status: Target['status'];
  detailed: StackInstance['detailed'];
  reason?: string;
  gone?: boolean;
};

const RUNNING: Outcome = { status: 'RUNNING', detailed: 'RUNNING' };
const GONE: Outcome = { status: 'SUCCEEDED', detailed: 'SUCCEEDED', gone: true };
const SUCCEEDED: Outcome = { status: 'SUCCEEDED', detailed: 'SUCCEEDED' };
const failed = (reason: string): Outcome => ({ status: 'FAILED', detailed: 'FAILED', reason });

/** Makes, updates or deletes the stack in the account, as the role that stack sets have there. */
export function beginTarget(
  world: World,
  set: StackSet,
  operation: SetOperation,
  instance: StackInstance,
): Outcome {
  const { account, region } = instance;
  const known = world.store.get<OrganizationAccount>(ORGANIZATION_COLLECTIONS.accounts, account);
  if (known?.State !== 'ACTIVE')
    return {
      status: 'FAILED',
      detailed: 'SKIPPED_SUSPENDED_ACCOUNT',
      reason: `Account ${account} is suspended`,
    };
  const caller = executionCaller(world, account, region);
  if (operation.action === 'DELETE') return beginDeletion(world, caller, operation, instance);
  const stack = stackAt(world, instance);
  try {
    if (stack && stack.status !== 'DELETE_COMPLETE') {
      authorize(world, caller, 'UpdateStack', stack.name);
      updateStack(world, { StackName: stack.id, ...revisionOf(set, instance) }, caller);
    } else {
      const StackName = `StackSet-${set.name}-${world.random.uuid()}`;
      authorize(world, caller, 'CreateStack', StackName);
      instance.stackId = createStack(
        world,
        { StackName, OnFailure: 'ROLLBACK', ...revisionOf(set, instance) },
        caller,
      ).StackId;
    }
    return RUNNING;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return error.message.includes('No updates are to be performed') ? SUCCEEDED : failed(error.message);
  }
}

function beginDeletion(
  world: World,
  caller: Caller,
  operation: SetOperation,
  instance: StackInstance,
): Outcome {
  const stack = stackAt(world, instance);
  if (!stack || stack.status === 'DELETE_COMPLETE' || operation.retainStacks) return GONE;
  try {
    authorize(world, caller, 'DeleteStack', stack.name);
    deleteStack(world, { StackName: stack.id }, caller);
    return RUNNING;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { status: 'FAILED', detailed: 'INOPERABLE', reason: error.message };
  }
}

/** How the stack of an instance stands that an operation works on. */
export function outcomeOf(
  world: World,
  _set: StackSet,
  operation: SetOperation,
  instance: StackInstance,
): Outcome {
  const stack = stackAt(world, instance);
  if (operation.action === 'DELETE') {
    if (!stack || stack.status === 'DELETE_COMPLETE') return GONE;
    if (stack.status !== 'DELETE_FAILED') return RUNNING;
    return { status: 'FAILED', detailed: 'INOPERABLE', reason: firstFailure(world, stack) };
  }
  if (!stack) return failed('The stack was deleted outside the stack set');
  if (stack.status.endsWith('IN_PROGRESS')) return RUNNING;
  const isWhole = stack.status === 'CREATE_COMPLETE' || stack.status === 'UPDATE_COMPLETE';
  return isWhole ? SUCCEEDED : failed(firstFailure(world, stack));
}

const stackAt = (world: World, { account, region, stackId }: StackInstance): Stack | undefined =>
  stackId === undefined ? undefined : findStack(world, { accountId: account, region }, stackId);

/** The set's values, replaced by the instance's own. */
function revisionOf(set: StackSet, { overrides }: StackInstance) {
  const own = new Map(overrides.map((one) => [one.ParameterKey, one.ParameterValue]));
  const { parameters, templateKey, capabilities, tags } = set.revision;
  return {
    templateKey,
    Capabilities: capabilities,
    Tags: tags,
    Parameters: parameters.map(({ name, text }) => ({
      ParameterKey: name,
      ParameterValue: own.get(name) ?? text,
    })),
  };
}

/** In the words of stack sets: which resource it was, and what was said of it. */
function firstFailure(world: World, stack: Stack): string {
  const first = stackEvents(world, stack)
    .reverse()
    .find(
      (event) =>
        event.ResourceStatus.endsWith('FAILED') &&
        event.LogicalResourceId !== stack.name &&
        !/cancelled/i.test(event.ResourceStatusReason ?? ''),
    );
  return first
    ? `ResourceLogicalId:${first.LogicalResourceId}, ResourceType:${first.ResourceType}, ResourceStatusReason:${first.ResourceStatusReason ?? ''}.`
    : (stack.statusReason ?? stack.status);
}

/** The role that trusted access makes in every member account; its name is one for the organization. */
function executionCaller(world: World, accountId: string, region: string): Caller {
  const { organizationId, managementAccountId } = world.landingZone;
  const hex = createHash('sha256').update(`stacksets ${organizationId}`).digest('hex').slice(0, 32);
  const name = `stacksets-exec-${hex}`;
  if (!getRole(world, accountId, name)) {
    const Principal = {
      AWS: `arn:aws:iam::${managementAccountId}:role/aws-service-role/stacksets.cloudformation.amazonaws.com/AWSServiceRoleForCloudFormationStackSetsOrgAdmin`,
    };
    putSettledRoles(world, accountId, [
      {
        name,
        trust: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
        },
        managedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'],
      },
    ]);
  }
  return { accountId, region, principalArn: roleArn(accountId, name) };
}

/** @throws AwsError `AccessDenied` when a service control policy keeps the role from CloudFormation itself */
function authorize(world: World, caller: Caller, verb: string, stackName: string): void {
  const act = {
    action: `cloudformation:${verb}`,
    resource: `arn:aws:cloudformation:${caller.region}:${caller.accountId}:stack/${stackName}/*`,
  };
  const refusal = denialMessage(caller, act, createServiceControl(world)(caller, act));
  if (refusal !== undefined) throw new AwsError('AccessDenied', refusal, 403);
}
