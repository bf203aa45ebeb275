import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fail } from '../asl/fail.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { wait } from '../asl/wait.ts';
import { READ_BACKS } from './fence.ts';

/**
 * One group that the plan found missing. Its name is taken once: of two vends at once the second is refused and finds
 * what the first has made. It counts as made when its name leads to it.
 */
export const group: States = {
  'Take the group': pass({
    assign: { wanted: expr('$states.input'), groupHow: expr("'found'"), groupLooks: 0 },
    next: 'Look for the group',
  }),
  'Look for the group': sdk('identitystore:getGroupId', {
    arguments: {
      IdentityStoreId: expr('$plan.identityCenter.identityStoreId'),
      AlternateIdentifier: {
        UniqueAttribute: { AttributePath: 'displayName', AttributeValue: expr('$wanted.name') },
      },
    },
    retry: whilePassing('identitystore'),
    catch: [caught(['Identitystore.ResourceNotFoundException'], 'Was the group made already?')],
    assign: { groupId: expr('$states.result.GroupId') },
    next: 'The group is there',
  }),
  'Was the group made already?': choice({
    rules: [
      when('$groupLooks = 0', 'Make the group', { groupLooks: 1 }),
      when(`$groupLooks < ${READ_BACKS}`, 'Wait for the group', { groupLooks: expr('$groupLooks + 1') }),
    ],
    otherwise: 'The group was not made',
  }),
  'Make the group': sdk('identitystore:createGroup', {
    arguments: {
      IdentityStoreId: expr('$plan.identityCenter.identityStoreId'),
      DisplayName: expr('$wanted.name'),
      Description: expr('$wanted.description'),
    },
    retry: whilePassing('identitystore'),
    catch: [caught(['Identitystore.ConflictException'], 'Wait for the group')],
    assign: { groupHow: expr("'made'") },
    next: 'Look for the group',
  }),
  'Wait for the group': wait(5, { next: 'Look for the group' }),
  'The group was not made': fail(
    'GroupNotMade',
    "$wanted.name & ': Identity Center took the name and does not find it'",
  ),
  'The group is there': pass({
    output: { group: expr('$wanted.name'), groupId: expr('$groupId'), how: expr('$groupHow') },
  }),
};
