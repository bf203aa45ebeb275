import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fail } from '../asl/fail.ts';
import { forEach } from '../asl/map.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { otherParameters } from './planned-facts.ts';
import { CURRENT, INSTANCES_READ } from './stack-sets.ts';

/** The parameters of one instance, which the list does not have. */
const oneInstance: States = {
  'Read the parameters of the instance': sdk('cloudformation:describeStackInstance', {
    arguments: {
      StackSetName: expr('$set.stackSetName'),
      StackInstanceAccount: expr('$accountId'),
      StackInstanceRegion: expr('$states.input.region'),
      CallAs: 'SELF',
    },
    retry: whilePassing('cloudformation'),
    assign: {
      one: expr('$states.input'),
      others: expr(otherParameters('$states.result.StackInstance.ParameterOverrides', '$set')),
    },
    next: 'Has the instance the planned parameters?',
  }),
  'Has the instance the planned parameters?': choice({
    rules: [when('$count($others) = 0', 'The instance is as planned')],
    otherwise: 'The instance has other parameters',
  }),
  'The instance has other parameters': fail(
    'InstanceDiffers',
    `$substring('Component ' & $set.name & ', stack set ' & $set.stackSetName & ', ' & $one.region & ': parameter '
      & $join($others, '; ') & '.', 0, 1500)`,
  ),
  'The instance is as planned': pass({
    output: {
      kind: 'instance',
      name: expr('$set.name'),
      region: expr('$one.region'),
      status: expr('$one.status'),
      evidence: expr(
        "'stack set ' & $set.stackSetName & ': ' & $one.detailed & ', ' & $one.stackId & ', parameters as planned'",
      ),
    },
  }),
};

/**
 * What home can see of the other Regions: the stack set says how its instance stands and which parameters it has. Begins
 * with an item of `stackSetsOf`, ends with `{ name, region, status, evidence }` for each Region.
 */
export const wholeInstances: States = {
  'Take the stack set': pass({
    assign: { set: expr('$states.input'), instances: [], ...firstPage('instancePage') },
    next: 'Read the instances again',
  }),
  'Read the instances again': sdk('cloudformation:listStackInstances', {
    arguments: pageOf(
      "{'StackSetName': $set.stackSetName, 'StackInstanceAccount': $accountId, 'MaxResults': 100, 'CallAs': 'SELF'}",
      { variable: 'instancePage' },
    ),
    retry: whilePassing('cloudformation'),
    assign: { instances: expr(`[$append($instances, ${INSTANCES_READ})]`), ...turnPage('instancePage') },
    next: 'Are the instances as planned?',
  }),
  'Are the instances as planned?': choice({
    rules: [
      when(morePages('instancePage'), 'Read the instances again'),
      when(
        `$count($set.regions[$not($ in $instances[${CURRENT}].region)]) = 0`,
        'Read each instance by itself',
      ),
    ],
    otherwise: 'An instance is not as planned',
  }),
  'An instance is not as planned': fail(
    'InstanceDiffers',
    `'Component ' & $set.name & ', stack set ' & $set.stackSetName & ': not current in '
      & $join($set.regions[$not($ in $instances[${CURRENT}].region)], ', ')`,
  ),
  'Read each instance by itself': forEach('[$instances[region in $set.regions]]', {
    atOnce: 5,
    startAt: 'Read the parameters of the instance',
    states: oneInstance,
    assign: { entries: expr('$states.result') },
    next: 'The instances are as planned',
  }),
  'The instances are as planned': pass({ output: expr('$entries') }),
};
