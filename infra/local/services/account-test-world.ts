import { apiShapes } from '../../api-shapes/shapes.ts';
import { validateInput, validateOutput } from '../../api-shapes/validate.ts';
import { createAuthorizer } from '../authorization/create-authorizer.ts';
import { type VirtualClock, virtualClock } from '../clock.ts';
import { createDispatcher } from '../dispatch.ts';
import { createFaults } from '../faults.ts';
import { ORGANIZATION_COLLECTIONS, type OrganizationAccount } from '../organization-tree.ts';
import { seededRandom } from '../random.ts';
import { openScheduler } from '../scheduler.ts';
import { openStore } from '../store.ts';
import type { AwsError, AwsEvent, Caller, ServiceModule, World } from '../world.ts';
import { functionRunner } from './lambda/functions.ts';

export const MANAGEMENT = '111122223333';
export const MEMBER = '444455556666';
export const REGION = 'us-east-1';
const START = Date.parse('2026-03-04T10:00:00.000Z');

/** A world for unit specs: virtual time, nothing on disk, events in a list. AWS time is real time (scale 1). */
export function testWorld(artifacts: Record<string, string> = {}, governedRegions = [REGION]) {
  const store = openStore(null);
  const clock: VirtualClock = virtualClock(START);
  const scheduler = openScheduler(store, clock, 1);
  const events: Omit<AwsEvent, 'version' | 'id' | 'time'>[] = [];
  const world: { -readonly [K in keyof World]: World[K] } = {
    store,
    scheduler,
    random: seededRandom(7),
    landingZone: {
      managementAccountId: MANAGEMENT,
      logArchiveAccountId: '222233334444',
      auditAccountId: '333344445555',
      organizationId: 'o-exampleorg1',
      rootId: 'r-ab12',
      homeRegion: REGION,
      governedRegions,
    },
    artifact: (fileName) => artifacts[fileName],
    emit: (event) => void events.push(event),
  };
  return {
    world,
    events,
    /** Registers are done: timers run from now on. */
    start: () => scheduler.start(),
    /** Lets `ms` of AWS time pass. */
    pass: (ms: number) => clock.advanceTo(clock.now() + ms),
  };
}

/** Gives the world a Lambda whose functions reach these services. */
export function withFunctions(t: ReturnType<typeof testWorld>, modules: readonly ServiceModule[]): void {
  const authorizer = createAuthorizer(t.world);
  const { store, landingZone, random } = t.world;
  const dispatcher = createDispatcher({
    store,
    modules,
    authorizer,
    faults: createFaults(random),
    landingZone,
  });
  t.world.runFunction = functionRunner(t.world, () => ({ dispatcher, authorizer }));
}

/** Puts an account into the organization, directly under the root or under a unit. */
export function joinOrganization(world: World, accountId: string, parentId = 'r-ab12'): void {
  const account: OrganizationAccount = {
    Id: accountId,
    Name: `account-${accountId}`,
    Email: `aws+${accountId}@example.com`,
    State: 'ACTIVE',
    ParentId: parentId,
    JoinedTimestamp: new Date(world.scheduler.now()).toISOString(),
  };
  world.store.transaction(() => world.store.put(ORGANIZATION_COLLECTIONS.accounts, accountId, account));
}

/** Attaches a service control policy made of these statements. */
export function attachPolicy(world: World, targetId: string, name: string, statements: unknown[]): void {
  const Id = `p-${name}`;
  const Content = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  world.store.transaction(() => {
    world.store.put(ORGANIZATION_COLLECTIONS.policies, Id, { Id, Name: name, Content, AwsManaged: false });
    world.store.put(ORGANIZATION_COLLECTIONS.attachments, `${targetId}/${Id}`, {
      TargetId: targetId,
      PolicyId: Id,
    });
  });
}

export const ALLOW_ALL = { Effect: 'Allow', Action: '*', Resource: '*' };

export const roleCaller = (roleName: string, accountId = MEMBER): Caller => ({
  accountId,
  region: REGION,
  principalArn: `arn:aws:iam::${accountId}:role/${roleName}`,
});

/** Calls an operation as the dispatcher does: in one transaction, both ends checked against the API model. */
export function call<T>(
  world: World,
  service: ServiceModule,
  action: string,
  input: unknown,
  caller: Caller,
): T {
  const operation = service.operations[action];
  const shapes = apiShapes(service.shape);
  if (!operation || !shapes) throw new Error(`no operation ${service.shape}:${action}`);
  const output: unknown = JSON.parse(JSON.stringify(world.store.transaction(() => operation(input, caller))));
  const issues = [...validateInput(shapes, action, input), ...validateOutput(shapes, action, output)];
  if (issues.length > 0) throw new Error(`${service.shape}:${action}: ${JSON.stringify(issues[0])}`);
  return output as T;
}

/** The code and message of the AwsError that `work` throws. */
export function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    const { code, message } = error as AwsError;
    return `${code}: ${message}`;
  }
  return 'no error';
}
