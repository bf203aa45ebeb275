import type { Authorizer } from './authorization/authorizer.ts';
import { createAuthorizer } from './authorization/create-authorizer.ts';
import { type Clock, realClock, type VirtualClock } from './clock.ts';
import { createDispatcher, type Dispatcher } from './dispatch.ts';
import { type Endpoint, openEndpoint } from './endpoint.ts';
import { createEngine, type Engine, type TaskDispatch } from './engine/engine.ts';
import { stepFunctionsService } from './engine/service.ts';
import { createFaults, type Faults } from './faults.ts';
import {
  exampleLandingZone,
  type FencePolicies,
  homeRegionOf,
  seedLandingZone,
  setArtifactActive,
} from './landing-zone.ts';
import { cryptoRandom, seededRandom } from './random.ts';
import { planScenario, type Scenario } from './scenarios.ts';
import { openScheduler } from './scheduler.ts';
import { sdkTaskDispatch } from './sdk-task.ts';
import { bareAccount, enrolAccount } from './services/account-baseline.ts';
import type { EventBridgeService } from './services/events.ts';
import { functionRunner } from './services/lambda/functions.ts';
import { EMAILS } from './services/organizations/tree.ts';
import { QUOTAS, setLimit } from './services/service-quotas.ts';
import { handBack } from './services/sqs/queue.ts';
import { createServices } from './services.ts';
import { openStore, type Store } from './store.ts';
import type { Caller, LandingZone, Random, World } from './world.ts';

export type LocalAwsOptions = {
  /** Folder of the embedded AWS's memory; null keeps everything in process. One process at a time. */
  dataDir: string | null;
  /** Seconds of AWS time in one real second; 0 means no waiting. */
  timeScale: number;
  /** Of the wire endpoint; 0 (default) takes a free one, null opens none. */
  port?: number | null;
  /** Of the landing zone that an empty folder gets; default us-east-1. A folder that has one keeps it. */
  homeRegion?: string;
  /** Default: the real one. */
  clock?: Clock;
  /** Makes ids and delays repeatable. */
  seed?: number;
  /** Reads a published artifact (`<sha256>.template.json`); undefined when there is none. */
  artifact: (fileName: string) => string | undefined;
  /** Documents of the two fence policies; read when the landing zone is seeded. */
  fencePolicies: FencePolicies;
  /** Who answers the calls of state machines. Default: the embedded services; a judge may put itself in between. */
  tasks?: (embedded: TaskBackend) => TaskBackend;
};

/** What a Task state needs: whom its Credentials make it, and who answers. */
export type TaskBackend = { dispatcher: Dispatcher; authorizer: Authorizer };

/** The embedded AWS. What the service reaches over the wire, tests may also call in process. */
export interface LocalAws {
  /** `http://127.0.0.1:<port>`; empty without an endpoint. */
  readonly endpointUrl: string;
  readonly region: string;
  /** The management account. */
  readonly accountId: string;
  readonly landingZone: LandingZone;
  readonly world: World;
  readonly dispatcher: Dispatcher;
  readonly engine: Engine;
  /** Who calls over the wire. */
  readonly caller: Caller;
  /** Faults of single calls. */
  readonly faults: Faults;
  /** Faults of event delivery, and what was delivered. */
  readonly events: Pick<EventBridgeService, 'faults' | 'counts'>;
  /** Plans what goes wrong with an account or a control. Durable. */
  scenario(scenario: Scenario): void;
  /** Changes a live limit. */
  setLimit(quota: keyof typeof QUOTAS, value: number): void;
  /** An e-mail that an account of another organization has. */
  takeEmail(email: string): void;
  setArtifactActive(artifactId: string, active: boolean): void;
  /**
   * Makes visible the messages that were handed out and not deleted, for an owner whose consumers died with the
   * process before: nobody is left to delete them.
   */
  handBackMessages(): void;
  /**
   * Lets AWS time pass until nothing is under way: every duration of the embedded AWS has ended and all executions
   * wait for an answer or are over. A virtual clock is moved; with the real one it takes as long as it takes.
   */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the embedded AWS; on a folder that has one, everything goes on where it was. */
export async function createLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const clock = options.clock ?? realClock();
  const store = openStore(options.dataDir);
  const parts = assemble(store, clock, options);
  const { world, engine, dispatcher, caller, sqs } = parts;
  let endpoint: Endpoint | undefined;
  try {
    seedLandingZone(world, options.fencePolicies);
    world.scheduler.start();
    engine.start();
    if (options.port !== null) endpoint = await openEndpoint(options.port ?? 0, { dispatcher, sqs, caller });
  } catch (error) {
    await shutDown(parts, undefined);
    throw error;
  }
  return {
    endpointUrl: endpoint?.url ?? '',
    region: world.landingZone.homeRegion,
    accountId: world.landingZone.managementAccountId,
    landingZone: world.landingZone,
    world,
    dispatcher,
    engine,
    caller,
    faults: parts.faults,
    events: parts.events,
    scenario: (scenario) => store.transaction(() => planScenario(store, scenario)),
    setLimit: (quota, value) => store.transaction(() => setLimit(store, QUOTAS[quota], value)),
    takeEmail: (email) =>
      store.transaction(() => store.put(EMAILS, email.toLowerCase(), 'another organization')),
    setArtifactActive: (id, active) => store.transaction(() => setArtifactActive(world, id, active)),
    handBackMessages: () => store.transaction(() => handBack(store, world.scheduler.now())),
    settle: () => settle(world, engine, clock),
    close: () => shutDown(parts, endpoint),
  };
}

function assemble(store: Store, clock: Clock, options: LocalAwsOptions) {
  const scheduler = openScheduler(store, clock, options.timeScale);
  const random = openRandom(store, options.seed);
  let events: EventBridgeService | undefined;
  let dispatchTask: TaskDispatch | undefined;
  const world: World = {
    store,
    scheduler,
    random,
    landingZone: exampleLandingZone(homeRegionOf(store, options.homeRegion)),
    artifact: options.artifact,
    emit: (event) => events?.emit(event),
    runFunction: (...run) => runFunction(...run),
  };
  const { managementAccountId: accountId, homeRegion: region } = world.landingZone;
  const authorizer = createAuthorizer(world);
  const runFunction = functionRunner(world, () => ({ dispatcher, authorizer }));
  const engine = createEngine({
    store,
    scheduler,
    random,
    // Engine and services need one another; no task runs before everything is assembled.
    dispatch: (call) => dispatchTask?.(call),
    emit: world.emit,
    region,
    accountId,
  });
  const stepFunctions = stepFunctionsService(engine, world);
  const services = createServices(world, stepFunctions, {
    onAccountCreated: (id, roleName) => bareAccount(world, id, roleName),
    onAccountEnrolled: (id, ownNetwork) => enrolAccount(world, id, ownNetwork),
  });
  events = services.events;
  const faults = createFaults(random);
  const { modules } = services;
  const dispatcher = createDispatcher({ store, modules, authorizer, faults, landingZone: world.landingZone });
  const tasks = options.tasks?.({ dispatcher, authorizer }) ?? { dispatcher, authorizer };
  dispatchTask = sdkTaskDispatch(tasks.dispatcher, tasks.authorizer);
  const caller: Caller = { accountId, region, principalArn: `arn:aws:iam::${accountId}:role/jetway-service` };
  return { world, engine, dispatcher, caller, faults, events, sqs: services.sqs };
}

/** A seeded sequence goes on differently each time the folder is opened, or ids would come twice. */
function openRandom(store: Store, seed: number | undefined): Random {
  if (seed === undefined) return cryptoRandom();
  const opened = (store.get<{ n: number }>('sequence', 'opened')?.n ?? 0) + 1;
  store.transaction(() => store.put('sequence', 'opened', { n: opened }));
  return seededRandom(seed + (opened - 1) * 7_919);
}

type Parts = ReturnType<typeof assemble>;

async function shutDown({ world, engine }: Parts, endpoint: Endpoint | undefined): Promise<void> {
  await endpoint?.close();
  await engine.stop();
  world.scheduler.stop();
  world.store.close();
}

const isVirtual = (clock: Clock): clock is VirtualClock => 'advanceTo' in clock;

async function settle({ scheduler }: World, engine: Engine, clock: Clock): Promise<void> {
  for (;;) {
    await engine.idle();
    const next = scheduler.nextAwsTimer();
    if (next === undefined) return;
    if (isVirtual(clock)) clock.advanceTo(Math.max(next, clock.now()));
    else await new Promise((resume) => setTimeout(resume, Math.min(50, Math.max(1, next - clock.now()))));
  }
}
