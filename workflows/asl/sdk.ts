import type { Assign, Catcher, Expression, Retrier, TaskState, Template } from './definition.ts';
import { given, onward } from './next.ts';
import type { Service } from './services.ts';

type SdkOptions = {
  comment?: string;
  arguments?: Template;
  /** The role of another account to call with; without it, the machine's own role. */
  as?: Expression;
  retry?: readonly Retrier[];
  catch?: readonly Catcher[];
  assign?: Assign;
  next?: string;
};

/** An SDK call hangs at most this long; then it is States.Timeout. */
const CALL_SECONDS = 60;

/**
 * One call of an AWS API through the SDK integration. Its result goes into variables, never into the output.
 *
 * @example sdk('organizations:describeAccount', { arguments: { AccountId: expr('$accountId') }, next: 'Tag' })
 */
export const sdk = (action: `${Service}:${string}`, options: SdkOptions): TaskState => ({
  Type: 'Task',
  ...given({ Comment: options.comment }),
  Resource: `arn:aws:states:::aws-sdk:${action}`,
  ...(options.as === undefined ? {} : { Credentials: { RoleArn: options.as } }),
  Arguments: options.arguments ?? {},
  TimeoutSeconds: CALL_SECONDS,
  ...given({ Retry: options.retry, Catch: options.catch, Assign: options.assign }),
  Output: {},
  ...onward(options.next),
});
