import { AwsError, type Operation } from '../world.ts';
import { diagnose } from './definition.ts';
import type { Machine } from './documents.ts';
import type { Engine } from './engine.ts';
import { checkArn, checkName, iso, pageOf } from './service-input.ts';

type Page = { maxResults?: number; nextToken?: string };
type CreateInput = { name: string; definition: string; roleArn: string; type?: string };
type UpdateInput = { stateMachineArn: string; definition?: string; roleArn?: string };

const STANDARD = {
  type: 'STANDARD',
  loggingConfiguration: { level: 'OFF', includeExecutionData: false },
  tracingConfiguration: { enabled: false },
};

/** Operations on state machines. Only STANDARD ones. */
export function machineOperations(engine: Engine): Record<string, Operation> {
  return {
    CreateStateMachine: (input: CreateInput) => create(engine, input),
    UpdateStateMachine: (input: UpdateInput) => update(engine, input),
    DescribeStateMachine: ({ stateMachineArn }: { stateMachineArn: string }) => {
      const machine = machineAt(engine, stateMachineArn);
      return {
        stateMachineArn: machine.arn,
        name: machine.name,
        status: 'ACTIVE',
        definition: engine.definitionText(machine.definition),
        roleArn: machine.roleArn,
        creationDate: iso(machine.createdMs),
        revisionId: machine.revisionId,
        ...STANDARD,
      };
    },
    ListStateMachines: (input: Page) => {
      const machines = engine.machines().map((machine, at) => ({ at, item: machine }));
      const { page, ...rest } = pageOf(machines, input);
      return {
        stateMachines: page.map(({ arn, name, createdMs }) => {
          return { stateMachineArn: arn, name, type: 'STANDARD', creationDate: iso(createdMs) };
        }),
        ...rest,
      };
    },
    ValidateStateMachineDefinition: ({ definition }: { definition: string }) => {
      const diagnostics = diagnose(definition).map((found) => ({ severity: 'ERROR', ...found }));
      return { result: diagnostics.length === 0 ? 'OK' : 'FAIL', diagnostics, truncated: false };
    },
  };
}

function create(engine: Engine, { name, definition, roleArn, type = 'STANDARD' }: CreateInput) {
  checkName(name);
  if (type !== 'STANDARD') {
    throw new AwsError(
      'StateMachineTypeNotSupported',
      'This operation is not supported by this type of state machine',
    );
  }
  const arn = `arn:aws:states:${engine.region}:${engine.accountId}:stateMachine:${name}`;
  const known = engine.machine(arn);
  const same = known?.roleArn === roleArn && engine.definitionText(known.definition) === definition;
  if (known && !same) {
    throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
  }
  const machine = known ?? engine.putMachine({ name, definition, roleArn });
  return { stateMachineArn: arn, creationDate: iso(machine.createdMs) };
}

function update(engine: Engine, { stateMachineArn, definition, roleArn }: UpdateInput) {
  const machine = machineAt(engine, stateMachineArn);
  if (definition === undefined && roleArn === undefined) {
    throw new AwsError(
      'MissingRequiredParameter',
      'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified',
    );
  }
  const updated = engine.putMachine({
    name: machine.name,
    definition: definition ?? engine.definitionText(machine.definition),
    roleArn: roleArn ?? machine.roleArn,
  });
  return { updateDate: iso(updated.updatedMs), revisionId: updated.revisionId };
}

/** @throws AwsError InvalidArn, StateMachineDoesNotExist */
export function machineAt(engine: Engine, arn: string): Machine {
  checkArn(arn, 'stateMachine');
  const machine = engine.machine(arn);
  if (!machine) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  return machine;
}
