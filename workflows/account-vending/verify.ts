import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import type { Desk } from '../asl/desk.ts';
import { expr } from '../asl/expression.ts';
import { fail } from '../asl/fail.ts';
import { forEach } from '../asl/map.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing, whileRoleSpreads } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { proveManaged } from './checks.ts';
import { asJetway } from './messages.ts';
import { readAttached } from './read-back.ts';
import { readRoles } from './roles.ts';
import { CURRENT, INSTANCES_READ, stackSetsOf } from './stack-sets.ts';
import { stacksOf } from './stacks.ts';
import { BEGIN_VPCS, readVpcs } from './vpcs.ts';

const wholeStack: States = {
  'Read the stack again': sdk('cloudformation:describeStacks', {
    as: asJetway,
    arguments: {
      StackName: expr(
        "$exists($states.input.stackName) ? $states.input.stackName : 'jetway-' & $states.input.name",
      ),
    },
    retry: whileRoleSpreads(),
    assign: {
      planned: expr('$states.input'),
      seen: expr(
        `($s := $states.result.Stacks[0]; $d := $s.Tags[Key = 'jetway:template-digest'].Value;
          {'status': $s.StackStatus, 'id': $s.StackId, 'digest': $exists($d) ? $d[0] : '',
           'outputs': [$s.Outputs.(OutputKey & '=' & OutputValue)]})`,
      ),
    },
    next: 'Is the stack as planned?',
  }),
  'Is the stack as planned?': choice({
    rules: [
      when(
        "$seen.status in ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE'] and $seen.digest = $planned.templateDigest",
        'The stack is as planned',
      ),
    ],
    otherwise: 'The stack is not as planned',
  }),
  'The stack is not as planned': fail(
    'StackDiffers',
    "'The stack of ' & $planned.name & ' is ' & $seen.status & ' with template ' & $seen.digest & '.'",
  ),
  'The stack is as planned': pass({
    output: {
      stackId: expr('$seen.id'),
      verified: {
        name: expr('$planned.name'),
        region: expr('$planned.region'),
        status: expr('$seen.status'),
        evidence: expr(
          "$substring($seen.id & ', template ' & $seen.digest & $join($seen.outputs.(', ' & $)), 0, 1500)",
        ),
      },
    },
  }),
};

/** What home can see of the other Regions: the stack set says how its instance stands. */
const wholeInstances: States = {
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
        'The instances are as planned',
      ),
    ],
    otherwise: 'An instance is not as planned',
  }),
  'An instance is not as planned': fail(
    'InstanceDiffers',
    `'Component ' & $set.name & ', stack set ' & $set.stackSetName & ': not current in '
      & $join($set.regions[$not($ in $instances[${CURRENT}].region)], ', ')`,
  ),
  'The instances are as planned': pass({
    output: expr(`[$instances[region in $set.regions].{
      'name': $set.name, 'region': region, 'status': status,
      'evidence': 'stack set ' & $set.stackSetName & ': ' & detailed & ', ' & stackId}]`),
  }),
};

/** Everything is read back once more before the account is called ACTIVE. */
export const verify = (desk: Desk<'verify'>, options: { fenced: boolean; next: string }): States => ({
  'Read the stacks again': forEach(stacksOf('true'), {
    atOnce: 5,
    startAt: 'Read the stack again',
    states: wholeStack,
    catch: [desk.elseStop('verify')],
    assign: { verified: expr('[$states.result.verified]'), stackIds: expr('[$states.result.stackId]') },
    next: 'Read the stack sets again',
  }),
  'Read the stack sets again': forEach(stackSetsOf('true'), {
    comment: 'Not ACTIVE until every governed Region confirms.',
    atOnce: 5,
    startAt: 'Take the stack set',
    states: wholeInstances,
    catch: [desk.elseStop('verify')],
    assign: { verified: expr('[$reduce($states.result, $append, $verified)]'), ...BEGIN_VPCS },
    next: options.fenced ? 'Read the VPCs' : 'Read the roles',
  }),
  // People make VPCs of their own in an account that is theirs already.
  ...(options.fenced ? readVpcs('Read the roles', desk) : {}),
  'Read the roles': readRoles('Prove the trail and the recorder again', desk),
  'Prove the trail and the recorder again': proveManaged({
    comment: 'Nothing is waited for any more.',
    label: 'verify',
    patience: 0,
    catch: [desk.elseStop('verify')],
    assign: {
      verified: expr(
        "[$append($verified, $states.result.{'name': name, 'region': $region, 'status': status, 'evidence': evidence})]",
      ),
      looks: 0,
      attached: [],
      ...firstPage('page'),
    },
    next: 'Read the attached policies',
  }),
  ...readAttached({
    label: 'policies',
    step: 'verify',
    desk,
    fenced: options.fenced,
    confirmed: { next: options.next },
  }),
});
