import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fail } from '../asl/fail.ts';
import { forEach } from '../asl/map.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { succeed } from '../asl/succeed.ts';
import { wait } from '../asl/wait.ts';
import { elseQuarantine } from './failures.ts';
import { READ_BACKS } from './fence.ts';
import { group } from './groups.ts';
import { vendFact } from './messages.ts';
import { permissionSet } from './permission-sets.ts';

const POLLS = 120;

/** One group with one permission set: there already, or made and read back. */
const assignOne: States = {
  'Take the assignment': pass({
    assign: {
      grant: expr(`($g := $states.input; $merge([
        {'permissionSetArn': $permissionSets[permissionSet = $g.permissionSet].permissionSetArn,
          'principalId': $groups[group = $g.principal].groupId}, $g]))`),
      creation: expr("''"),
      creationStatus: expr("''"),
      creationReason: expr("''"),
      polls: 0,
      listed: false,
      ...firstPage('grantPage'),
    },
    next: 'List the assignments',
  }),
  'List the assignments': sdk('ssoadmin:listAccountAssignments', {
    arguments: pageOf(
      `{'InstanceArn': $plan.identityCenter.instanceArn, 'AccountId': $accountId,
        'PermissionSetArn': $grant.permissionSetArn, 'MaxResults': 100}`,
      { variable: 'grantPage' },
    ),
    retry: whilePassing('ssoadmin'),
    assign: {
      listed: expr(
        `$listed or $count($states.result.AccountAssignments[PrincipalId = $grant.principalId
          and PrincipalType = $grant.principalType]) > 0`,
      ),
      ...turnPage('grantPage'),
    },
    next: 'Is it assigned?',
  }),
  'Is it assigned?': choice({
    rules: [
      when('$listed', 'It is assigned'),
      when(morePages('grantPage'), 'List the assignments'),
      when("$creation = ''", 'Assign it'),
      when(`$polls < ${READ_BACKS}`, 'Wait for the assignment to show', { polls: expr('$polls + 1') }),
    ],
    assign: { creationReason: 'it was made but is not listed' },
    otherwise: 'It was not assigned',
  }),
  'Assign it': sdk('ssoadmin:createAccountAssignment', {
    comment: 'Asking twice makes one assignment. A conflict is another change in progress.',
    arguments: {
      InstanceArn: expr('$plan.identityCenter.instanceArn'),
      TargetId: expr('$accountId'),
      TargetType: 'AWS_ACCOUNT',
      PermissionSetArn: expr('$grant.permissionSetArn'),
      PrincipalType: expr('$grant.principalType'),
      PrincipalId: expr('$grant.principalId'),
    },
    retry: whilePassing('ssoadmin', ['ConflictException']),
    assign: { creation: expr('$states.result.AccountAssignmentCreationStatus.RequestId'), polls: 0 },
    next: 'Read how it goes',
  }),
  'Read how it goes': sdk('ssoadmin:describeAccountAssignmentCreationStatus', {
    arguments: {
      InstanceArn: expr('$plan.identityCenter.instanceArn'),
      AccountAssignmentCreationRequestId: expr('$creation'),
    },
    retry: whilePassing('ssoadmin'),
    assign: {
      creationStatus: expr('$states.result.AccountAssignmentCreationStatus.Status'),
      creationReason: expr(
        `($r := $states.result.AccountAssignmentCreationStatus.FailureReason; $exists($r) ? $r : 'no reason given')`,
      ),
    },
    next: 'Has it gone through?',
  }),
  'Has it gone through?': choice({
    rules: [
      when("$creationStatus = 'SUCCEEDED'", 'List the assignments', { polls: 0, ...firstPage('grantPage') }),
      when(`$creationStatus = 'IN_PROGRESS' and $polls < ${POLLS}`, 'Wait for the assignment', {
        polls: expr('$polls + 1'),
      }),
    ],
    otherwise: 'It was not assigned',
  }),
  'Wait for the assignment': wait(5, { next: 'Read how it goes' }),
  'Wait for the assignment to show': wait(5, { next: 'List the assignments' }),
  'It was not assigned': fail(
    'AssignmentFailed',
    "$grant.principal & ' with ' & $grant.permissionSet & ': ' & $creationReason",
  ),
  'It is assigned': pass({
    output: {
      principal: expr('$grant.principal'),
      permissionSet: expr('$grant.permissionSet'),
      requestId: expr('$creation'),
    },
  }),
};

/** People last. */
export const access: States = {
  'Make the groups': forEach('$plan.groups', {
    comment: 'Those that Identity Center lacked when this was planned: there by now, or made.',
    atOnce: 1,
    startAt: 'Take the group',
    states: group,
    catch: [elseQuarantine('access')],
    assign: { groups: expr('$states.result') },
    next: 'Make the permission sets',
  }),
  'Make the permission sets': forEach('$plan.permissionSets', {
    comment: 'Those that Jetway ships: there already, or made, with their policies.',
    atOnce: 1,
    startAt: 'Take the permission set',
    states: permissionSet,
    catch: [elseQuarantine('access')],
    assign: { permissionSets: expr('$states.result') },
    next: 'Give people access',
  }),
  'Give people access': forEach('$plan.access', {
    atOnce: 3,
    startAt: 'Take the assignment',
    states: assignOne,
    catch: [elseQuarantine('access')],
    assign: { assignments: expr('$states.result') },
    next: 'Say who has access',
  }),
  'Say who has access': vendFact('AccessAssigned', {
    data: { groups: '$groups', permissionSets: '$permissionSets', assignments: '$assignments' },
    catch: [elseQuarantine('access')],
    next: 'The account is vended',
  }),
  'The account is vended': succeed('ACTIVE'),
};
