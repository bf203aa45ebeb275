import { type Execution, eventKey, type HistoryEvent } from './documents.ts';
import { HISTORY_LIMIT } from './failure.ts';
import { type Json, type JsonObject, textOf } from './json.ts';
import type { Kernel, Running } from './kernel.ts';

/** Thrown when a step would write more events than an execution may have; the step is taken back. */
export class HistoryFull extends Error {
  override readonly name = 'HistoryFull';
}

const ENDS = new Set(['ExecutionFailed', 'ExecutionTimedOut', 'ExecutionAborted', 'ExecutionSucceeded']);

/**
 * Appends an event.
 *
 * @param previous id of the event that led to it, within its branch
 * @returns its id
 * @throws HistoryFull
 */
export function record(
  { kernel, execution }: Running,
  previous: number,
  type: string,
  details?: Record<string, unknown>,
): number {
  const progress = kernel.docs.progressOf(execution.id);
  const id = progress.events + 1;
  if (id >= HISTORY_LIMIT && !ENDS.has(type)) throw new HistoryFull();
  const event: HistoryEvent = { id, previous, atMs: kernel.scheduler.now(), type };
  if (details) Object.assign(event, withoutInput(details, kernel.docs.inputs.get(execution.id)));
  kernel.docs.history.put(eventKey(execution.id, id), event);
  kernel.docs.progress.put(execution.id, { ...progress, events: id });
  return id;
}

function withoutInput(details: Record<string, unknown>, input: string | undefined) {
  const asInput = ['input', 'output'].filter((name) => input !== undefined && details[name] === input);
  if (asInput.length === 0) return { details };
  return {
    details: Object.fromEntries(Object.entries(details).filter(([name]) => !asInput.includes(name))),
    asInput,
  };
}

const NOT_TRUNCATED = { truncated: false };

/** Members of an event that carries input. */
export const inputDetails = (input: Json) => ({ input: textOf(input), inputDetails: NOT_TRUNCATED });
/** Members of an event that carries output. */
export const outputDetails = (output: Json) => ({ output: textOf(output), outputDetails: NOT_TRUNCATED });

/** Member of a StateExited event, when variables were assigned. */
export function assignedDetails(assigned: JsonObject): Record<string, unknown> {
  const entries = Object.entries(assigned);
  if (entries.length === 0) return {};
  return {
    assignedVariables: Object.fromEntries(entries.map(([name, value]) => [name, textOf(value)])),
    assignedVariablesDetails: NOT_TRUNCATED,
  };
}

/** An event as GetExecutionHistory answers it. */
export function readEvent(kernel: Kernel, execution: Execution, id: number, withData: boolean) {
  const event = kernel.docs.history.get(eventKey(execution.id, id));
  if (!event) return undefined;
  const details: Record<string, unknown> = { ...event.details };
  for (const name of event.asInput ?? []) details[name] = kernel.docs.inputs.get(execution.id);
  if (!withData) {
    for (const name of ['input', 'output', 'parameters', 'assignedVariables', 'cause']) delete details[name];
  }
  return {
    id: event.id,
    previousEventId: event.previous,
    timestamp: new Date(event.atMs).toISOString(),
    type: event.type,
    ...(event.details ? { [detailsKey(event.type)]: details } : {}),
  };
}

/** The member that holds an event's details: `stateEnteredEventDetails` for `PassStateEntered`. */
function detailsKey(type: string): string {
  const shared = /State(Entered|Exited)$/.exec(type);
  if (shared) return `state${shared[1]}EventDetails`;
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}
