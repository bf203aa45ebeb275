import { page } from '../paging.ts';
import { takeControlScenario } from '../scenarios.ts';
import { AwsError, type Operation, type ServiceModule, type World } from '../world.ts';
import { behaviorOf, isMandatory } from './control-tower/controls.ts';
import {
  arnOf,
  BASELINE_VERSION,
  BASELINES,
  baselineArn,
  CONTROLS,
  type ControlOperation,
  controlArn,
  controlEvents,
  type EnabledBaseline,
  type EnabledControl,
  enabledId,
  LANDING_ZONE,
  OPERATIONS,
} from './control-tower/state.ts';
import { managementOnly, UNITS, unitArn } from './organizations/tree.ts';
import { limit, QUOTAS } from './service-quotas.ts';

const FINISH = 'controltower/finish-control';
const PAGE = 50;

/** AWS Control Tower: one landing zone, its baselines, and controls of organizational units. */
export function controlTowerService(world: World): ServiceModule {
  world.scheduler.on(FINISH, ({ operationId }: { operationId: string }) => finishControl(world, operationId));
  const operations = { ...landingZoneOperations(world), ...controlOperations(world) };
  return { shape: 'controltower', operations: managementOnly(world, operations) };
}

export type LandingZoneDoc = { arn: string; version: string; latestAvailableVersion: string; status: string };

function landingZoneOperations({ store, landingZone }: World): Record<string, Operation> {
  const showBaseline = (baseline: EnabledBaseline) => ({
    arn: baseline.arn,
    baselineIdentifier: baselineArn(landingZone),
    baselineVersion: BASELINE_VERSION,
    targetIdentifier: baseline.target,
    parentIdentifier: baseline.parent,
    statusSummary: { status: baseline.status },
  });
  return {
    ListLandingZones: () => ({
      landingZones: store.values<LandingZoneDoc>(LANDING_ZONE).map(({ arn }) => ({ arn })),
    }),
    GetLandingZone(input: { landingZoneIdentifier: string }) {
      const zone = store
        .values<LandingZoneDoc>(LANDING_ZONE)
        .find(({ arn }) => arn === input.landingZoneIdentifier);
      if (!zone) throw notFound('The landing zone does not exist.');
      const manifest = { governedRegions: landingZone.governedRegions };
      return { landingZone: { ...zone, driftStatus: { status: 'IN_SYNC' }, manifest } };
    },
    ListBaselines: () => ({
      baselines: [
        {
          arn: baselineArn(landingZone),
          name: 'AWSControlTowerBaseline',
          description: 'Sets up resources and mandatory controls for member accounts.',
        },
      ],
    }),
    ListEnabledBaselines(input: ListBaselinesInput) {
      const found = store.values<EnabledBaseline>(BASELINES).filter(wanted(input, baselineArn(landingZone)));
      const { items, nextToken } = page(found, input.nextToken, input.maxResults ?? PAGE);
      return { enabledBaselines: items.map(showBaseline), nextToken };
    },
    GetEnabledBaseline(input: { enabledBaselineIdentifier: string }) {
      const all = store.values<EnabledBaseline>(BASELINES);
      const found = all.find(({ arn }) => arn === input.enabledBaselineIdentifier);
      if (!found) throw notFound('The enabled baseline does not exist.');
      return { enabledBaselineDetails: showBaseline(found) };
    },
  };
}

type ListBaselinesInput = {
  filter?: {
    targetIdentifiers?: string[];
    baselineIdentifiers?: string[];
    parentIdentifiers?: string[];
    statuses?: string[];
  };
  includeChildren?: boolean;
  nextToken?: string;
  maxResults?: number;
};

const wanted =
  ({ filter, includeChildren }: ListBaselinesInput, baseline: string) =>
  ({ targetId, target, parent, status }: EnabledBaseline): boolean =>
    // An account has the baseline as a child of its unit.
    (includeChildren === true || !/^\d{12}$/.test(targetId)) &&
    (filter?.targetIdentifiers?.includes(target) ?? true) &&
    (filter?.baselineIdentifiers?.includes(baseline) ?? true) &&
    (filter?.parentIdentifiers?.includes(parent ?? '') ?? true) &&
    (filter?.statuses?.includes(status) ?? true);

const notFound = (message: string) => new AwsError('ResourceNotFoundException', message, 404);

function controlOperations(world: World): Record<string, Operation> {
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

type EnableInput = {
  controlIdentifier: string;
  targetIdentifier: string;
  parameters?: { key: string; value: unknown }[];
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

const idOf = (controlIdentifier: string) => controlIdentifier.slice(controlIdentifier.lastIndexOf('/') + 1);

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
  const operationId = begin(world, { type: 'ENABLE_CONTROL', controlId, unitId, enabledArn: arn });
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

type NewOperation = Pick<ControlOperation, 'type' | 'controlId' | 'unitId' | 'enabledArn'>;

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
  const failed = takeControlScenario(store, begun.controlId);
  const ended: ControlOperation = {
    ...begun,
    endMs: scheduler.now(),
    status: failed ? 'FAILED' : 'SUCCEEDED',
    ...(failed ? { message: 'AWS Control Tower could not deploy the control to every account.' } : {}),
  };
  store.put(OPERATIONS, operationId, ended);
  const control = store.get<EnabledControl>(CONTROLS, key);
  if (ended.type === 'DISABLE_CONTROL' && !failed) store.delete(CONTROLS, key);
  // A control whose enabling failed stays in the list.
  else if (control) store.put(CONTROLS, key, { ...control, status: ended.status });
  for (const event of controlEvents(world, ended)) world.emit(event);
}
