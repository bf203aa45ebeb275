import { asControlTower, asJetway, vendFact } from '../account-vending/messages.ts';
import { deployStackSets } from '../account-vending/stack-sets.ts';
import { deployStacks, stacksOf } from '../account-vending/stacks.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { changeStacks } from './change-sets.ts';
import { elseStop } from './failures.ts';
import { EXECUTION_ROLE } from './preview.ts';
import { removeInstances } from './remove-instances.ts';
import { removeStacks } from './remove-stacks.ts';

const OUTDATED = '$change.work.instancesChanged[stackSetName = $component.stackSetName].region';
const stop = [elseStop('blueprint')];

/** The execution role first: what is new may need permissions that are new. What goes, goes last. */
export const blueprint: States = {
  'Change the execution role': changeStacks({
    comment: 'With the role that made it.',
    label: 'role',
    of: `name = '${EXECUTION_ROLE}'`,
    as: asControlTower,
    execute: true,
    catch: stop,
    assign: { deployed: expr('$states.result') },
    next: 'Change the stacks',
  }),
  'Change the stacks': changeStacks({
    comment: 'Each change set is looked at once more before it is executed.',
    label: 'change',
    of: `name != '${EXECUTION_ROLE}'`,
    as: asJetway,
    execute: true,
    catch: stop,
    assign: { deployed: expr('[$append($deployed, $states.result)]') },
    next: 'Make the new stacks',
  }),
  'Make the new stacks': deployStacks({
    comment: 'Components that the account did not have.',
    label: 'new',
    items: stacksOf('name in $change.work.created'),
    as: asJetway,
    catch: stop,
    assign: { deployed: expr('[$append($deployed, $states.result)]') },
    next: 'Remove the instances of old stack sets',
  }),
  'Remove the instances of old stack sets': removeInstances({
    catch: stop,
    next: 'Bring the other Regions up to date',
  }),
  'Bring the other Regions up to date': deployStackSets({
    comment: 'Instances that are missing are made, and those with other parameters updated.',
    label: 'change',
    of: 'true',
    outdated: OUTDATED,
    catch: stop,
    assign: { deployed: expr('[$append($deployed, $states.result)]') },
    next: 'Delete the old stacks',
  }),
  'Delete the old stacks': removeStacks({
    as: asJetway,
    catch: stop,
    next: 'Say that the blueprint is applied',
  }),
  'Say that the blueprint is applied': vendFact('BlueprintApplied', {
    data: {
      components: "[$deployed.$sift($, function($v, $k) {$k != 'changes' and $k != 'stackName'})]",
    },
    catch: stop,
    next: 'Attach the preventive guardrails',
  }),
};
