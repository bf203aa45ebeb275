import type { Caller, ServiceModule, World } from '../world.ts';
import {
  type CreateChangeSetInput,
  createChangeSet,
  deleteChangeSet,
  describeChangeSet,
  executeChangeSet,
  registerChangeSets,
} from './cloudformation/change-sets.ts';
import {
  type CreateStackInput,
  createStack,
  type DeleteStackInput,
  deleteStack,
  type UpdateStackInput,
  updateStack,
} from './cloudformation/change-stack.ts';
import { stepDeploy } from './cloudformation/deploy.ts';
import {
  describeStackEvents,
  describeStackResources,
  describeStacks,
  getTemplate,
  listStacks,
} from './cloudformation/describe.ts';
import {
  describeStackDriftDetectionStatus,
  describeStackResourceDrifts,
  detectStackDrift,
  registerDrift,
} from './cloudformation/drift.ts';
import { createProvisioner, type Provisioner } from './cloudformation/provision.ts';
import { stepClean, stepRemoval, stepUndo } from './cloudformation/removal.ts';
import {
  describeStackInstance,
  describeStackSetOperation,
  listStackInstances,
  listStackSetOperationResults,
} from './cloudformation/stack-sets/describe.ts';
import {
  createStackInstances,
  deleteStackInstances,
  type InstancesInput,
  updateStackInstances,
} from './cloudformation/stack-sets/operations.ts';
import { OPERATION, type OperationData } from './cloudformation/stack-sets/queue.ts';
import { stepOperation } from './cloudformation/stack-sets/run.ts';
import {
  type CreateStackSetInput,
  createStackSet,
  describeStackSet,
} from './cloudformation/stack-sets/sets.ts';
import { changeStack, STEP, type Stack, type StepData } from './cloudformation/stacks.ts';
import { registerRoles } from './iam.ts';

type Input<T extends (world: World, input: never, caller: Caller) => unknown> = Parameters<T>[1];

/**
 * CloudFormation: real templates, made over AWS time into the resources of the account (account-resources.ts), as the
 * caller and under the account's service control policies; rolled back when one fails.
 */
export function cloudFormationService(world: World): ServiceModule {
  registerRoles(world);
  registerDrift(world);
  registerChangeSets(world);
  const deps = { world, provisioner: createProvisioner(world) };
  world.scheduler.on(STEP, (data: StepData) => {
    changeStack(world, data, (stack) => {
      if (stack.step === data.step) step(deps, stack);
    });
  });
  world.scheduler.on(OPERATION, (data: OperationData) => stepOperation(world, data));
  return {
    shape: 'cloudformation',
    operations: {
      CreateStack: (input: CreateStackInput, caller) => createStack(world, input, caller),
      UpdateStack: (input: UpdateStackInput, caller) => updateStack(world, input, caller),
      DeleteStack: (input: DeleteStackInput, caller) => deleteStack(world, input, caller),
      CreateChangeSet: (input: CreateChangeSetInput, caller) => createChangeSet(world, input, caller),
      DescribeChangeSet: (input: Input<typeof describeChangeSet>, caller) =>
        describeChangeSet(world, input, caller),
      ExecuteChangeSet: (input: Input<typeof executeChangeSet>, caller) =>
        executeChangeSet(world, input, caller),
      DeleteChangeSet: (input: Input<typeof deleteChangeSet>, caller) =>
        deleteChangeSet(world, input, caller),
      DescribeStacks: (input: Input<typeof describeStacks>, caller) => describeStacks(world, input, caller),
      DescribeStackEvents: (input: Input<typeof describeStackEvents>, caller) =>
        describeStackEvents(world, input, caller),
      DescribeStackResources: (input: Input<typeof describeStackResources>, caller) =>
        describeStackResources(world, input, caller),
      ListStacks: (input: Input<typeof listStacks>, caller) => listStacks(world, input, caller),
      DetectStackDrift: (input: Input<typeof detectStackDrift>, caller) =>
        detectStackDrift(world, input, caller),
      DescribeStackDriftDetectionStatus: (input: Input<typeof describeStackDriftDetectionStatus>, caller) =>
        describeStackDriftDetectionStatus(world, input, caller),
      DescribeStackResourceDrifts: (input: Input<typeof describeStackResourceDrifts>, caller) =>
        describeStackResourceDrifts(world, input, caller),
      GetTemplate: (input: Input<typeof getTemplate>, caller) => getTemplate(world, input, caller),
      ...stackSetOperations(world),
    },
  };
}

function stackSetOperations(world: World): ServiceModule['operations'] {
  return {
    CreateStackSet: (input: CreateStackSetInput, caller) => createStackSet(world, input, caller),
    DescribeStackSet: (input: Input<typeof describeStackSet>, caller) =>
      describeStackSet(world, input, caller),
    CreateStackInstances: (input: InstancesInput, caller) => createStackInstances(world, input, caller),
    UpdateStackInstances: (input: InstancesInput, caller) => updateStackInstances(world, input, caller),
    DeleteStackInstances: (input: InstancesInput, caller) => deleteStackInstances(world, input, caller),
    DescribeStackInstance: (input: Input<typeof describeStackInstance>, caller) =>
      describeStackInstance(world, input, caller),
    ListStackInstances: (input: Input<typeof listStackInstances>, caller) =>
      listStackInstances(world, input, caller),
    DescribeStackSetOperation: (input: Input<typeof describeStackSetOperation>, caller) =>
      describeStackSetOperation(world, input, caller),
    ListStackSetOperationResults: (input: Input<typeof listStackSetOperationResults>, caller) =>
      listStackSetOperationResults(world, input, caller),
  };
}

function step(deps: { world: World; provisioner: Provisioner }, stack: Stack): void {
  const { work } = stack;
  switch (work?.kind) {
    case undefined:
      break;
    case 'deploy':
      stepDeploy(deps, stack, work);
      break;
    case 'remove':
      stepRemoval(deps, stack, work);
      break;
    case 'undo':
      stepUndo(deps, stack, work);
      break;
    case 'clean':
      stepClean(deps, stack, work);
      break;
  }
}
