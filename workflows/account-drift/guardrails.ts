import { asJetway } from '../account-vending/messages.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { whilePassing, whileRoleSpreads } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { namesOf } from '../control-tower.ts';
import { elseLeaveOut } from './trouble.ts';

const SAY = 'Say what was found';

/** Rules of the plan that Config has, in whatever state. */
export const rules: States = {
  'Read the Config rules': sdk('config:describeConfigRules', {
    as: asJetway,
    arguments: pageOf('{}', { variable: 'page' }),
    retry: whileRoleSpreads(),
    catch: [elseLeaveOut('rules', 'Read the unit above the account', firstPage('page'))],
    assign: {
      present: expr(`[$append($present, $states.result.ConfigRules[ConfigRuleName in $check.rules.ruleName].{
        'ruleName': ConfigRuleName, 'state': ConfigRuleState})]`),
      ...turnPage('page'),
    },
    next: 'Are there more rules?',
  }),
  'Are there more rules?': choice({
    rules: [when(morePages('page'), 'Read the Config rules')],
    assign: {
      rules: expr(`[$check.rules.($name := ruleName; $rule := $present[ruleName = $name];
        {'ruleName': ruleName, 'control': control, 'state': $exists($rule) ? $rule[0].state : 'MISSING'})]`),
      ...firstPage('page'),
    },
    otherwise: 'Read the unit above the account',
  }),
};

const ENFORCED = "$enforced[status = 'SUCCEEDED' and drift != 'DRIFTED'].control";
const skip = elseLeaveOut('controls', SAY);

/** From the unit that the account is in now up to the root: what any of them enforces, the account has. */
export const controls: States = {
  'Read the unit above the account': sdk('organizations:listParents', {
    arguments: { ChildId: expr('$child') },
    retry: whilePassing('organizations'),
    catch: [skip],
    assign: {
      child: expr(
        "($u := $states.result.Parents[Type = 'ORGANIZATIONAL_UNIT']; $exists($u) ? $u[0].Id : '')",
      ),
    },
    next: 'Is there a unit above?',
  }),
  'Is there a unit above?': choice({
    rules: [when("$child != ''", 'Read the enabled controls', firstPage('page'))],
    otherwise: 'Compare the controls',
  }),
  'Read the enabled controls': sdk('controltower:listEnabledControls', {
    arguments: pageOf(
      "{'TargetIdentifier': $replace($check.unitArn, $check.unitId, $child), 'MaxResults': 100}",
      { variable: 'page' },
    ),
    retry: whilePassing('controltower'),
    catch: [skip],
    assign: {
      enforced: expr(`[$append($enforced, $states.result.EnabledControls.(
        $arn := ControlIdentifier;
        $status := $exists(StatusSummary.Status) ? StatusSummary.Status : 'UNKNOWN';
        $drift := $exists(DriftStatusSummary.DriftStatus) ? DriftStatusSummary.DriftStatus : 'UNKNOWN';
        ${namesOf('$arn', '$check.identifiers')}.{'control': $, 'status': $status, 'drift': $drift}))]`),
      ...turnPage('page'),
    },
    next: 'Is every control enforced?',
  }),
  'Is every control enforced?': choice({
    rules: [
      when(`$count($check.controls[$not($ in ${ENFORCED})]) = 0`, 'Compare the controls'),
      when(morePages('page'), 'Read the enabled controls'),
    ],
    otherwise: 'Read the unit above the account',
  }),
};

/** JSONata code of the inherited controls, each with what became of it. */
export const CONTROLS = `[$check.controls.($id := $; $listed := $enforced[control = $id];
  $good := $listed[status = 'SUCCEEDED' and drift != 'DRIFTED'];
  {'control': $id, 'state': $exists($good) ? 'ENFORCED' : $exists($listed)
    ? ($listed[0].status = 'SUCCEEDED' ? $listed[0].drift : $listed[0].status) : 'MISSING'})]`;
