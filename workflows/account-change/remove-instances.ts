import { setOperation } from '../account-vending/stack-set-writes.ts';
import {
  followOperation,
  MAX_POLLS,
  OURS,
  readInstances,
  stackSetFailed,
  takeSet,
} from '../account-vending/stack-sets.ts';
import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { Catcher, MapState } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { forEach } from '../asl/map.ts';
import { morePages } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';

const named = (name: string) => `${name} (removed)`;

/** Instances that are not the plan's any more go, with their stacks, before new ones make things of the same name. */
export const removeInstances = (options: { catch: readonly Catcher[]; next: string }): MapState =>
  forEach('$change.work.instancesRemoved', {
    comment: 'The set stays: it is shared by all accounts.',
    atOnce: 5,
    startAt: named('Take the stack set'),
    states: {
      [named('Take the stack set')]: takeSet(named('Read the instances')),
      [named('Read the instances')]: readInstances(named, named('What is left of the instances?'), [
        caught(['CloudFormation.StackSetNotFoundException'], named('The instances are gone')),
      ]),
      [named('What is left of the instances?')]: choice({
        rules: [
          when(morePages('instancePage'), named('Read the instances')),
          when(`$count(${OURS}) = 0`, named('The instances are gone')),
          when(
            `$polls < ${MAX_POLLS} and $count(${OURS}[detailed in ['PENDING', 'RUNNING']]) > 0`,
            named('Wait for the instances'),
            { polls: expr('$polls + 1') },
          ),
          when("$not('delete' in $wrote)", named('Delete the instances'), {
            verb: 'delete',
            targets: expr(`[${OURS}.region]`),
          }),
        ],
        assign: {
          why: expr(`$join(${OURS}.(region & ': ' & status & ' ' & detailed & ' ' & reason), '; ')`),
        },
        otherwise: named('The stack set failed'),
      }),
      [named('Delete the instances')]: setOperation(named, 'delete'),
      ...followOperation(named),
      [named('The stack set failed')]: stackSetFailed,
      [named('The instances are gone')]: pass({ output: expr('$component.stackSetName') }),
    },
    catch: options.catch,
    next: options.next,
  });
