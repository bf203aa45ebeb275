import type { States } from '../asl/definition.ts';
import type { Desk } from '../asl/desk.ts';
import { expr } from '../asl/expression.ts';
import { forEach } from '../asl/map.ts';
import { firstPage } from '../asl/page.ts';
import { proveManaged } from './checks.ts';
import { readAttached } from './read-back.ts';
import { readRoles } from './roles.ts';
import { stackSetsOf } from './stack-sets.ts';
import { stacksOf } from './stacks.ts';
import { BEGIN_VPCS, readVpcs } from './vpcs.ts';
import { wholeInstances } from './whole-instances.ts';
import { wholeStack } from './whole-stack.ts';

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
