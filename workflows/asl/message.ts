import { caught } from './catch.ts';
import type { Assign, Catcher, Expression } from './definition.ts';
import { expr, objectOf } from './expression.ts';

type Numbering = { order: string; id: string };
const NAME = '$states.context.Execution.Name';

/** `<execution>:<order>` names a message for ever. A fact that is sent again is the same fact, with the same id. */
export const FACT: Numbering = { order: '$order', id: `${NAME} & ':' & $order` };

const AGAIN = '$order + $states.context.State.RetryCount + 10 * $states.context.Execution.RedriveCount';

/** An ask that is sent again has another task token, and the earlier one is dead: it is another, newer ask. */
export const ASK: Numbering = {
  order: AGAIN,
  id: `${NAME} & ':' & (${AGAIN}) & ($states.context.Execution.RedriveCount > 0 ? 'r' & $states.context.Execution.RedriveCount : '')`,
};

/** The body of a message to the inbox. @param members JSONata code of what this kind of message adds */
export const messageBody = (members: Record<string, string>, { id, order }: Numbering): Expression =>
  expr(
    `$string(${objectOf({
      ...members,
      id,
      execution: '$states.context.Execution.Id',
      order,
      occurredAt: '$states.context.State.EnteredTime',
    })})`,
  );

/** After a message, and also after one that failed: it may have been delivered all the same. */
export const orderAfter = ({ order }: Numbering): Assign => ({ order: expr(`${order} + 1`) });

/** The same Catch, with the order counted on. */
export const counted = ({ ErrorEquals, Assign, Next }: Catcher, numbering: Numbering): Catcher =>
  caught(ErrorEquals, Next, { ...orderAfter(numbering), ...Assign });

/** The inbox of the account and Region in which the machine runs; definitions have no substitutions. */
export const INBOX_URL = expr(
  "($arn := $split($states.context.StateMachine.Id, ':'); 'https://sqs.' & $arn[3] & '.amazonaws.com/' & $arn[4] & '/jetway-inbox')",
);

/** AWS's words may be long; a message has room for other things too. @param code JSONata code of a text */
export const inShort = (code: string): string => `$substring(${code}, 0, 4000)`;
