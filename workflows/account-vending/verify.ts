import type { Assign, States } from '../asl/definition.ts';
import type { Desk } from '../asl/desk.ts';
import { expr } from '../asl/expression.ts';
import { forEach } from '../asl/map.ts';
import { given } from '../asl/next.ts';
import { firstPage } from '../asl/page.ts';
import { DETECTIVE_COMPONENT } from '../blueprints/components.ts';
import { proveManaged } from './checks.ts';
import { readAttached } from './read-back.ts';
import { readRoles } from './roles.ts';
import { stackSetsOf } from './stack-sets.ts';
import { stacksOf } from './stacks.ts';
import { BEGIN_VPCS, readVpcs } from './vpcs.ts';
import { wholeInstances } from './whole-instances.ts';
import { wholeStack } from './whole-stack.ts';

/** AWS Config takes no rule where it has no recorder; that it records there, home cannot see. */
const RECORDERS_ELSEWHERE = `($config := $plan.components[name = 'config' and mode = 'verify'];
  $ruled := $plan.components[name = '${DETECTIVE_COMPONENT}'].region;
  $exists($config) ? [$distinct($plan.components.region)[$ != $region].{
    'kind': 'managed', 'name': 'config', 'region': $, 'status': 'NOT_READ',
    'evidence': 'the workflow reads the recorder of the home Region only'
      & ($ in $ruled ? '; Config took rules there, which it does not without a recorder' : '')}] : [])`;

/** Everything is read back once more before the account is called ACTIVE. */
export const verify = (
  desk: Desk<'verify'>,
  options: { fenced: boolean; next: string; assign?: Assign },
): States => ({
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
        `[$append($verified, $append(
          $states.result.{'kind': 'managed', 'name': name, 'region': $region, 'status': status, 'evidence': evidence},
          ${RECORDERS_ELSEWHERE}))]`,
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
    confirmed: { next: options.next, ...given({ assign: options.assign }) },
  }),
});
