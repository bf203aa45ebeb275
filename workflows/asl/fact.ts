import type { WorkflowFactType } from '../../services/inbox/message.schema.ts';
import type { Assign, Catcher, TaskState } from './definition.ts';
import { expr, objectOf, quoted } from './expression.ts';
import { counted, FACT, messageBody, orderAfter } from './message.ts';
import { given, onward } from './next.ts';
import { whileQueueFails } from './retry.ts';

export type FactOptions = {
  comment?: string;
  /** Members of the message that say whom it is about, as JSONata code. */
  about?: Record<string, string>;
  data?: Record<string, string>;
  retry?: TaskState['Retry'];
  assign?: Assign;
  catch?: readonly Catcher[];
  next?: string;
};

/** Says in the inbox that something happened. */
export const fact = (type: WorkflowFactType, options: FactOptions): TaskState => ({
  Type: 'Task',
  ...given({ Comment: options.comment }),
  Resource: 'arn:aws:states:::sqs:sendMessage',
  Arguments: {
    QueueUrl: expr('$inbox'),
    MessageBody: messageBody(
      {
        kind: quoted('fact'),
        type: quoted(type),
        ...options.about,
        data: objectOf(options.data ?? {}),
      },
      FACT,
    ),
  },
  TimeoutSeconds: 60,
  Retry: options.retry ?? whileQueueFails(),
  ...given({
    Catch: options.catch?.map((one) => counted(one, FACT)),
  }),
  Assign: { ...orderAfter(FACT), ...options.assign },
  Output: {},
  ...onward(options.next),
});
