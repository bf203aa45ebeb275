import type { World } from '../../world.ts';

export type ResourcePhase = 'create' | 'update' | 'delete';

/** A failure to come. */
export type ResourceFault = {
  /** A stack's name; `*` at its end stands for anything: the stacks of a stack set are `StackSet-<name>-*`. */
  stackName: string;
  /** A logical id; any resource of the stack when left out. */
  logicalId?: string;
  accountId?: string;
  region?: string;
  phase?: ResourcePhase;
  /** What AWS is to say. */
  reason?: string;
  /** How many times it happens. Default 1. */
  times?: number;
};

type Planned = Required<Pick<ResourceFault, 'stackName' | 'phase' | 'reason' | 'times'>> & ResourceFault;

const FAULTS = 'cloudformation/resource-faults';

/** Knob: a resource of a stack fails, and the stack rolls back. Durable. */
export function failResource(world: World, fault: ResourceFault): void {
  const planned: Planned = {
    ...fault,
    phase: fault.phase ?? 'create',
    reason: fault.reason ?? 'Internal Failure',
    times: fault.times ?? 1,
  };
  world.store.transaction(() => world.store.put(FAULTS, world.random.uuid(), planned));
}

/** The reason why this resource is to fail now, if it is. Counts it. */
export function takeResourceFault(
  world: World,
  at: { stackName: string; accountId: string; region: string; logicalId: string; phase: ResourcePhase },
): string | undefined {
  const found = world.store.entries<Planned>(FAULTS).find(([, fault]) => {
    const isStack = fault.stackName.endsWith('*')
      ? at.stackName.startsWith(fault.stackName.slice(0, -1))
      : fault.stackName === at.stackName;
    const isAccount = fault.accountId === undefined || fault.accountId === at.accountId;
    const isRegion = fault.region === undefined || fault.region === at.region;
    const isResource = fault.logicalId === undefined || fault.logicalId === at.logicalId;
    return isStack && isAccount && isRegion && isResource && fault.phase === at.phase;
  });
  if (!found) return undefined;
  const [key, fault] = found;
  if (fault.times > 1) world.store.put(FAULTS, key, { ...fault, times: fault.times - 1 });
  else world.store.delete(FAULTS, key);
  return fault.reason;
}
