import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { DETECTIVE_COMPONENT } from '../blueprints/components.ts';
import { proveManaged } from './checks.ts';
import { elseQuarantine } from './failures.ts';
import { asControlTower, asJetway, vendFact } from './messages.ts';
import { deployStackSets } from './stack-sets.ts';
import { deployStacks, stacksOf } from './stacks.ts';

/** The role that does the rest; made with the role that Account Factory leaves behind. */
const EXECUTION_ROLE = 'execution-role';

const BLUEPRINT = `$not(name in ['${EXECUTION_ROLE}', '${DETECTIVE_COMPONENT}'])`;

export const blueprint: States = {
  'Make the execution role': deployStacks({
    comment: 'The only stack made with AWSControlTowerExecution.',
    label: 'role',
    items: stacksOf(`name = '${EXECUTION_ROLE}'`),
    as: asControlTower,
    catch: [elseQuarantine('blueprint')],
    assign: { deployed: expr('$states.result') },
    next: 'Deploy the blueprint',
  }),
  'Deploy the blueprint': deployStacks({
    comment: 'One stack for each component: atomic, and versioned and repaired apart from the others.',
    label: 'blueprint',
    items: stacksOf(BLUEPRINT),
    as: asJetway,
    catch: [elseQuarantine('blueprint')],
    assign: { deployed: expr('[$append($deployed, $states.result)]') },
    next: 'Deploy the blueprint in the other Regions',
  }),
  'Deploy the blueprint in the other Regions': deployStackSets({
    comment: 'After home: what is global in the account is made there, and used by the other Regions.',
    label: 'blueprint',
    of: BLUEPRINT,
    catch: [elseQuarantine('blueprint')],
    assign: { deployed: expr('[$append($deployed, $states.result)]') },
    next: 'Prove the trail and the recorder',
  }),
  'Prove the trail and the recorder': proveManaged({
    comment: 'Control Tower manages CloudTrail and Config; a second recorder would fail.',
    label: 'blueprint',
    patience: 10,
    catch: [elseQuarantine('blueprint')],
    assign: { deployed: expr('[$append($deployed, $states.result)]') },
    next: 'Say that the blueprint is applied',
  }),
  'Say that the blueprint is applied': vendFact('BlueprintApplied', {
    data: { components: '$deployed' },
    catch: [elseQuarantine('blueprint')],
    next: 'Attach the preventive guardrails',
  }),
};
