/** One call of a Task state, as it leaves the engine. */
export type TaskCall = {
  /** The integration without its pattern: `aws-sdk:servicecatalog:provisionProduct`, `sqs:sendMessage`. */
  resource: string;
  arguments: unknown;
  /** Credentials.RoleArn of the state: the call is made as this role. Absent: as the execution's own role. */
  roleArn?: string;
  stateMachineArn: string;
  executionArn: string;
  executionRoleArn: string;
};

/**
 * Executes one call. It is synchronous because it runs inside the store transaction that also records its result:
 * a kill leaves both or neither.
 *
 * @returns the result that the state sees, plain JSON
 * @throws TaskError for what a workflow may retry or catch; anything else ends the execution (States.Runtime) and
 *   takes back what the call wrote to the store
 */
export type TaskDispatch = (call: TaskCall) => unknown;

/** A call that failed. `errorName` is what Retry and Catch match: `Organizations.DuplicatePolicyException`. */
export class TaskError extends Error {
  override readonly name = 'TaskError';
  constructor(
    readonly errorName: string,
    override readonly cause: string,
  ) {
    super(`${errorName}: ${cause}`);
  }
}
