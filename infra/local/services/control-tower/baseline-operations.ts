import { offsetTime, serviceEvent } from '../../audit-event.ts';
import type { OrganizationAccount, OrganizationalUnitDoc } from '../../organization-tree.ts';
import { AwsError, type Operation, type World } from '../../world.ts';
import { ACCOUNTS, UNITS, unitArn } from '../organizations/tree.ts';
import { MANDATORY_EVERYWHERE } from './controls.ts';
import {
  arnOf,
  BASELINE_VERSION,
  BASELINES,
  baselineArn,
  type EnabledBaseline,
  enabledId,
  isRegistered,
  registerUnit,
  setEnrolment,
} from './state.ts';

const FINISH = 'controltower/finish-baseline';
const OPERATIONS = 'ct/baseline-operations';

type BaselineOperation = {
  id: string;
  unitId: string;
  startMs: number;
  endMs?: number;
  status: 'IN_PROGRESS' | 'SUCCEEDED';
};

type EnableInput = { baselineIdentifier: string; baselineVersion: string; targetIdentifier: string };

/** Registration of units. Registers the timer that ends it: call once per world. */
export function baselineOperations(world: World): Record<string, Operation> {
  const { store } = world;
  world.scheduler.on(FINISH, ({ operationId }: { operationId: string }) => finish(world, operationId));
  return {
    EnableBaseline: (input: EnableInput) => enable(world, input),
    GetBaselineOperation({ operationIdentifier }: { operationIdentifier: string }) {
      const found = store.get<BaselineOperation>(OPERATIONS, operationIdentifier);
      if (!found) throw new AwsError('ResourceNotFoundException', 'The operation does not exist.', 404);
      return {
        baselineOperation: {
          operationIdentifier: found.id,
          operationType: 'ENABLE_BASELINE',
          status: found.status,
          startTime: new Date(found.startMs).toISOString(),
          endTime: found.endMs === undefined ? undefined : new Date(found.endMs).toISOString(),
        },
      };
    },
  };
}

/** One operation on units at a time; a unit is registered once, under a parent that is registered or the root. */
function enable(world: World, input: EnableInput) {
  const { store, landingZone, scheduler, random } = world;
  const unitId = input.targetIdentifier.slice(input.targetIdentifier.lastIndexOf('/') + 1);
  const unit = store.get<OrganizationalUnitDoc>(UNITS, unitId);
  if (!unit || unitArn(landingZone, unitId) !== input.targetIdentifier)
    throw new AwsError('ResourceNotFoundException', `${input.targetIdentifier} does not exist.`, 404);
  if (input.baselineIdentifier !== baselineArn(landingZone) || input.baselineVersion !== BASELINE_VERSION)
    throw new AwsError('ValidationException', 'The baseline or its version is not valid for this target.');
  const running = store.values<BaselineOperation>(OPERATIONS).some(({ status }) => status === 'IN_PROGRESS');
  if (running || store.get(BASELINES, unitId))
    throw new AwsError('ConflictException', 'AWS Control Tower cannot enable the baseline now.', 409);
  if (unit.ParentId !== landingZone.rootId && !isRegistered(store, unit.ParentId))
    throw new AwsError('ValidationException', 'The parent of the organizational unit is not registered.');
  const arn = arnOf(landingZone, 'enabledbaseline', enabledId(world));
  const target = input.targetIdentifier;
  store.put(BASELINES, unitId, {
    arn,
    targetId: unitId,
    target,
    status: 'UNDER_CHANGE',
  } satisfies EnabledBaseline);
  const id = random.uuid();
  store.put(OPERATIONS, id, {
    id,
    unitId,
    startMs: scheduler.now(),
    status: 'IN_PROGRESS',
  } satisfies BaselineOperation);
  scheduler.after(120_000 + random.below(180_000), FINISH, { operationId: id });
  return { operationIdentifier: id, arn };
}

/** The mandatory controls come with the registration, and so does the enrolment of accounts that lie in the unit. */
function finish(world: World, operationId: string): void {
  const { store, scheduler } = world;
  const begun = store.get<BaselineOperation>(OPERATIONS, operationId);
  const baseline = begun && store.get<EnabledBaseline>(BASELINES, begun.unitId);
  const unit = begun && store.get<OrganizationalUnitDoc>(UNITS, begun.unitId);
  if (begun?.status !== 'IN_PROGRESS' || !baseline || !unit) return;
  store.put(OPERATIONS, operationId, { ...begun, status: 'SUCCEEDED', endMs: scheduler.now() });
  store.put(BASELINES, begun.unitId, { ...baseline, status: 'SUCCEEDED' });
  registerUnit(world, begun.unitId, MANDATORY_EVERYWHERE, false);
  for (const { Id } of store.values<OrganizationAccount>(ACCOUNTS).filter((a) => a.ParentId === unit.Id))
    setEnrolment(world, Id, unit.Id, 'SUCCEEDED');
  world.emit(registered(world, unit, begun.startMs));
}

const registered = (world: World, { Id, Name }: OrganizationalUnitDoc, startMs: number) =>
  serviceEvent(world, {
    service: 'controltower',
    eventName: 'RegisterOrganizationalUnit',
    eventVersion: '1.05',
    serviceEventDetails: {
      registerOrganizationalUnitStatus: {
        state: 'SUCCEEDED',
        message: 'AWS Control Tower successfully registered the organizational unit.',
        organizationalUnit: { organizationalUnitName: Name, organizationalUnitId: Id },
        requestedTimestamp: offsetTime(startMs),
        completedTimestamp: offsetTime(world.scheduler.now()),
      },
    },
  });
