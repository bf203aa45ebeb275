import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fail } from '../asl/fail.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { wait } from '../asl/wait.ts';

const LOOKS = 10;

/** A group counts as made when its name leads to it. */
export const groupStep = (done: string): States => ({
  'Look for the group': sdk('identitystore:getGroupId', {
    arguments: {
      IdentityStoreId: expr('$identityCenter.identityStoreId'),
      AlternateIdentifier: {
        UniqueAttribute: { AttributePath: 'displayName', AttributeValue: expr('$step.name') },
      },
    },
    retry: whilePassing('identitystore'),
    catch: [caught(['Identitystore.ResourceNotFoundException'], 'Was the group made already?')],
    next: done,
  }),
  'Was the group made already?': choice({
    rules: [
      when('$acts = 0', 'Make the group', { acts: 1 }),
      when(`$looks < ${LOOKS}`, 'Wait for the group', { looks: expr('$looks + 1') }),
    ],
    otherwise: 'The group is not found',
  }),
  'Make the group': sdk('identitystore:createGroup', {
    arguments: expr(
      `$merge([{'IdentityStoreId': $identityCenter.identityStoreId, 'DisplayName': $step.name},
        $step.description = '' ? {} : {'Description': $step.description}])`,
    ),
    retry: whilePassing('identitystore'),
    catch: [caught(['Identitystore.ConflictException'], 'Wait for the group')],
    next: 'Look for the group',
  }),
  'Wait for the group': wait(5, { next: 'Look for the group' }),
  'The group is not found': fail(
    'GroupNotFound',
    "'Identity Center took the name ' & $step.name & ' and does not find the group.'",
  ),
});

const ofSet = {
  InstanceArn: expr('$identityCenter.instanceArn'),
  PermissionSetArn: expr('$setArn'),
};

/** A permission set is made, or gets what it lacks; nothing is taken from it. */
export const permissionSetStep = (done: string): States => ({
  'Is there such a permission set?': choice({
    rules: [
      when('$step.name in $permissionSets.name', 'Take what it lacks', {
        setArn: expr('$permissionSets[name = $step.name].arn'),
        lacking: expr(
          '($held := $permissionSets[name = $step.name].managedPolicies; [$step.managedPolicies[$not($ in $held)]])',
        ),
        inlinePolicy: expr("$permissionSets[name = $step.name].inlinePolicy = '' ? $step.inlinePolicy : ''"),
      }),
    ],
    otherwise: 'Make the permission set',
  }),
  'Make the permission set': sdk('ssoadmin:createPermissionSet', {
    arguments: expr(
      `$merge([{'InstanceArn': $identityCenter.instanceArn, 'Name': $step.name, 'SessionDuration': $step.sessionDuration},
        $step.description = '' ? {} : {'Description': $step.description}])`,
    ),
    retry: whilePassing('ssoadmin'),
    assign: {
      setArn: expr('$states.result.PermissionSet.PermissionSetArn'),
      lacking: expr('[$step.managedPolicies]'),
      inlinePolicy: expr('$step.inlinePolicy'),
    },
    next: 'Take what it lacks',
  }),
  'Take what it lacks': pass({ next: 'Does it lack a policy?' }),
  'Does it lack a policy?': choice({
    rules: [
      when('$count($lacking) > 0', 'Attach a managed policy'),
      when("$inlinePolicy != ''", 'Put its own policy'),
    ],
    otherwise: done,
  }),
  'Attach a managed policy': sdk('ssoadmin:attachManagedPolicyToPermissionSet', {
    arguments: { ...ofSet, ManagedPolicyArn: expr('$lacking[0]') },
    retry: whilePassing('ssoadmin'),
    catch: [
      caught(['SsoAdmin.ConflictException'], 'Is it attached already?', {
        looks: expr('$looks + 1'),
        ...firstPage('page'),
      }),
    ],
    assign: { lacking: expr('[$lacking[[1..$count($lacking)]]]') },
    next: 'Does it lack a policy?',
  }),
  'Is it attached already?': sdk('ssoadmin:listManagedPoliciesInPermissionSet', {
    comment: 'A conflict is an attachment that is there, or another change of the set at the same time.',
    arguments: pageOf(
      "{'InstanceArn': $identityCenter.instanceArn, 'PermissionSetArn': $setArn, 'MaxResults': 100}",
      { variable: 'page' },
    ),
    retry: whilePassing('ssoadmin'),
    assign: {
      lacking: expr('($held := [$states.result.AttachedManagedPolicies.Arn]; [$lacking[$not($ in $held)]])'),
      ...turnPage('page'),
    },
    next: 'Does it lack one still?',
  }),
  'Does it lack one still?': choice({
    rules: [
      when('$count($lacking) = 0', 'Does it lack a policy?'),
      when(morePages('page'), 'Is it attached already?'),
      when(`$looks < ${LOOKS}`, 'Wait for the permission set'),
    ],
    otherwise: 'The policy is not attached',
  }),
  'Wait for the permission set': wait(5, { next: 'Does it lack a policy?' }),
  'The policy is not attached': fail(
    'PolicyNotAttached',
    "'Identity Center does not attach ' & $lacking[0] & ' to ' & $step.name & '.'",
  ),
  'Put its own policy': sdk('ssoadmin:putInlinePolicyToPermissionSet', {
    arguments: { ...ofSet, InlinePolicy: expr('$inlinePolicy') },
    retry: whilePassing('ssoadmin', ['ConflictException']),
    next: done,
  }),
});
