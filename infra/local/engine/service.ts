import type { ServiceModule, World } from '../world.ts';
import type { Engine } from './engine.ts';
import { executionOperations } from './service-executions.ts';
import { machineOperations } from './service-machines.ts';
import { taskOperations } from './service-tasks.ts';

/** The Step Functions API on an engine. Timestamps in answers are ISO 8601 strings. */
export function stepFunctionsService(
  engine: Engine,
  world: Pick<World, 'random' | 'scheduler'>,
): ServiceModule {
  return {
    shape: 'stepfunctions',
    operations: {
      ...machineOperations(engine),
      ...executionOperations(engine, world),
      ...taskOperations(engine),
    },
  };
}
