import { INSTANCES_READ } from '../account-vending/stack-sets.ts';
import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { forEach } from '../asl/map.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { elseLeaveOut } from './trouble.ts';

/** An operation that is under way says nothing yet. */
const STATE = `($exists($is) = false ? 'MISSING'
  : $is.detailed in ['PENDING', 'RUNNING'] ? 'UNKNOWN' : $is.status)`;

const FOUND = `[$check.instances[stackSetName = $setName].($planned := $; $is := $seen[region = $planned.region][0];
  {'name': name, 'stackSetName': stackSetName, 'region': region, 'controls': controls, 'state': ${STATE},
   'drift': $exists($is) ? $is.drift : '', 'reason': $exists($is) ? $substring($is.reason, 0, 1000) : ''})]`;

const oneSet: States = {
  'Take the stack set': pass({
    assign: { setName: expr('$states.input'), seen: [], ...firstPage('instancePage') },
    next: 'List the instances of the account',
  }),
  'List the instances of the account': sdk('cloudformation:listStackInstances', {
    arguments: pageOf(
      "{'StackSetName': $setName, 'StackInstanceAccount': $accountId, 'MaxResults': 100, 'CallAs': 'SELF'}",
      { variable: 'instancePage' },
    ),
    retry: whilePassing('cloudformation'),
    catch: [caught(['CloudFormation.StackSetNotFoundException'], 'The stack set was looked at')],
    assign: { seen: expr(`[$append($seen, ${INSTANCES_READ})]`), ...turnPage('instancePage') },
    next: 'Are there more instances?',
  }),
  'Are there more instances?': choice({
    rules: [when(morePages('instancePage'), 'List the instances of the account')],
    otherwise: 'The stack set was looked at',
  }),
  'The stack set was looked at': pass({ output: expr(FOUND) }),
};

/**
 * What the account has in the other governed Regions, as the stack sets know it: is there an instance, is it current, and
 * what did CloudFormation find when it last looked for drift. Home cannot look into another Region by itself.
 */
export const instances: States = {
  'Look at the other Regions': forEach('$distinct([$check.instances.stackSetName])', {
    atOnce: 5,
    startAt: 'Take the stack set',
    states: oneSet,
    catch: [elseLeaveOut('instances', 'List the attached policies')],
    assign: { instances: expr('[$reduce($states.result, $append, [])]') },
    next: 'List the attached policies',
  }),
};
