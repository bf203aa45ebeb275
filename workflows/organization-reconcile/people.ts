import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { forEach } from '../asl/map.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { elseGiveUp, GIVE_UP, part } from './parts.ts';

/** Identity Center: what can be assigned, and to whom. */
export const people: States = {
  'Look for Identity Center': sdk('ssoadmin:listInstances', {
    retry: whilePassing('ssoadmin'),
    catch: [elseGiveUp],
    assign: {
      instances: expr('$count($states.result.Instances)'),
      identityCenter: expr(
        `$exists($states.result.Instances[0])
          ? $states.result.Instances[0].{'InstanceArn': InstanceArn, 'IdentityStoreId': IdentityStoreId}
          : {'InstanceArn': '', 'IdentityStoreId': ''}`,
      ),
    },
    next: 'Is there an Identity Center?',
  }),
  'Is there an Identity Center?': choice({
    rules: [when('$instances > 0', 'Part: Identity Center')],
    assign: { failure: { error: 'NoIdentityCenter', cause: 'IAM Identity Center is not enabled here.' } },
    otherwise: GIVE_UP,
  }),
  'Part: Identity Center': part('identity-center', '$identityCenter', {
    assign: { sets: [], ...firstPage('page') },
    next: 'List the permission sets',
  }),
  'List the permission sets': sdk('ssoadmin:listPermissionSets', {
    arguments: pageOf("{'InstanceArn': $identityCenter.InstanceArn, 'MaxResults': 100}", {
      variable: 'page',
    }),
    retry: whilePassing('ssoadmin'),
    catch: [elseGiveUp],
    assign: { sets: expr('[$append($sets, $states.result.PermissionSets)]'), ...turnPage('page') },
    next: 'More permission sets?',
  }),
  'More permission sets?': choice({
    rules: [when(morePages('page'), 'List the permission sets')],
    otherwise: 'Name the permission sets',
  }),
  'Name the permission sets': forEach('$sets', {
    comment: 'The list has only ARNs.',
    atOnce: 5,
    startAt: 'Read the permission set',
    states: {
      'Read the permission set': {
        ...sdk('ssoadmin:describePermissionSet', {
          arguments: {
            InstanceArn: expr('$identityCenter.InstanceArn'),
            PermissionSetArn: expr('$states.input'),
          },
          retry: whilePassing('ssoadmin'),
        }),
        Output: expr("$states.result.PermissionSet.{'PermissionSetArn': PermissionSetArn, 'Name': Name}"),
      },
    },
    catch: [elseGiveUp],
    assign: { named: expr('$states.result') },
    next: 'Part: permission sets',
  }),
  'Part: permission sets': part('permission-sets', "{'PermissionSets': $named}", {
    assign: firstPage('page'),
    next: 'List the groups',
  }),
  'List the groups': sdk('identitystore:listGroups', {
    arguments: pageOf("{'IdentityStoreId': $identityCenter.IdentityStoreId, 'MaxResults': 100}", {
      variable: 'page',
    }),
    retry: whilePassing('identitystore'),
    catch: [elseGiveUp],
    assign: {
      listed: expr("[$states.result.Groups.{'GroupId': GroupId, 'DisplayName': DisplayName}]"),
      ...turnPage('page'),
    },
    next: 'Part: groups',
  }),
  'Part: groups': part('groups', "{'Groups': $listed}", { next: 'More groups?' }),
  'More groups?': choice({
    rules: [when(morePages('page'), 'List the groups')],
    otherwise: 'Say that the snapshot is complete',
  }),
};
