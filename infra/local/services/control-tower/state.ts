import { createHash } from 'node:crypto';
import { offsetTime, serviceEvent } from '../../audit-event.ts';
import type { OrganizationalUnitDoc } from '../../organization-tree.ts';
import type { Store } from '../../store.ts';
import type { LandingZone, World } from '../../world.ts';
import { accountArn, UNITS, unitArn } from '../organizations/tree.ts';
import { limit, QUOTAS } from '../service-quotas.ts';
import { behaviorOf } from './controls.ts';

export type Enablement = 'SUCCEEDED' | 'FAILED' | 'UNDER_CHANGE';

/** AWSControlTowerBaseline on a unit or on an account. `targetId` is the unit's or the account's id. */
export type EnabledBaseline = {
  arn: string;
  targetId: string;
  target: string;
  parent?: string;
  status: Enablement;
};

export type EnabledControl = {
  arn: string;
  controlId: string;
  unitId: string;
  status: Enablement;
  operationId?: string;
  parameters?: { key: string; value: unknown }[];
};

export type ControlOperation = {
  id: string;
  type: 'ENABLE_CONTROL' | 'DISABLE_CONTROL' | 'UPDATE_ENABLED_CONTROL';
  /** Of the control once it has succeeded. */
  parameters?: { key: string; value: unknown }[];
  controlId: string;
  unitId: string;
  enabledArn: string;
  startMs: number;
  endMs?: number;
  status: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED';
  message?: string;
};

export const LANDING_ZONE = 'ct/landing-zone';
/** key: target id */
export const BASELINES = 'ct/baselines';
/** key: unit id, control id with '/' between */
export const CONTROLS = 'ct/controls';
export const OPERATIONS = 'ct/operations';
/** key: whatever holds one of the places for concurrent account operations */
const ACCOUNT_OPERATIONS = 'ct/account-operations';

export const BASELINE_ID = '17BSJV3IGJ2QSGA2';
export const BASELINE_VERSION = '4.0';

export const arnOf = (zone: LandingZone, kind: string, id: string): string =>
  `arn:aws:controltower:${zone.homeRegion}:${zone.managementAccountId}:${kind}/${id}`;
/** 25 small letters and digits that say nothing, as in Control Catalog. */
export const catalogArn = (controlId: string): string => {
  const digest = createHash('sha256').update(controlId).digest('hex');
  return `arn:aws:controlcatalog:::control/${BigInt(`0x${digest}`).toString(36).slice(0, 25)}`;
};
/** How a control is called when it is switched: the oldest by name, in a Region; the others by the ARN of Control Catalog. */
export const controlArn = (zone: LandingZone, controlId: string): string =>
  controlId.startsWith('AWS-GR_')
    ? `arn:aws:controltower:${zone.homeRegion}::control/${controlId}`
    : catalogArn(controlId);
export const baselineArn = (zone: LandingZone): string =>
  `arn:aws:controltower:${zone.homeRegion}::baseline/${BASELINE_ID}`;

/** 16 capitals and digits, as the ids of enabled controls and baselines are. */
export const enabledId = (world: World): string => world.random.hex(16).toUpperCase();

export const isRegistered = (store: Store, unitId: string): boolean =>
  store.get<EnabledBaseline>(BASELINES, unitId)?.status === 'SUCCEEDED';

/** Takes one of the places for account operations; false when the live quota is used up. In a store transaction. */
export function beginAccountOperation({ store }: World, id: string): boolean {
  if (store.values(ACCOUNT_OPERATIONS).length >= limit(store, QUOTAS.accountOperations)) return false;
  store.put(ACCOUNT_OPERATIONS, id, { id });
  return true;
}

export const endAccountOperation = ({ store }: World, id: string): void =>
  store.delete(ACCOUNT_OPERATIONS, id);

/** The account is under Control Tower's management in this unit. */
export function setEnrolment(world: World, accountId: string, unitId: string, status: Enablement): void {
  const { store, landingZone } = world;
  const known = store.get<EnabledBaseline>(BASELINES, accountId);
  const parent = store.get<EnabledBaseline>(BASELINES, unitId)?.arn;
  const baseline: EnabledBaseline = {
    arn: known?.arn ?? arnOf(landingZone, 'enabledbaseline', enabledId(world)),
    targetId: accountId,
    target: accountArn(landingZone, accountId),
    status,
    ...(parent ? { parent } : {}),
  };
  store.put(BASELINES, accountId, baseline);
}

export const endEnrolment = ({ store }: World, accountId: string): void => store.delete(BASELINES, accountId);

/** Registers a unit with its mandatory controls; inside a store transaction. */
export function registerUnit(
  world: World,
  unitId: string,
  controls: readonly string[],
  withBaseline: boolean,
): void {
  const { store, landingZone } = world;
  if (withBaseline) {
    const arn = arnOf(landingZone, 'enabledbaseline', enabledId(world));
    const baseline: EnabledBaseline = {
      arn,
      targetId: unitId,
      target: unitArn(landingZone, unitId),
      status: 'SUCCEEDED',
    };
    store.put(BASELINES, unitId, baseline);
  }
  for (const controlId of controls) {
    const arn = arnOf(landingZone, 'enabledcontrol', enabledId(world));
    const control: EnabledControl = { arn, controlId, unitId, status: 'SUCCEEDED' };
    store.put(CONTROLS, `${unitId}/${controlId}`, control);
  }
}

/** The unit that Account Factory's parameter names: `Name (ou-…)`, or a bare name. */
export function unitNamed(store: Store, text: string): OrganizationalUnitDoc | undefined {
  const id = /\((ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})\)\s*$/.exec(text)?.[1];
  if (id) return store.get<OrganizationalUnitDoc>(UNITS, id);
  return store.values<OrganizationalUnitDoc>(UNITS).find((unit) => unit.Name === text.trim());
}

export type AccountLifecycle = {
  eventName: 'CreateManagedAccount' | 'UpdateManagedAccount';
  unit: { id: string; name: string };
  accountName: string;
  /** Absent on a failed creation, whatever was made. */
  accountId?: string;
  state: 'SUCCEEDED' | 'FAILED';
  message: string;
  requestedMs: number;
};

/** The lifecycle event of an account. It carries no request id and no e-mail. */
export function accountEvent(world: World, event: AccountLifecycle) {
  const status =
    event.eventName === 'CreateManagedAccount' ? 'createManagedAccountStatus' : 'updateManagedAccountStatus';
  return serviceEvent(world, {
    service: 'controltower',
    eventName: event.eventName,
    eventVersion: '1.05',
    serviceEventDetails: {
      [status]: {
        organizationalUnit: { organizationalUnitName: event.unit.name, organizationalUnitId: event.unit.id },
        account: { accountName: event.accountName, accountId: event.accountId ?? 'Not Available' },
        state: event.state,
        message: event.message,
        requestedTimestamp: offsetTime(event.requestedMs),
        completedTimestamp: offsetTime(world.scheduler.now()),
      },
    },
  });
}

/** Both events of a control: the newer by its ARN, the older by unit and guardrail. An update has none. */
export function controlEvents(world: World, operation: ControlOperation) {
  if (operation.type === 'UPDATE_ENABLED_CONTROL') return [];
  const { landingZone, store } = world;
  const verb = operation.type === 'ENABLE_CONTROL' ? 'Enable' : 'Disable';
  const common = { state: operation.status, message: operation.message ?? 'the operation succeeded' };
  const [requested, completedTimestamp] = [offsetTime(operation.startMs), offsetTime(world.scheduler.now())];
  const unit = store.get<OrganizationalUnitDoc>(UNITS, operation.unitId);
  return [
    serviceEvent(world, {
      service: 'controltower',
      eventName: `${verb}Control`,
      eventVersion: '1.11',
      managementEvent: true,
      serviceEventDetails: {
        [`${verb.toLowerCase()}ControlStatus`]: {
          arn: operation.enabledArn,
          controlIdentifier: controlArn(landingZone, operation.controlId),
          targetIdentifier: unitArn(landingZone, operation.unitId),
          ...common,
          requestedTimestamp: requested,
          completedTimestamp,
        },
      },
    }),
    serviceEvent(world, {
      service: 'controltower',
      eventName: `${verb}Guardrail`,
      eventVersion: '1.05',
      serviceEventDetails: {
        [`${verb.toLowerCase()}GuardrailStatus`]: {
          organizationalUnits: [
            { organizationalUnitName: unit?.Name ?? '', organizationalUnitId: operation.unitId },
          ],
          guardrails: [
            { guardrailId: operation.controlId, guardrailBehavior: behaviorOf(operation.controlId) },
          ],
          ...common,
          // AWS's own spelling in these two events.
          requestTimestamp: requested,
          completedTimestamp,
        },
      },
    }),
  ];
}
