import { awaitAnswer, callFailed, callReturned } from '../callbacks.ts';
import type { TaskState } from '../definition.ts';
import type { Frame } from '../documents.ts';
import { evaluate, evaluateAs, evaluateBetween, queryFailure, type Scope } from '../expressions.ts';
import { dataLimitExceeded, StateFailure } from '../failure.ts';
import { record } from '../history.ts';
import { type Json, textOf, toJson, tooLarge } from '../json.ts';
import type { Running } from '../kernel.ts';
import { scopeOf } from '../scope.ts';
import type { Handler } from '../step.ts';
import { type TaskCall, TaskError } from '../task.ts';
import { labelsOf } from '../task-labels.ts';

const WAIT_FOR_TOKEN = '.waitForTaskToken';
const SECONDS = [1, 99_999_999] as const;

type Prepared = {
  call: TaskCall & { arguments: Json };
  token: string | null;
  timeoutSeconds: number | null;
  heartbeatSeconds: number | null;
};

/**
 * Makes the call of a Task state. The call, its events and its result are one transaction: killed before it, the call
 * was not made; killed after it, its result is there.
 */
export const runTask: Handler<TaskState> = async ({ running, frame, state }) => {
  const token = state.Resource.endsWith(WAIT_FOR_TOKEN) ? newToken(running) : null;
  const scope = scopeOf(running, frame, token === null ? {} : { token });
  const prepared = await prepare(running, state, scope, token);
  return () => perform(running, schedule(running, frame, state, prepared), prepared);
};

/** Opaque to whoever answers and not to be guessed; unique even if the randomness came twice. */
function newToken({ kernel, execution }: Running): string {
  const place = `${execution.id}/${kernel.docs.progressOf(execution.id).events}`;
  return Buffer.from(`${place}/${kernel.random.uuid()}${kernel.random.uuid()}`).toString('base64url');
}

async function prepare(
  { execution }: Running,
  state: TaskState,
  scope: Scope,
  token: string | null,
): Promise<Prepared> {
  const given = state.Arguments === undefined ? {} : await evaluate(state.Arguments, scope, 'Arguments');
  if (tooLarge(textOf(given))) throw new StateFailure(dataLimitExceeded(scope.state));
  const roleArn = state.Credentials
    ? await evaluateAs('string', state.Credentials.RoleArn, scope, 'Credentials/RoleArn')
    : null;
  const seconds = (field: 'TimeoutSeconds' | 'HeartbeatSeconds') => {
    const template = state[field];
    return template === undefined ? null : evaluateBetween(SECONDS, template, scope, field);
  };
  const timeoutSeconds = await seconds('TimeoutSeconds');
  const heartbeatSeconds = await seconds('HeartbeatSeconds');
  if (timeoutSeconds !== null && heartbeatSeconds !== null && heartbeatSeconds >= timeoutSeconds) {
    throw queryFailure(scope, 'HeartbeatSeconds must be smaller than TimeoutSeconds', 'HeartbeatSeconds');
  }
  const resource = state.Resource.split(':').slice(5).join(':').replace(WAIT_FOR_TOKEN, '');
  const call = {
    resource,
    arguments: given,
    ...(roleArn === null ? {} : { roleArn }),
    stateMachineArn: execution.machineArn,
    executionArn: execution.arn,
    executionRoleArn: execution.roleArn,
  };
  return { call, token, timeoutSeconds, heartbeatSeconds };
}

function schedule(running: Running, frame: Frame, state: TaskState, prepared: Prepared): Frame {
  const { call, timeoutSeconds, heartbeatSeconds } = prepared;
  const labels = labelsOf(state);
  const scheduled = record(running, frame.lastEvent, 'TaskScheduled', {
    ...labels,
    region: running.kernel.region,
    parameters: textOf(call.arguments),
    ...(timeoutSeconds === null ? {} : { timeoutInSeconds: timeoutSeconds }),
    ...(heartbeatSeconds === null ? {} : { heartbeatInSeconds: heartbeatSeconds }),
    ...(call.roleArn === undefined ? {} : { taskCredentials: { roleArn: call.roleArn } }),
  });
  return { ...frame, lastEvent: record(running, scheduled, 'TaskStarted', labels) };
}

function perform(running: Running, frame: Frame, prepared: Prepared): void {
  const { kernel } = running;
  awaitAnswer(running, frame, prepared.token);
  let output: Json;
  try {
    output = toJson(kernel.dispatch(prepared.call)) ?? {};
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    callFailed(running, frame, { error: error.errorName, cause: error.cause });
    return;
  }
  callReturned(running, frame, output, prepared);
}
