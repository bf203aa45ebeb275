import { isDeepStrictEqual } from 'node:util';
import type { World } from '../../world.ts';
import { scheduleEvaluation } from '../config/rules.ts';
import { failureReason, type Provisioner } from './provision.ts';
import { beginClean, beginRemoval, beginUndo } from './removal.ts';
import { resourceType } from './resources/registry.ts';
import { isoNow, ResourceFailure } from './resources/resource-type.ts';
import { type Prepared, reread, stackScope } from './revision.ts';
import {
  continueAfter,
  type Doing,
  type Output,
  type Physical,
  type Snapshot,
  type Stack,
  type StackResource,
  setResourceStatus,
  setStackStatus,
  type Work,
} from './stacks.ts';
import { evaluate, evaluateProperties, type Scope } from './template/evaluate.ts';
import type { JsonObject } from './template/template.ts';

export type Deploy = Extract<Work, { kind: 'deploy' }>;
type Deps = { world: World; provisioner: Provisioner };

/** How long a whole creation or update takes, whatever the number of resources. AWS time. */
const DEPLOY_MS = { least: 60_000, spread: 60_000 };

/** Starts to make what `prepared` says, wave by wave. The stack's status is set already. */
export function beginDeploy(world: World, stack: Stack, prepared: Prepared, before?: Deploy['before']): void {
  stack.work = {
    kind: 'deploy',
    waves: prepared.waves,
    at: -1,
    doing: {},
    replaced: [],
    ...(before === undefined ? {} : { before }),
  };
  continueAfter(world, stack, waveTime(world, stack.work));
}

/** The first stretch is CloudFormation's own; the rest is shared by the waves. */
function waveTime(world: World, work: Deploy): number {
  return (DEPLOY_MS.least + world.random.below(DEPLOY_MS.spread)) / (work.waves.length + 1);
}

/** One timer of a stack that is being made: ends the wave that is going on and begins the next. */
export function stepDeploy(deps: Deps, stack: Stack, work: Deploy): void {
  const prepared = reread(deps.world, placeOf(stack), stack.revision);
  const failed = finishWave(deps, stack, work);
  // Waves in which nothing changes take no time.
  while (failed.length === 0 && work.at + 1 < work.waves.length) {
    work.at += 1;
    failed.push(...beginWave(deps.world, stack, work, prepared));
    if (Object.keys(work.doing).length === 0) continue;
    continueAfter(deps.world, stack, waveTime(deps.world, work));
    return;
  }
  if (failed.length > 0) fail(deps.world, stack, work, failed);
  else complete(deps.world, stack, work, prepared);
}

export const placeOf = (stack: Stack) => ({
  accountId: stack.accountId,
  region: stack.region,
  stackId: stack.id,
  stackName: stack.name,
});

type Failed = { logicalId: string; doing: Doing };

/** Starts the resources of a wave; `work.doing` says which. When one cannot even be started, none is. */
function beginWave(world: World, stack: Stack, work: Deploy, prepared: Prepared): Failed[] {
  const scope = stackScope(stack, prepared);
  const logicalIds = work.waves[work.at] ?? [];
  work.doing = {};
  const plans: [logicalId: string, plan: ResourcePlan][] = [];
  for (const logicalId of logicalIds) {
    try {
      const plan = planResource(stack, logicalId, prepared, scope);
      if (plan !== undefined) plans.push([logicalId, plan]);
    } catch (error) {
      const type = prepared.template.resources.get(logicalId)?.type ?? '';
      stack.resources[logicalId] ??= newResource(world, type, {});
      setResourceStatus(world, stack, logicalId, 'CREATE_FAILED', failureReason(world, error));
      return [{ logicalId, doing: 'create' }];
    }
  }
  for (const [logicalId, plan] of plans) {
    work.doing[logicalId] = plan.doing;
    startResource(world, stack, work, logicalId, plan);
  }
  return [];
}

type ResourcePlan = { doing: Doing; type: string; properties: JsonObject };

/** What has to happen to one resource, now that everything that it needs is there; undefined for nothing. */
export function planResource(
  stack: Pick<Stack, 'resources'>,
  logicalId: string,
  prepared: Prepared,
  scope: Scope,
): ResourcePlan | undefined {
  const definition = prepared.template.resources.get(logicalId);
  if (!definition) throw new Error(`cloudformation: ${logicalId} is not in the template`);
  const { type } = definition;
  const properties = evaluateProperties(definition.properties, scope);
  const old = stack.resources[logicalId];
  if (old?.id === undefined) return { doing: 'create', type, properties };
  if (old.type !== type) return { doing: 'replace', type, properties };
  if (isDeepStrictEqual(old.properties, properties)) return undefined;
  const rules = resourceType(type).properties;
  const names = new Set([...Object.keys(old.properties), ...Object.keys(properties)]);
  const replaces = [...names].some(
    (name) =>
      rules.get(name)?.createOnly === true && !isDeepStrictEqual(old.properties[name], properties[name]),
  );
  return { doing: replaces ? 'replace' : 'modify', type, properties };
}

const newResource = (world: World, type: string, properties: JsonObject): StackResource => ({
  type,
  status: 'CREATE_IN_PROGRESS',
  timestamp: isoNow(world),
  properties,
  attributes: {},
});

function startResource(
  world: World,
  stack: Stack,
  work: Deploy,
  logicalId: string,
  plan: ResourcePlan,
): void {
  const old = stack.resources[logicalId];
  if (plan.doing === 'create' || old?.id === undefined) {
    stack.resources[logicalId] = newResource(world, plan.type, plan.properties);
    setResourceStatus(world, stack, logicalId, 'CREATE_IN_PROGRESS');
  } else if (plan.doing === 'replace') {
    work.replaced.push({ logicalId, type: old.type, id: old.id });
    stack.resources[logicalId] = newResource(world, plan.type, plan.properties);
    const reason = 'Requested update requires the creation of a new physical resource; hence creating one.';
    setResourceStatus(world, stack, logicalId, 'UPDATE_IN_PROGRESS', reason);
  } else {
    stack.resources[logicalId] = { ...old, properties: plan.properties };
    setResourceStatus(world, stack, logicalId, 'UPDATE_IN_PROGRESS');
  }
}

function finishWave({ world, provisioner }: Deps, stack: Stack, work: Deploy): Failed[] {
  const failed: Failed[] = [];
  for (const [logicalId, doing] of Object.entries(work.doing)) {
    const resource = stack.resources[logicalId] as StackResource;
    const verb = doing === 'create' ? 'CREATE' : 'UPDATE';
    if (failed.length > 0) {
      const word = doing === 'create' ? 'creation' : 'update';
      setResourceStatus(world, stack, logicalId, `${verb}_FAILED`, `Resource ${word} cancelled`);
      failed.push({ logicalId, doing });
      continue;
    }
    try {
      if (doing === 'modify') provisioner.modify(stack, logicalId, resource);
      else Object.assign(resource, createResource(provisioner, stack, work, logicalId, resource));
      setResourceStatus(world, stack, logicalId, `${verb}_COMPLETE`);
    } catch (error) {
      setResourceStatus(world, stack, logicalId, `${verb}_FAILED`, failureReason(world, error));
      failed.push({ logicalId, doing });
    }
  }
  return failed;
}

function createResource(
  provisioner: Provisioner,
  stack: Stack,
  work: Deploy,
  logicalId: string,
  resource: StackResource,
) {
  try {
    return provisioner.create(stack, logicalId, resource);
  } catch (error) {
    const isOwnName =
      error instanceof ResourceFailure &&
      error.code === 'AlreadyExists' &&
      work.replaced.some((old) => old.logicalId === logicalId && error.message.includes(old.id));
    if (!isOwnName) throw error;
    throw new ResourceFailure(
      `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${logicalId} and update the stack again.`,
    );
  }
}

function fail(world: World, stack: Stack, work: Deploy, failed: Failed[]): void {
  const list = (items: Failed[]) => `[${items.map(({ logicalId }) => logicalId).join(', ')}]`;
  const created = failed.filter(({ doing }) => doing === 'create');
  const updated = failed.filter(({ doing }) => doing !== 'create');
  const what = [
    ...(created.length > 0 ? [`The following resource(s) failed to create: ${list(created)}. `] : []),
    ...(updated.length > 0 ? [`The following resource(s) failed to update: ${list(updated)}. `] : []),
  ].join('');
  rollBack(world, stack, work, what);
}

function rollBack(world: World, stack: Stack, work: Deploy, what: string): void {
  if (work.before) beginUndo(world, stack, work.before, what);
  else if (stack.onFailure === 'ROLLBACK')
    beginRemoval(world, stack, 'ROLLBACK', [], `${what}Rollback requested by user.`);
  else if (stack.onFailure === 'DELETE')
    beginRemoval(world, stack, 'DELETE', [], `${what}Delete requested by user.`);
  else {
    delete stack.work;
    setStackStatus(world, stack, 'CREATE_FAILED', what);
  }
}

function complete(world: World, stack: Stack, work: Deploy, prepared: Prepared): void {
  try {
    stack.outputs = stackOutputs(stack, prepared);
  } catch (error) {
    rollBack(world, stack, work, `${failureReason(world, error)}. `);
    return;
  }
  scheduleEvaluation(world, stack.accountId, stack.region);
  if (work.before) {
    beginClean(world, stack, 'UPDATE_COMPLETE', leftovers(world, stack, work, work.before));
    return;
  }
  delete stack.work;
  setStackStatus(world, stack, 'CREATE_COMPLETE');
}

/** Resources of the old template that the new one has not, and those that were replaced. */
function leftovers(world: World, stack: Stack, work: Deploy, before: Snapshot): Physical[] {
  const wanted = new Set(work.waves.flat());
  const old = reread(world, placeOf(stack), before.revision).template;
  const gone = Object.entries(stack.resources).flatMap(([logicalId, { type, id }]) => {
    if (wanted.has(logicalId) || id === undefined) return [];
    if ((old.resources.get(logicalId)?.deletionPolicy ?? 'Delete') === 'Delete')
      return [{ logicalId, type, id }];
    setResourceStatus(world, stack, logicalId, 'DELETE_SKIPPED');
    delete stack.resources[logicalId];
    return [];
  });
  return [...gone, ...work.replaced].reverse();
}

/** The outputs whose condition holds. @throws AwsError `ValidationError` */
export function stackOutputs(stack: Stack, prepared: Prepared): Output[] {
  const scope = stackScope(stack, prepared);
  return [...prepared.template.outputs].flatMap(
    ([OutputKey, { value, description, condition, exportName }]) => {
      if (condition !== undefined && !scope.condition(condition)) return [];
      const output: Output = { OutputKey, OutputValue: outputText(evaluate(value, scope)) };
      if (description !== undefined) output.Description = description;
      if (exportName !== undefined) output.ExportName = outputText(evaluate(exportName, scope));
      return [output];
    },
  );
}

const outputText = (value: unknown): string => (Array.isArray(value) ? value.join(',') : String(value));
