/**
 * JSONata-mode states of the Amazon States Language, as far as our machines use them. Definitions are plain JSON:
 * what is built here is rendered to the committed `.asl.json` files and runs nowhere else.
 */
export type Expression = `{% ${string} %}`;

/** JSON in which any string may be an expression. */
export type Template =
  | null
  | boolean
  | number
  | string
  | readonly Template[]
  | { readonly [key: string]: Template };

/** Variables to set; read again as `$name`. */
export type Assign = { readonly [name: string]: Template };

export type Retrier = {
  ErrorEquals: readonly string[];
  IntervalSeconds?: number;
  MaxAttempts: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: 'FULL';
};

export type Catcher = {
  ErrorEquals: readonly string[];
  Assign?: Assign;
  Output: Template;
  Next: string;
};

type Named = { Comment?: string };
type Onward = { Assign?: Assign; Output: Template; Next?: string; End?: true };

export type TaskState = Named &
  Onward & {
    Type: 'Task';
    Resource: string;
    Credentials?: { RoleArn: Expression };
    Arguments?: Template;
    TimeoutSeconds?: number | Expression;
    HeartbeatSeconds?: number | Expression;
    Retry?: readonly Retrier[];
    Catch?: readonly Catcher[];
  };

export type PassState = Named & Onward & { Type: 'Pass' };
export type WaitState = Named & Onward & { Type: 'Wait'; Seconds: number | Expression };
export type ChoiceRule = { Condition: Expression; Assign?: Assign; Next: string };
export type ChoiceState = Named & {
  Type: 'Choice';
  Choices: readonly ChoiceRule[];
  Assign?: Assign;
  Output: Template;
  Default: string;
};
export type MapState = Named &
  Onward & {
    Type: 'Map';
    Items: Expression;
    MaxConcurrency: number;
    ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }; StartAt: string; States: States };
    Retry?: readonly Retrier[];
    Catch?: readonly Catcher[];
  };
export type SucceedState = Named & { Type: 'Succeed'; Output: Template };
export type FailState = Named & { Type: 'Fail'; Error: string; Cause: string };

export type State = TaskState | PassState | WaitState | ChoiceState | MapState | SucceedState | FailState;

/** States by name, in the order in which they are read. */
export type States = { readonly [name: string]: State };

export type Definition = {
  Comment: string;
  QueryLanguage: 'JSONata';
  StartAt: string;
  States: States;
};
