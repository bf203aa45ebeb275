import { asControlTower, asJetway, vendFact } from '../account-vending/messages.ts';
import type { Catcher, States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { changeStacks } from './change-sets.ts';
import { elseReject, rejectOn } from './failures.ts';
import type { AccountChangeStep } from './input.schema.ts';

/** The role that does the rest; it is changed with the role that Account Factory left behind. */
export const EXECUTION_ROLE = 'execution-role';

const refusals = (step: AccountChangeStep): Catcher[] => [
  rejectOn(['ChangeNotAnnounced'], step, 'change-not-announced'),
  rejectOn(['StackNotReady', 'ChangeSetFailed'], step, 'stack-not-ready'),
  elseReject(step),
];

/** CloudFormation says what it would do, before anybody is asked. Nothing is changed, and no change set is left. */
export const preview: States = {
  'Preview the execution role': changeStacks({
    comment: 'A change set does nothing until it is executed; this one is read and thrown away.',
    label: 'preview of the role',
    of: `name = '${EXECUTION_ROLE}'`,
    as: asControlTower,
    execute: false,
    catch: refusals('preview'),
    assign: { previews: expr('$states.result') },
    next: 'Preview the stacks',
  }),
  'Preview the stacks': changeStacks({
    comment: 'Whatever CloudFormation would replace or remove must be in the plan.',
    label: 'preview',
    of: `name != '${EXECUTION_ROLE}'`,
    as: asJetway,
    execute: false,
    catch: refusals('preview'),
    assign: { previews: expr('[$append($previews, $states.result)]') },
    next: 'Say what CloudFormation would do',
  }),
  'Say what CloudFormation would do': vendFact('ChangePreviewed', {
    data: {
      stacks: "[$previews.{'name': name, 'stackName': stackName, 'changes': [changes[[0..99]]]}]",
    },
    catch: [elseReject('preview')],
    next: 'Ask for approval',
  }),
};
