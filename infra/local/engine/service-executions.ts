import { AwsError, type Operation, type World } from '../world.ts';
import type { Execution, ExecutionStatus } from './documents.ts';
import type { Engine } from './engine.ts';
import { executionArn, REDRIVE_MS } from './executions.ts';
import { failureDetails, HISTORY_LIMIT, historyFull } from './failure.ts';
import { PAYLOAD_LIMIT_BYTES } from './json.ts';
import { checkArn, checkName, iso, pageOf } from './service-input.ts';
import { machineAt } from './service-machines.ts';

type Page = { maxResults?: number; nextToken?: string };
type ByArn = { executionArn: string };
type StartInput = { stateMachineArn: string; name?: string; input?: string };
type ListInput = Page & {
  stateMachineArn?: string;
  statusFilter?: ExecutionStatus;
  redriveFilter?: 'REDRIVEN' | 'NOT_REDRIVEN';
};
type HistoryInput = ByArn & Page & { reverseOrder?: boolean; includeExecutionData?: boolean };
type Clock = Pick<World, 'random' | 'scheduler'>;

/** A redrive with the same client token is the same redrive for this long. */
const REDRIVE_TOKEN_MS = 15 * 60_000;
const INCLUDED = { included: true };

/** Operations on executions. */
export function executionOperations(engine: Engine, world: Clock): Record<string, Operation> {
  return {
    StartExecution: (input: StartInput) => start(engine, world, input),
    DescribeExecution: (input: ByArn & { includedData?: string }) =>
      describe(
        engine,
        world,
        executionAt(engine, input.executionArn),
        input.includedData !== 'METADATA_ONLY',
      ),
    DescribeStateMachineForExecution: (input: ByArn) => {
      const execution = executionAt(engine, input.executionArn);
      return {
        stateMachineArn: execution.machineArn,
        name: execution.machineName,
        definition: engine.definitionText(execution.definition),
        roleArn: execution.roleArn,
        updateDate: iso(execution.startMs),
      };
    },
    ListExecutions: (input: ListInput) => list(engine, input),
    GetExecutionHistory: (input: HistoryInput) => history(engine, input),
    StopExecution: ({ executionArn: arn, error = null, cause = null }: StopInput) => {
      const execution = executionAt(engine, arn);
      const stopped = execution.status === 'RUNNING' ? engine.abort(execution, { error, cause }) : execution;
      return { stopDate: iso(stopped.stopMs ?? world.scheduler.now()) };
    },
    RedriveExecution: (input: ByArn & { clientToken?: string }) => redrive(engine, world, input),
  };
}

type StopInput = ByArn & { error?: string | null; cause?: string | null };

/** @throws AwsError InvalidArn, ExecutionDoesNotExist */
function executionAt(engine: Engine, arn: string): Execution {
  checkArn(arn, 'execution');
  const execution = engine.execution(arn);
  if (!execution) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return execution;
}

/** The same name and input again, while it runs, is the same execution; any other use of a name in use is refused. */
function start(engine: Engine, world: Clock, { stateMachineArn, name, input = '{}' }: StartInput) {
  const machine = machineAt(engine, stateMachineArn);
  if (name !== undefined) checkName(name);
  checkInput(input);
  const chosen = name ?? world.random.uuid();
  const known = engine.execution(executionArn(machine, chosen));
  if (known && (known.status !== 'RUNNING' || engine.payload(known).input !== input)) {
    throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${known.arn}'`);
  }
  const execution = known ?? engine.begin(machine, chosen, input);
  return { executionArn: execution.arn, startDate: iso(execution.startMs) };
}

function checkInput(input: string): void {
  const refuse = (why: string) =>
    new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${why}'`);
  if (Buffer.byteLength(input) > PAYLOAD_LIMIT_BYTES) throw refuse('Invalid execution input.');
  try {
    JSON.parse(input);
  } catch (error) {
    throw refuse((error as Error).message);
  }
}

function describe(engine: Engine, world: Clock, execution: Execution, withData: boolean) {
  const { input, output } = engine.payload(execution);
  const refusal = redriveRefusal(engine, world, execution);
  return {
    ...summary(execution),
    ...(withData ? { input, inputDetails: INCLUDED } : {}),
    ...(withData && output !== undefined ? { output, outputDetails: INCLUDED } : {}),
    ...(withData && execution.failure ? failureDetails(execution.failure) : {}),
    redriveStatus: refusal === undefined ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    ...(refusal === undefined ? {} : { redriveStatusReason: refusal }),
  };
}

const summary = (execution: Execution) => ({
  executionArn: execution.arn,
  stateMachineArn: execution.machineArn,
  name: execution.name,
  status: execution.status,
  startDate: iso(execution.startMs),
  ...(execution.stopMs === null ? {} : { stopDate: iso(execution.stopMs) }),
  redriveCount: execution.redrives,
  ...(execution.redriveMs === null ? {} : { redriveDate: iso(execution.redriveMs) }),
});

/** Newest first. */
function list(engine: Engine, input: ListInput) {
  const { stateMachineArn, statusFilter, redriveFilter } = input;
  if (stateMachineArn === undefined) {
    throw new AwsError('ValidationException', 'stateMachineArn is required: map runs are not supported');
  }
  const { arn } = machineAt(engine, stateMachineArn);
  const found = engine
    .executions()
    .filter(({ machineArn }) => machineArn === arn)
    .filter(({ status }) => statusFilter === undefined || status === statusFilter)
    .filter(({ redrives }) => redriveFilter === undefined || (redriveFilter === 'REDRIVEN') === redrives > 0)
    .map((execution) => ({ at: -execution.ordinal, item: execution }))
    .sort((one, other) => one.at - other.at);
  const { page, ...rest } = pageOf(found, input);
  return { executions: page.map(summary), ...rest };
}

function history(engine: Engine, input: HistoryInput) {
  const execution = executionAt(engine, input.executionArn);
  const ids = Array.from({ length: engine.eventCount(execution) }, (_, index) => index + 1);
  const ordered = input.reverseOrder ? ids.reverse() : ids;
  const { page, ...rest } = pageOf(
    ordered.map((id) => ({ at: input.reverseOrder ? -id : id, item: id })),
    input,
  );
  return {
    events: page.map((id) => engine.event(execution, id, input.includeExecutionData !== false)),
    ...rest,
  };
}

function redrive(engine: Engine, world: Clock, input: ByArn & { clientToken?: string }) {
  const execution = executionAt(engine, input.executionArn);
  const { clientToken = null } = input;
  const sinceMs = world.scheduler.now() - (execution.redriveMs ?? 0);
  const repeated =
    clientToken !== null && clientToken === execution.redriveToken && sinceMs < REDRIVE_TOKEN_MS;
  if (repeated && execution.redriveMs !== null) return { redriveDate: iso(execution.redriveMs) };
  const refusal = redriveRefusal(engine, world, execution);
  if (refusal !== undefined) throw new AwsError('ExecutionNotRedrivable', refusal);
  const again = engine.redrive(execution, clientToken);
  return { redriveDate: iso(again.redriveMs ?? world.scheduler.now()) };
}

/** Why an execution cannot be redriven, or undefined. */
function redriveRefusal(engine: Engine, world: Clock, execution: Execution): string | undefined {
  const { status, stopMs, failure } = execution;
  if (status === 'RUNNING' || status === 'SUCCEEDED') return `Execution is ${status} and cannot be redriven`;
  const full = engine.eventCount(execution) >= HISTORY_LIMIT - 1 || failure?.cause === historyFull.cause;
  if (full) return 'Execution history event limit exceeded';
  const ageMs = world.scheduler.now() - (stopMs ?? 0);
  return ageMs > REDRIVE_MS ? 'Execution redrivable period exceeded' : undefined;
}
