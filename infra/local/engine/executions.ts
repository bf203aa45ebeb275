import { type Execution, type ExecutionStatus, eventKey, type Frame, type Machine } from './documents.ts';
import { type Failure, failureDetails } from './failure.ts';
import { dropFrame, enter, halt, newFrame, putFrame, resumeOf } from './frames.ts';
import { outputDetails, record } from './history.ts';
import { type Json, textOf } from './json.ts';
import { frameOf, inputOf, type Kernel, type Running } from './kernel.ts';
import { emitStatus } from './status-event.ts';

const DAY_MS = 86_400_000;
/** How long AWS keeps a closed execution and its name. */
export const RETENTION_MS = 90 * DAY_MS;
/** How long after its end AWS redrives an execution. */
export const REDRIVE_MS = 14 * DAY_MS;
/** The frame of the machine itself. */
const ROOT = 0;

export const executionArn = (machine: Machine, name: string): string =>
  `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;

/** Starts an execution of a machine, as its definition is now. Inside a transaction. */
export function beginExecution(kernel: Kernel, machine: Machine, name: string, input: string): Execution {
  const { docs } = kernel;
  const ordinal = docs.ordinal();
  const id = `x${ordinal}`;
  const arn = executionArn(machine, name);
  const execution: Execution = {
    id,
    ordinal,
    arn,
    name,
    machineArn: machine.arn,
    machineName: machine.name,
    roleArn: machine.roleArn,
    definition: machine.definition,
    status: 'RUNNING',
    startMs: kernel.scheduler.now(),
    stopMs: null,
    failure: null,
    redrives: 0,
    redriveMs: null,
    redriveToken: null,
    timer: armTimeout(kernel, id, machine.definition),
  };
  docs.names.put(arn, id);
  docs.inputs.put(id, input);
  docs.executions.put(id, execution);
  const running = { kernel, execution };
  record(running, 0, 'ExecutionStarted', {
    input,
    inputDetails: { truncated: false },
    roleArn: machine.roleArn,
  });
  const root = newFrame(running, { parent: null, index: 0, path: [], lastEvent: 0, input: null });
  enter(running, root, kernel.definition(machine.definition).StartAt, inputOf(running, root));
  emitStatus(kernel, execution);
  return execution;
}

function armTimeout(kernel: Kernel, execution: string, definition: string): string | null {
  const seconds = kernel.definition(definition).TimeoutSeconds;
  if (seconds === undefined) return null;
  return kernel.scheduler.afterReal(seconds * 1000, 'states.execution-timeout', { execution });
}

type Ending =
  | { status: 'SUCCEEDED'; output: Json }
  | { status: Exclude<ExecutionStatus, 'RUNNING' | 'SUCCEEDED'>; failure: Failure };

const END_EVENT = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
} as const;

/** Ends an execution. Whatever still runs in it is stopped. Inside a transaction. */
export function endExecution(running: Running, lastEvent: number, ending: Ending): void {
  const { kernel, execution } = running;
  const { docs } = kernel;
  const root = docs.frame(execution.id, ROOT);
  if (root) halt(running, root);
  if (execution.timer !== null) kernel.scheduler.cancel(execution.timer);
  const failure = ending.status === 'SUCCEEDED' ? null : ending.failure;
  if (ending.status === 'SUCCEEDED') docs.outputs.put(execution.id, textOf(ending.output));
  const details =
    ending.status === 'SUCCEEDED' ? outputDetails(ending.output) : failureDetails(ending.failure);
  record(running, lastEvent, END_EVENT[ending.status], details);
  const ended: Execution = {
    ...execution,
    status: ending.status,
    stopMs: kernel.scheduler.now(),
    failure,
    timer: null,
  };
  docs.executions.put(execution.id, ended);
  kernel.forget(ended);
  emitStatus(kernel, ended);
}

/** Sets an ended execution going again, where it failed or was stopped. Inside a transaction. */
export function redriveExecution(
  kernel: Kernel,
  execution: Execution,
  clientToken: string | null,
): Execution {
  const again: Execution = {
    ...execution,
    status: 'RUNNING',
    stopMs: null,
    failure: null,
    redrives: execution.redrives + 1,
    redriveMs: kernel.scheduler.now(),
    redriveToken: clientToken,
    timer: armTimeout(kernel, execution.id, execution.definition),
  };
  kernel.docs.executions.put(execution.id, again);
  const running = { kernel, execution: again };
  const event = record(running, kernel.docs.progressOf(execution.id).events, 'ExecutionRedriven', {
    redriveCount: again.redrives,
  });
  revive(running, frameOf(running, ROOT), event);
  emitStatus(kernel, again);
  return again;
}

/** Branches that were done stay done; of the others each goes on with the state that it was in. */
function revive(running: Running, frame: Frame, event: number): void {
  const activity = resumeOf(frame);
  const lastEvent = activity.kind === 'children' ? frame.lastEvent : event;
  putFrame(running, { ...frame, activity, lastEvent, retries: [] });
  if (activity.kind !== 'children') return;
  for (const child of frame.group?.children ?? []) revive(running, frameOf(running, child), event);
}

/** Whether AWS would have forgotten a closed execution. */
export const isExpired = (kernel: Kernel, { stopMs }: Execution): boolean =>
  stopMs !== null && kernel.scheduler.now() - stopMs >= RETENTION_MS;

/** Removes an execution and all of its documents. Inside a transaction. */
export function purgeExecution(kernel: Kernel, execution: Execution): void {
  const { docs } = kernel;
  const running = { kernel, execution };
  const root = docs.frame(execution.id, ROOT);
  if (root) dropFrame(running, root);
  const { events } = docs.progressOf(execution.id);
  for (let event = 1; event <= events; event++) docs.history.delete(eventKey(execution.id, event));
  if (docs.names.get(execution.arn) === execution.id) docs.names.delete(execution.arn);
  for (const table of [docs.inputs, docs.outputs, docs.progress, docs.executions]) table.delete(execution.id);
  kernel.forget(execution);
}
