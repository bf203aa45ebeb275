import type { PolicyDecision } from '../../../../services/guardrails/evaluate.ts';
import { denialMessage } from '../../authorization/denial.ts';
import { type Act, createServiceControl } from '../../authorization/service-control.ts';
import { AwsError, type Caller, type World } from '../../world.ts';
import {
  type AccountResource,
  deleteResource,
  getResource,
  putResource,
  regionOf,
} from '../account-resources.ts';
import { CUSTOM_RESOURCE_FAILURE } from '../lambda/custom-resource.ts';
import { type ResourcePhase, takeResourceFault } from './resource-faults.ts';
import { resourceType } from './resources/registry.ts';
import {
  checkProperties,
  type IamAction,
  isoNow,
  type ResourceContext,
  ResourceFailure,
  type ResourceType,
} from './resources/resource-type.ts';
import type { Physical, Stack, StackResource } from './stacks.ts';
import type { JsonObject } from './template/template.ts';

/** Makes, changes and removes single resources for stacks, as the stack's actor. */
export interface Provisioner {
  /** @throws ResourceFailure, AwsError */
  create(
    stack: Stack,
    logicalId: string,
    resource: StackResource,
  ): Pick<Required<StackResource>, 'id' | 'attributes'>;
  /** Changes properties in place. @throws ResourceFailure, AwsError */
  modify(stack: Stack, logicalId: string, resource: StackResource): void;
  /** @throws ResourceFailure */
  remove(stack: Stack, physical: Physical): void;
  /** Puts properties back as they were, without asking anybody: part of a roll-back. */
  restore(stack: Stack, resource: StackResource): void;
}

export function createProvisioner(world: World): Provisioner {
  const decide = createServiceControl(world);
  return {
    create(stack, logicalId, resource) {
      failWhenPlanned(world, stack, logicalId, 'create');
      const type = resourceType(resource.type);
      const context = contextOf(world, stack, logicalId, resource.properties);
      checkProperties(type, context);
      for (const action of type.actions(context)) authorize(world, decide, stack, action);
      const { id, attributes = {} } = type.create(context);
      refuseExisting(world, stack, resource.type, id);
      const made = accountResource(world, stack, { ...resource, id, attributes });
      putResource(world.store, made);
      type.afterCreate?.(context, made);
      return { id, attributes };
    },
    modify(stack, logicalId, resource) {
      failWhenPlanned(world, stack, logicalId, 'update');
      const type = resourceType(resource.type);
      const context = contextOf(world, stack, logicalId, resource.properties);
      checkProperties(type, context);
      for (const action of type.actions(context)) authorize(world, decide, stack, action);
      Object.assign(resource, updated(type, context, resource));
      const changed = accountResource(world, stack, resource);
      putResource(world.store, changed);
      type.afterUpdate?.(context, changed);
    },
    remove(stack, physical) {
      failWhenPlanned(world, stack, physical.logicalId, 'delete');
      const type = resourceType(physical.type);
      const context = contextOf(world, stack, physical.logicalId, {});
      authorize(world, decide, stack, type.deleteAction(context, physical.id));
      const { accountId, region } = stack;
      const found = getResource(world.store, accountId, region, physical.type, physical.id);
      // Somebody deleted it outside the stack: CloudFormation is content.
      if (!found) return;
      type.beforeDelete?.(context, found);
      deleteResource(world.store, accountId, region, physical.type, physical.id);
      type.afterDelete?.(world, found);
    },
    restore(stack, resource) {
      if (resource.id === undefined) return;
      putResource(world.store, accountResource(world, stack, resource));
    },
  };
}

/** What a resource says to its change, where it is asked. */
function updated(
  type: ResourceType,
  context: ResourceContext,
  resource: StackResource,
): Pick<StackResource, 'attributes'> {
  const { world, accountId, region } = context;
  const old = getResource(world.store, accountId, region, resource.type, resource.id ?? '');
  const answer = old && type.update?.(context, old);
  if (answer === undefined) return { attributes: resource.attributes };
  if (answer.id !== resource.id)
    throw new ResourceFailure(`the embedded AWS: a new physical id, ${answer.id}, is not followed`);
  return { attributes: answer.attributes };
}

function failWhenPlanned(world: World, stack: Stack, logicalId: string, phase: ResourcePhase): void {
  const { name: stackName, accountId, region } = stack;
  const at = { stackName, accountId, region, logicalId, phase };
  const reason = takeResourceFault(world, at);
  if (reason !== undefined) throw new ResourceFailure(reason, 'GeneralServiceException');
}

function contextOf(world: World, stack: Stack, logicalId: string, properties: JsonObject): ResourceContext {
  const { accountId, region, name: stackName, id: stackId } = stack;
  return { world, accountId, region, stackId, stackName, logicalId, properties };
}

type Decide = (caller: Caller, act: Act) => PolicyDecision;

/** CloudFormation calls the other services with its caller's identity, and says so in the request. */
function authorize(world: World, decide: Decide, stack: Stack, { action, resource }: IamAction): void {
  const act: Act = {
    action,
    resource,
    context: {
      'aws:ViaAWSService': 'true',
      'aws:CalledVia': ['cloudformation.amazonaws.com'],
      'aws:CalledViaFirst': 'cloudformation.amazonaws.com',
      'aws:CalledViaLast': 'cloudformation.amazonaws.com',
    },
  };
  const refusal = denialMessage(stack.actor, act, decide(stack.actor, act));
  if (refusal === undefined) return;
  const service = action.split(':')[0] ?? '';
  throw new ResourceFailure(
    `${refusal} (Service: ${service}, Status Code: 403, Request ID: ${world.random.uuid()})`,
    'AccessDenied',
  );
}

function refuseExisting(world: World, { accountId, region }: Stack, type: string, id: string): void {
  if (getResource(world.store, accountId, region, type, id) !== undefined)
    throw new ResourceFailure(
      `Resource of type '${type}' with identifier '${id}' already exists.`,
      'AlreadyExists',
    );
}

function accountResource(world: World, stack: Stack, resource: StackResource): AccountResource {
  const { accountId, region } = stack;
  const id = resource.id ?? '';
  const old = getResource(world.store, accountId, region, resource.type, id);
  return {
    type: resource.type,
    id,
    accountId,
    region: regionOf(resource.type, region),
    properties: resource.properties,
    attributes: resource.attributes,
    createdAt: old?.createdAt ?? isoNow(world),
    stackId: stack.id,
  };
}

/** What DescribeStackEvents shows for a resource that failed; anything unexpected goes on up. */
export function failureReason(world: World, error: unknown): string {
  if (error instanceof AwsError) return error.message;
  if (!(error instanceof ResourceFailure)) throw error;
  const isOurWords =
    error.code === CUSTOM_RESOURCE_FAILURE ||
    (error.code === 'InvalidRequest' && error.message.startsWith('Properties validation'));
  return isOurWords
    ? error.message
    : `Resource handler returned message: "${error.message}" (RequestToken: ${world.random.uuid()}, HandlerErrorCode: ${error.code})`;
}
