import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fail } from '../asl/fail.ts';
import { forEach } from '../asl/map.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { wait } from '../asl/wait.ts';
import { READ_BACKS } from './fence.ts';

const CONFLICT = 'SsoAdmin.ConflictException';
/** More than the policies of one set and the looks until each is listed. */
const ROUNDS = READ_BACKS + 20;

const LACKING = '$shipped.managedPolicies[$not($ in $held)]';

/**
 * The policy of the set's own: put where there is none. Another one is left alone, because it is in force in all
 * accounts that have the set.
 */
const inlinePolicy: States = {
  'Has it a policy of its own?': choice({
    rules: [when('$exists($shipped.inlinePolicy)', 'Read its inline policy')],
    otherwise: 'It has its policies',
  }),
  'Read its inline policy': sdk('ssoadmin:getInlinePolicyForPermissionSet', {
    arguments: {
      InstanceArn: expr('$plan.identityCenter.instanceArn'),
      PermissionSetArn: expr('$setArn'),
    },
    retry: whilePassing('ssoadmin'),
    assign: {
      inline: expr("$exists($states.result.InlinePolicy) ? $states.result.InlinePolicy : ''"),
    },
    next: 'Is it the planned one?',
  }),
  'Is it the planned one?': choice({
    rules: [
      when(`$inline = '' and $rounds < ${ROUNDS}`, 'Put the inline policy', { rounds: expr('$rounds + 1') }),
      when("$inline = ''", 'It lacks its inline policy'),
      when('$parse($inline) = $parse($shipped.inlinePolicy)', 'It has its policies'),
    ],
    otherwise: 'It has another inline policy',
  }),
  'Put the inline policy': sdk('ssoadmin:putInlinePolicyToPermissionSet', {
    arguments: {
      InstanceArn: expr('$plan.identityCenter.instanceArn'),
      PermissionSetArn: expr('$setArn'),
      InlinePolicy: expr('$shipped.inlinePolicy'),
    },
    retry: whilePassing('ssoadmin'),
    catch: [caught([CONFLICT], 'Wait for the inline policy')],
    next: 'Wait for the inline policy',
  }),
  'Wait for the inline policy': wait(5, { next: 'Read its inline policy' }),
  'It lacks its inline policy': fail('PolicyNotAttached', "$shipped.name & ': its inline policy'"),
  'It has another inline policy': fail(
    'InlinePolicyDiffers',
    "$shipped.name & ' has another inline policy than was planned: ' & $substring($inline, 0, 1000)",
  ),
};

/**
 * One permission set of ours. Its name is taken once, so that of two vends at once the second is refused and finds what
 * the first has made; nobody is assigned before all policies are listed, whoever attached them.
 */
export const permissionSet: States = {
  'Take the permission set': pass({
    assign: {
      shipped: expr('$states.input'),
      setArn: expr("$exists($states.input.permissionSetArn) ? $states.input.permissionSetArn : ''"),
      how: expr("'found'"),
      looked: 0,
      rounds: 0,
      held: [],
      inline: expr("''"),
      ...firstPage('setPage'),
      ...firstPage('heldPage'),
    },
    next: 'Is the permission set known?',
  }),
  'Is the permission set known?': choice({
    rules: [when("$setArn != ''", 'Read its managed policies')],
    otherwise: 'Make the permission set',
  }),
  'Make the permission set': sdk('ssoadmin:createPermissionSet', {
    arguments: {
      InstanceArn: expr('$plan.identityCenter.instanceArn'),
      Name: expr('$shipped.name'),
      Description: expr('$shipped.description'),
      SessionDuration: expr('$shipped.sessionDuration'),
    },
    retry: whilePassing('ssoadmin'),
    catch: [caught([CONFLICT], 'List the permission sets')],
    assign: { setArn: expr('$states.result.PermissionSet.PermissionSetArn'), how: expr("'made'") },
    next: 'Read its managed policies',
  }),
  'List the permission sets': sdk('ssoadmin:listPermissionSets', {
    comment: 'Somebody has made it meanwhile.',
    arguments: pageOf("{'InstanceArn': $plan.identityCenter.instanceArn, 'MaxResults': 100}", {
      variable: 'setPage',
    }),
    retry: whilePassing('ssoadmin'),
    assign: { candidates: expr('[$states.result.PermissionSets]'), ...turnPage('setPage') },
    next: 'Name the permission sets',
  }),
  'Name the permission sets': forEach('$candidates', {
    comment: 'The list has only ARNs.',
    atOnce: 5,
    startAt: 'Read the permission set',
    states: {
      'Read the permission set': {
        ...sdk('ssoadmin:describePermissionSet', {
          arguments: {
            InstanceArn: expr('$plan.identityCenter.instanceArn'),
            PermissionSetArn: expr('$states.input'),
          },
          retry: whilePassing('ssoadmin'),
        }),
        Output: expr("$states.result.PermissionSet.{'arn': PermissionSetArn, 'name': Name}"),
      },
    },
    assign: {
      setArn: expr("($s := $states.result[name = $shipped.name]; $exists($s) ? $s[0].arn : '')"),
    },
    next: 'Is it among them?',
  }),
  'Is it among them?': choice({
    rules: [
      when("$setArn != ''", 'Read its managed policies'),
      when(morePages('setPage'), 'List the permission sets'),
      when(`$looked < ${READ_BACKS}`, 'Wait for the permission set', { looked: expr('$looked + 1') }),
    ],
    otherwise: 'It was not made',
  }),
  'Wait for the permission set': wait(5, { next: 'Make the permission set' }),
  'It was not made': fail(
    'PermissionSetNotMade',
    "$shipped.name & ': Identity Center says that it exists and does not list it'",
  ),
  'Read its managed policies': sdk('ssoadmin:listManagedPoliciesInPermissionSet', {
    arguments: pageOf(
      `{'InstanceArn': $plan.identityCenter.instanceArn, 'PermissionSetArn': $setArn, 'MaxResults': 100}`,
      { variable: 'heldPage' },
    ),
    retry: whilePassing('ssoadmin'),
    assign: {
      held: expr('[$append($held, $states.result.AttachedManagedPolicies.Arn)]'),
      ...turnPage('heldPage'),
    },
    next: 'Has it its policies?',
  }),
  'Has it its policies?': choice({
    rules: [
      when(morePages('heldPage'), 'Read its managed policies'),
      when(`$count(${LACKING}) = 0`, 'Has it a policy of its own?'),
      when(`$rounds < ${ROUNDS}`, 'Attach a managed policy', { rounds: expr('$rounds + 1') }),
    ],
    otherwise: 'It lacks a policy',
  }),
  'Attach a managed policy': sdk('ssoadmin:attachManagedPolicyToPermissionSet', {
    arguments: {
      InstanceArn: expr('$plan.identityCenter.instanceArn'),
      PermissionSetArn: expr('$setArn'),
      ManagedPolicyArn: expr(`${LACKING}[0]`),
    },
    retry: whilePassing('ssoadmin'),
    catch: [caught([CONFLICT], 'Wait for the managed policy')],
    assign: { held: [], ...firstPage('heldPage') },
    next: 'Read its managed policies',
  }),
  'Wait for the managed policy': wait(5, {
    assign: { held: [], ...firstPage('heldPage') },
    next: 'Read its managed policies',
  }),
  'It lacks a policy': fail('PolicyNotAttached', `$shipped.name & ': ' & $join(${LACKING}, ', ')`),
  ...inlinePolicy,
  'It has its policies': pass({
    output: {
      permissionSet: expr('$shipped.name'),
      permissionSetArn: expr('$setArn'),
      how: expr('$how'),
      managedPolicies: expr('$shipped.managedPolicies'),
    },
  }),
};
