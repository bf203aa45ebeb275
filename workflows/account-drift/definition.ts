import { asControlTower, asJetway } from '../account-vending/messages.ts';
import type { Definition, States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fact } from '../asl/fact.ts';
import { machine } from '../asl/machine.ts';
import { INBOX_URL } from '../asl/message.ts';
import { firstPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { succeed } from '../asl/succeed.ts';
import { CONTROLS, controls, rules } from './guardrails.ts';
import { instances } from './instances.ts';
import { policies } from './policies.ts';
import { detectDrift } from './stacks.ts';
import { elseLeaveOut } from './trouble.ts';

const EXECUTION_ROLE = 'execution-role';

const start: States = {
  'Read the input': pass({
    comment:
      'The order of the one message is the time of the start: of two checks of an account the later one counts.',
    assign: {
      inbox: INBOX_URL,
      order: expr('$toMillis($states.context.Execution.StartTime)'),
      accountId: expr('$states.input.accountId'),
      check: expr('$states.input'),
      child: expr('$states.input.accountId'),
      trouble: [],
      stacks: [],
      instances: [],
      attached: [],
      policies: [],
      present: [],
      rules: [],
      enforced: [],
      controls: [],
      ...firstPage('page'),
    },
    next: 'Compare the execution role',
  }),
  'Compare the execution role': detectDrift({
    label: 'role',
    items: `[$check.stacks[name = '${EXECUTION_ROLE}']]`,
    as: asControlTower,
    catch: [elseLeaveOut('stacks', 'Compare the stacks')],
    assign: { stacks: expr('[$states.result]') },
    next: 'Compare the stacks',
  }),
  'Compare the stacks': detectDrift({
    label: 'stacks',
    items: `[$check.stacks[name != '${EXECUTION_ROLE}']]`,
    as: asJetway,
    catch: [elseLeaveOut('stacks', 'Look at the other Regions')],
    assign: { stacks: expr('[$append($stacks, $states.result)]') },
    next: 'Look at the other Regions',
  }),
};

const end: States = {
  'Compare the controls': pass({ assign: { controls: expr(CONTROLS) }, next: 'Say what was found' }),
  'Say what was found': fact('DriftChecked', {
    about: { accountId: '$accountId' },
    data: {
      checkId: '$check.checkId',
      region: "$split($states.context.StateMachine.Id, ':')[3]",
      stacks: '$stacks',
      instances: '$instances',
      policies: '$policies',
      rules: '$rules',
      controls: '$controls',
      trouble: '$trouble',
    },
    next: 'The account is checked',
  }),
  'The account is checked': succeed('CHECKED'),
};

/** Looks whether one account still has what was planned for it. It changes nothing. */
export const accountDrift: Definition = machine({
  comment:
    'Compares one account with its plan: stacks, instances in other Regions, policies, Config rules, controls of the units above.',
  startAt: 'Read the input',
  stages: [start, instances, policies, rules, controls, end],
});
