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
import { controlStep } from './control-step.ts';
import { groupStep, permissionSetStep } from './people-steps.ts';

/** Half a minute each: registering a unit takes minutes, and other operations on units have to end first. */
const LOOKS_AT_UNIT = 240;
export const DONE = 'The step is done';

/** What must be so before anything is made. The plan has said it too; it may have changed since. */
const preconditions: States = {
  'What is wanted?': choice({
    rules: [
      when("$mode = 'read'", 'The landing zone is read'),
      when("$landingZone.status != 'ACTIVE'", 'The landing zone is not ready', {
        why: expr(
          "'Control Tower works on the landing zone (its status is ' & $landingZone.status & '). Wait for its end, and repair it there if it failed.'",
        ),
      }),
      when("$not('ram.amazonaws.com' in $trusted)", 'The landing zone is not ready', {
        why: 'Sharing with the organization is off in AWS RAM. Switch it on in the management account: RAM console, Settings, "Enable sharing with AWS Organizations", or: aws ram enable-sharing-with-aws-organization',
      }),
      when('$count($accounts[late]) > 0', 'The landing zone is not ready', {
        why: expr(
          `'Account Factory still makes VPCs: ' & $join($accounts[late].id, ', ') & ' got one. Switch it off in the Control Tower console: Account Factory, Network configuration, Edit: no Region chosen, 0 subnets, internet access off; then write the new date into accountFactory.noVpcSince.'`,
        ),
      }),
    ],
    otherwise: 'Is there a step left?',
  }),
  'The landing zone is not ready': fail('LandingZoneNotReady', '$why'),
};

const steps: States = {
  'Is there a step left?': choice({
    rules: [when('$at < $count($steps)', 'Take the step')],
    otherwise: 'The landing zone is applied',
  }),
  'Take the step': pass({
    assign: {
      step: expr('$steps[$at]'),
      target: expr("$append([$units[path = $steps[$at].path]], {'id': '', 'arn': ''})[0]"),
      parentId: expr("$append([$units[path = $steps[$at].parentPath].id], '')[0]"),
      found: [],
      status: expr("''"),
      enabledArn: expr("''"),
      acts: 0,
      looks: 0,
      ...firstPage('page'),
    },
    next: 'Which kind of step is it?',
  }),
  'Which kind of step is it?': choice({
    rules: [
      when("$step.kind = 'unit'", 'Look for the unit'),
      when("$step.kind = 'registration'", 'Look at the registration'),
      when("$step.kind = 'control'", 'Look at the control'),
      when("$step.kind = 'group'", 'Look for the group'),
    ],
    otherwise: 'Is there such a permission set?',
  }),
  [DONE]: pass({ assign: { at: expr('$at + 1') }, next: 'Is there a step left?' }),
  'The landing zone is applied': { Type: 'Succeed', Output: { outcome: 'APPLIED', steps: expr('$at') } },
};

const unitStep: States = {
  'Look for the unit': sdk('organizations:listOrganizationalUnitsForParent', {
    comment: 'Somebody may have made it since, or an earlier run of ours.',
    arguments: pageOf("{'ParentId': $parentId, 'MaxResults': 20}", { variable: 'page' }),
    retry: whilePassing('organizations'),
    assign: {
      found: expr('[$append($found, $states.result.OrganizationalUnits[Name = $step.name])]'),
      ...turnPage('page'),
    },
    next: 'Is the unit there?',
  }),
  'Is the unit there?': choice({
    rules: [
      when(morePages('page'), 'Look for the unit'),
      when('$count($found) > 0', DONE, { units: expr(unitsWith('$found[0]')) }),
      when('$acts > 2', 'The unit is not found'),
    ],
    assign: { acts: expr('$acts + 1'), ...firstPage('page') },
    otherwise: 'Make the unit',
  }),
  'Make the unit': sdk('organizations:createOrganizationalUnit', {
    arguments: { ParentId: expr('$parentId'), Name: expr('$step.name') },
    retry: whilePassing('organizations', ['ConcurrentModificationException']),
    catch: [caught(['Organizations.DuplicateOrganizationalUnitException'], 'Wait for the unit')],
    assign: { units: expr(unitsWith('$states.result.OrganizationalUnit')) },
    next: DONE,
  }),
  'Wait for the unit': wait(5, { assign: { found: [] }, next: 'Look for the unit' }),
  'The unit is not found': fail(
    'UnitNotFound',
    "'Organizations says that ' & $step.path & ' is there, and does not list it.'",
  ),
};

/** The known units and one more. @param unit JSONata code of it in the words of Organizations */
function unitsWith(unit: string): string {
  return `[$append($units, ${unit}.{'id': Id, 'arn': Arn, 'name': Name, 'path': $step.path})]`;
}

const registrationStep: States = {
  'Look at the registration': sdk('controltower:listEnabledBaselines', {
    arguments: { Filter: { TargetIdentifiers: [expr('$target.arn')] } },
    retry: whilePassing('controltower'),
    assign: {
      status: expr(
        `($own := $states.result.EnabledBaselines[BaselineIdentifier = $baselineArn];
          $exists($own) ? $own[0].StatusSummary.Status : '')`,
      ),
    },
    next: 'Is the unit registered?',
  }),
  'Is the unit registered?': choice({
    rules: [
      when("$status = 'SUCCEEDED'", DONE),
      when(`$looks >= ${LOOKS_AT_UNIT} or $status = 'FAILED'`, 'The unit is not registered'),
      when("$status = 'UNDER_CHANGE' or $acts > 0", 'Wait for the registration', {
        looks: expr('$looks + 1'),
      }),
    ],
    assign: { acts: expr('$acts + 1') },
    otherwise: 'Register the unit',
  }),
  'Register the unit': sdk('controltower:enableBaseline', {
    arguments: expr(
      `$merge([{'BaselineIdentifier': $baselineArn, 'BaselineVersion': $registrations[0].version, 'TargetIdentifier': $target.arn},
        $identityBaseline = '' ? {} : {'Parameters': [{'Key': 'IdentityCenterEnabledBaselineArn', 'Value': $identityBaseline}]}])`,
    ),
    retry: whilePassing('controltower', ['ServiceQuotaExceededException']),
    catch: [
      // One operation on units at a time, in the whole organization: another one runs.
      caught(['ControlTower.ConflictException'], 'Wait for the registration', {
        acts: 0,
        looks: expr('$looks + 1'),
      }),
    ],
    next: 'Wait for the registration',
  }),
  'Wait for the registration': wait(30, { next: 'Look at the registration' }),
  'The unit is not registered': fail(
    'UnitNotRegistered',
    "'The registration of ' & $step.path & ' with Control Tower is in state ' & ($status = '' ? 'NONE' : $status) & '. Look at it in the Control Tower console (Organization), mend it there, and apply again.'",
  ),
};

/** One step after another, in the order of the plan: units first, then what is on them, then people. */
export const apply: States = {
  ...preconditions,
  ...steps,
  ...unitStep,
  ...registrationStep,
  ...controlStep(DONE),
  ...groupStep(DONE),
  ...permissionSetStep(DONE),
};
