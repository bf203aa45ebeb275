import { page } from '../../paging.ts';
import { takeControlScenario } from '../../scenarios.ts';
import { AwsError, type Operation, type World } from '../../world.ts';
import { UNITS, unitArn } from '../organizations/tree.ts';
import { limit, QUOTAS } from '../service-quotas.ts';
import { behaviorOf, CATALOG_CONTROLS, isMandatory } from './controls.ts';
import { deployControls } from './effects.ts';
import {
  arnOf,
  CONTROLS,
  type ControlOperation,
  catalogArn,
  controlArn,
  controlEvents,
  type EnabledControl,
  enabledId,
  OPERATIONS,
} from './state.ts';

const FINISH = 'controltower/finish-control';
const PAGE = 50;

const notFound = (message: string) => new AwsError('ResourceNotFoundException', message, 404);

/** Controls of organizational units. Registers the timer that ends their operations: call once per world. */
export function controlOperations(world: World): Record<string, Operation> {
  world.scheduler.on(FINISH, ({ operationId }: { operationId: string }) => finishControl(world, operationId));
  const { store, landingZone } = world;
  const byArn = (arn: string): EnabledControl => {
    const found = store.values<EnabledControl>(CONTROLS).find((control) => control.arn === arn);
    if (found) return found;
    throw notFound('The enabled control does not exist.');
  };
  return {
    EnableControl: (input: EnableInput) => enable(world, input),
    DisableControl(input: {
      controlIdentifier?: string;
      targetIdentifier?: string;
      enabledControlIdentifier?: string;
    }) {
      const enabled = input.enabledControlIdentifier
        ? byArn(input.enabledControlIdentifier)
        : enabledOn(world, input.controlIdentifier ?? '', input.targetIdentifier ?? '');
      return { operationIdentifier: disable(world, enabled) };
    },
    UpdateEnabledControl: (input: { enabledControlIdentifier: string; parameters: ControlParameters }) => ({
      operationIdentifier: update(world, byArn(input.enabledControlIdentifier), input.parameters),
    }),
    GetControlOperation: (input: { operationIdentifier: string }) =>
      describeOperation(world, input.operationIdentifier),
    GetEnabledControl(input: { enabledControlIdentifier: string }) {
      const control = byArn(input.enabledControlIdentifier);
      const targetRegions = landingZone.governedRegions.map((name) => ({ name }));
      return {
        enabledControlDetails: {
          ...showControl(world, control),
          targetRegions,
          parameters: control.parameters,
        },
      };
    },
    ListEnabledControls(input: ListControlsInput) {
      if (input.targetIdentifier !== undefined) unitOf(world, input.targetIdentifier);
      const { filter } = input;
      const found = store
        .values<EnabledControl>(CONTROLS)
        .map((control) => showControl(world, control))
        .filter(
          (control) => (input.targetIdentifier ?? control.targetIdentifier) === control.targetIdentifier,
        )
        .filter((control) => filter?.controlIdentifiers?.includes(control.controlIdentifier) ?? true)
        .filter((control) => filter?.statuses?.includes(control.statusSummary.status) ?? true);
      const { items, nextToken } = page(found, input.nextToken, input.maxResults ?? PAGE);
      return { enabledControls: items, nextToken };
    },
  };
}

type ControlParameters = { key: string; value: unknown }[];
type EnableInput = {
  controlIdentifier: string;
  targetIdentifier: string;
  parameters?: ControlParameters;
};
type ListControlsInput = {
  targetIdentifier?: string;
  filter?: { controlIdentifiers?: string[]; statuses?: string[] };
  nextToken?: string;
  maxResults?: number;
};

function describeOperation({ store, landingZone }: World, id: string) {
  const operation = store.get<ControlOperation>(OPERATIONS, id);
  if (!operation) throw notFound('The operation does not exist.');
  return {
    controlOperation: {
      operationType: operation.type,
      startTime: new Date(operation.startMs).toISOString(),
      endTime: operation.endMs === undefined ? undefined : new Date(operation.endMs).toISOString(),
      status: operation.status,
      statusMessage: operation.message,
      operationIdentifier: operation.id,
      controlIdentifier: controlArn(landingZone, operation.controlId),
      targetIdentifier: unitArn(landingZone, operation.unitId),
      enabledControlIdentifier: operation.enabledArn,
    },
  };
}

function showControl({ landingZone }: World, control: EnabledControl) {
  return {
    arn: control.arn,
    controlIdentifier: controlArn(landingZone, control.controlId),
    targetIdentifier: unitArn(landingZone, control.unitId),
    statusSummary: { status: control.status, lastOperationIdentifier: control.operationId },
    driftStatusSummary: { driftStatus: 'NOT_CHECKING' },
  };
}

/** @throws AwsError unless the ARN names a unit with controls */
function unitOf({ store, landingZone }: World, arn: string): string {
  const id = arn.slice(arn.lastIndexOf('/') + 1);
  if (unitArn(landingZone, id) !== arn || !store.get(UNITS, id)) throw notFound(`${arn} does not exist.`);
  return id;
}

const BY_CATALOG_ARN = new Map(CATALOG_CONTROLS.map((id) => [catalogArn(id), id]));
const idOf = (controlIdentifier: string): string =>
  BY_CATALOG_ARN.get(controlIdentifier) ?? controlIdentifier.slice(controlIdentifier.lastIndexOf('/') + 1);

function enabledOn(world: World, controlIdentifier: string, targetIdentifier: string): EnabledControl {
  const unitId = unitOf(world, targetIdentifier);
  const enabled = world.store.get<EnabledControl>(CONTROLS, `${unitId}/${idOf(controlIdentifier)}`);
  if (enabled) return enabled;
  throw notFound(`${controlIdentifier} is not enabled on ${targetIdentifier}.`);
}

function enable(world: World, input: EnableInput) {
  const { store, landingZone } = world;
  const controlId = idOf(input.controlIdentifier);
  const unitId = unitOf(world, input.targetIdentifier);
  if (behaviorOf(controlId) === undefined || controlArn(landingZone, controlId) !== input.controlIdentifier) {
    throw notFound(`Control ${input.controlIdentifier} does not exist.`);
  }
  if (isMandatory(controlId)) {
    throw new AwsError(
      'ValidationException',
      `Control ${controlId} is mandatory; it is enabled by Control Tower.`,
    );
  }
  const known = store.get<EnabledControl>(CONTROLS, `${unitId}/${controlId}`);
  if (known && known.status !== 'FAILED') {
    throw new AwsError(
      'ConflictException',
      `Control ${controlId} is already enabled on the organizational unit.`,
      409,
    );
  }
  const arn = known?.arn ?? arnOf(landingZone, 'enabledcontrol', enabledId(world));
  const parameters = input.parameters ?? [];
  const operationId = begin(world, {
    type: 'ENABLE_CONTROL',
    controlId,
    unitId,
    enabledArn: arn,
    parameters,
  });
  const control: EnabledControl = {
    arn,
    controlId,
    unitId,
    status: 'UNDER_CHANGE',
    operationId,
    ...(input.parameters ? { parameters: input.parameters } : {}),
  };
  store.put(CONTROLS, `${unitId}/${controlId}`, control);
  return { operationIdentifier: operationId, arn };
}

function disable(world: World, enabled: EnabledControl): string {
  const { controlId, unitId, arn } = enabled;
  if (isMandatory(controlId)) {
    throw new AwsError('ValidationException', `Control ${controlId} is mandatory; it cannot be disabled.`);
  }
  if (enabled.status === 'UNDER_CHANGE') {
    throw new AwsError('ConflictException', `Control ${controlId} is being changed.`, 409);
  }
  const operationId = begin(world, { type: 'DISABLE_CONTROL', controlId, unitId, enabledArn: arn });
  const changing: EnabledControl = { ...enabled, status: 'UNDER_CHANGE', operationId };
  world.store.put(CONTROLS, `${unitId}/${controlId}`, changing);
  return operationId;
}

function update(world: World, enabled: EnabledControl, parameters: ControlParameters): string {
  const { controlId, unitId, arn } = enabled;
  if (enabled.status === 'UNDER_CHANGE') {
    throw new AwsError('ConflictException', `Control ${controlId} is being changed.`, 409);
  }
  const operationId = begin(world, {
    type: 'UPDATE_ENABLED_CONTROL',
    controlId,
    unitId,
    enabledArn: arn,
    parameters,
  });
  const changing: EnabledControl = { ...enabled, status: 'UNDER_CHANGE', operationId };
  world.store.put(CONTROLS, `${unitId}/${controlId}`, changing);
  return operationId;
}

type NewOperation = Pick<ControlOperation, 'type' | 'controlId' | 'unitId' | 'enabledArn' | 'parameters'>;

function begin(world: World, operation: NewOperation): string {
  const { store, random, scheduler } = world;
  const running = store.values<ControlOperation>(OPERATIONS).filter(({ status }) => status === 'IN_PROGRESS');
  if (running.length >= limit(store, QUOTAS.controlOperations)) {
    throw new AwsError(
      'ServiceQuotaExceededException',
      'You have reached the limit of concurrent operations.',
      402,
    );
  }
  const id = random.uuid();
  store.put(OPERATIONS, id, { ...operation, id, startMs: scheduler.now(), status: 'IN_PROGRESS' });
  scheduler.after(60_000 + random.below(120_000), FINISH, { operationId: id });
  return id;
}

function finishControl(world: World, operationId: string): void {
  const { store, scheduler } = world;
  const begun = store.get<ControlOperation>(OPERATIONS, operationId);
  if (begun?.status !== 'IN_PROGRESS') return;
  const key = `${begun.unitId}/${begun.controlId}`;
  const message = takeControlScenario(store, begun.controlId)
    ? 'AWS Control Tower could not deploy the control to every account.'
    : deployControls(world, begun.unitId, controlsAfter(world, begun));
  const ended: ControlOperation = {
    ...begun,
    endMs: scheduler.now(),
    status: message === undefined ? 'SUCCEEDED' : 'FAILED',
    ...(message === undefined ? {} : { message }),
  };
  store.put(OPERATIONS, operationId, ended);
  const control = store.get<EnabledControl>(CONTROLS, key);
  if (ended.type === 'DISABLE_CONTROL' && message === undefined) store.delete(CONTROLS, key);
  else if (control) {
    const changed = message === undefined && begun.parameters ? { parameters: begun.parameters } : {};
    // A control whose enabling failed stays in the list.
    store.put(CONTROLS, key, { ...control, ...changed, status: ended.status });
  }
  for (const event of controlEvents(world, ended)) world.emit(event);
}

/** What is to act on the unit when the operation succeeds. What failed before does not act. */
function controlsAfter({ store }: World, { type, unitId, controlId, parameters }: ControlOperation) {
  const others = store
    .values<EnabledControl>(CONTROLS)
    .filter((c) => c.unitId === unitId && c.controlId !== controlId && c.status !== 'FAILED');
  const own = store.get<EnabledControl>(CONTROLS, `${unitId}/${controlId}`);
  if (type === 'DISABLE_CONTROL' || !own) return others;
  return [...others, { ...own, ...(parameters ? { parameters } : {}) }];
}
