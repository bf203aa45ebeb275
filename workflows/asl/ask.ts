import type { AskKind } from '../../services/inbox/message.schema.ts';
import type { Assign, Catcher, Expression, TaskState } from './definition.ts';
import { expr, objectOf, quoted } from './expression.ts';
import { ASK, counted, messageBody, orderAfter } from './message.ts';
import { given, onward } from './next.ts';
import { whileQueueFails } from './retry.ts';

export type AskOptions = {
  comment?: string;
  /** Members of the message that say whom it is about, as JSONata code. */
  about?: Record<string, string>;
  data?: Record<string, string>;
  /** How long an answer may take, in real time. */
  timeoutSeconds: number | Expression;
  retry?: TaskState['Retry'];
  /** Set from `$states.result`, the answer. */
  assign?: Assign;
  catch?: readonly Catcher[];
  next: string;
};

/** A question, parked in the inbox with this state's task token until a person, an event or a free slot answers. */
export const ask = (kind: AskKind, options: AskOptions): TaskState => ({
  Type: 'Task',
  ...given({ Comment: options.comment }),
  Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
  Arguments: {
    QueueUrl: expr('$inbox'),
    MessageBody: messageBody(
      {
        kind: quoted('ask'),
        ask: quoted(kind),
        ...options.about,
        token: '$states.context.Task.Token',
        data: objectOf(options.data ?? {}),
      },
      ASK,
    ),
  },
  TimeoutSeconds: options.timeoutSeconds,
  Retry: options.retry ?? whileQueueFails(),
  ...given({
    Catch: options.catch?.map((one) => counted(one, ASK)),
  }),
  Assign: { ...orderAfter(ASK), ...options.assign },
  Output: {},
  ...onward(options.next),
});

/** `$name` becomes the answer's outcome; an answer that has none is no consent to anything. */
export const outcomeAs = (name: string): Assign => ({
  [name]: expr("$exists($states.result.outcome) ? $states.result.outcome : ''"),
});
