/**
 * Why a state or an execution failed. A Fail state may leave out both; AWS then prints null.
 *
 * `also` is a second name that Retry and Catch match: a missed heartbeat surfaces as States.Timeout, yet
 * States.HeartbeatTimeout catches it too. `terminal` failures are not matched by States.ALL.
 */
export type Failure = {
  error: string | null;
  cause: string | null;
  also?: string;
  terminal?: true;
};

/** Where the evaluation of a JSONata field failed; the history records it. `location` is the field's path. */
export type EvaluationSite = { state: string; location: string | null };

/** Thrown while a state is computed: the state fails with `failure`, and its Retry and Catch are asked. */
export class StateFailure extends Error {
  override readonly name = 'StateFailure';
  constructor(
    readonly failure: Failure,
    readonly evaluation: EvaluationSite | null = null,
  ) {
    super(`${failure.error ?? 'no error'}: ${failure.cause ?? 'no cause'}`);
  }
}

/**
 * A payload over the limit. AWS's States.ALL does not match it, unless a task's result was too large (recorded on AWS
 * that way round).
 */
export const dataLimitExceeded = (what: string, terminal = true): Failure => ({
  error: 'States.DataLimitExceeded',
  cause: `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  ...(terminal ? { terminal: true as const } : {}),
});

/** A failure that no Retry and no Catch sees. */
export const runtimeFailure = (cause: string): Failure => ({
  error: 'States.Runtime',
  cause,
  terminal: true,
});

/** AWS's limit for the events of one execution. The last one says how it ended. */
export const HISTORY_LIMIT = 25_000;

/** How AWS ends an execution that has too many events. */
export const historyFull: Failure = runtimeFailure(
  `The execution reached the maximum number of history events (${HISTORY_LIMIT}).`,
);

/** Whether an ErrorEquals list names this failure. */
export function matches(names: readonly string[], failure: Failure, stateType: string): boolean {
  if (failure.error === 'States.Runtime') return false;
  return names.some((name) => {
    if (name === failure.error || name === failure.also) return true;
    if (name === 'States.ALL') return failure.terminal !== true;
    return (
      name === 'States.TaskFailed' &&
      stateType === 'Task' &&
      failure.error !== 'States.Timeout' &&
      failure.terminal !== true
    );
  });
}

/** The members of a history event: AWS leaves out what is missing or empty. */
export const failureDetails = ({ error, cause }: Failure): { error?: string; cause?: string } => ({
  ...(error ? { error } : {}),
  ...(cause ? { cause: cause.slice(0, 32_768) } : {}),
});
