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
import { namesOf } from '../control-tower.ts';
import { asJetway } from './messages.ts';

type VerifyDesk = Desk<'verify'>;

/** Set before the first state. */
export const BEGIN_ENFORCED = { onAccount: [], ...firstPage('page') };

const POLICIES = `[$plan.guardrails.preventive.($p := $;
  {'policyName': policyName, 'content': content, 'controls': controls, 'policyId': $onAccount[name = $p.policyName].id[0]})]`;

/** A policy is named by the digest of its content, which says nothing of what somebody has made of it since. */
const onePolicy: States = {
  'Read the guardrail policy': sdk('organizations:describePolicy', {
    arguments: { PolicyId: expr('$states.input.policyId') },
    retry: whilePassing('organizations'),
    assign: {
      policyPlanned: expr('$states.input'),
      policyContent: expr('$states.result.Policy.Content'),
    },
    next: 'Has it the approved content?',
  }),
  'Has it the approved content?': choice({
    rules: [when('$policyContent = $policyPlanned.content', 'It has the approved content')],
    otherwise: 'It has another content',
  }),
  'It has another content': fail(
    'PolicyContentDiffers',
    "'Policy ' & $policyPlanned.policyName & ' (' & $policyPlanned.policyId & ') does not have the approved content.'",
  ),
  'It has the approved content': pass({
    output: {
      kind: 'policy',
      name: expr('$policyPlanned.policyName'),
      region: 'global',
      status: 'ATTACHED',
      evidence: expr(
        "$policyPlanned.policyId & ' on account ' & $accountId & ', content sha256:' & $hash($policyContent, 'SHA-256') & ' as approved'",
      ),
      controls: expr('$policyPlanned.controls'),
    },
  }),
};

/** Needs to know that every planned policy is attached. */
const policies = ({ elseStop }: VerifyDesk): States => ({
  'List the policies of the account': sdk('organizations:listPoliciesForTarget', {
    arguments: pageOf("{'TargetId': $accountId, 'Filter': 'SERVICE_CONTROL_POLICY', 'MaxResults': 20}", {
      variable: 'page',
    }),
    retry: whilePassing('organizations'),
    catch: [elseStop('verify')],
    assign: {
      onAccount: expr("[$append($onAccount, $states.result.Policies.{'name': Name, 'id': Id})]"),
      ...turnPage('page'),
    },
    next: 'Are the policies listed?',
  }),
  'Are the policies listed?': choice({
    rules: [when(morePages('page'), 'List the policies of the account')],
    otherwise: 'Read the guardrail policies',
  }),
  'Read the guardrail policies': forEach(POLICIES, {
    atOnce: 2,
    startAt: 'Read the guardrail policy',
    states: onePolicy,
    catch: [elseStop('verify')],
    assign: {
      verified: expr('[$append($verified, $states.result)]'),
      ruleStates: [],
      ...firstPage('page'),
    },
    next: 'Read the rules again',
  }),
});

const LIVE = "['ACTIVE', 'EVALUATING']";
const NOT_LIVE = `$plan.guardrails.detective[$not(ruleName in $ruleStates[state in ${LIVE}].name)]`;

const RULES = `$plan.guardrails.detective.($rule := $; {'kind': 'rule', 'name': ruleName, 'region': $region,
  'status': $ruleStates[name = $rule.ruleName].state[0], 'controls': [control],
  'evidence': 'Config rule ' & sourceIdentifier & ($count(regions[$ != $region]) = 0 ? ''
    : '; in ' & $join(regions[$ != $region], ', ') & ' by the stack set of guardrails-detective')})`;

const rules = ({ elseStop, failed, stopping }: VerifyDesk): States => ({
  'Read the rules again': sdk('config:describeConfigRules', {
    as: asJetway,
    arguments: pageOf('{}', { variable: 'page' }),
    retry: whileRoleSpreads(),
    catch: [elseStop('verify')],
    assign: {
      ruleStates: expr(
        "[$append($ruleStates, $states.result.ConfigRules.{'name': ConfigRuleName, 'state': ConfigRuleState})]",
      ),
      ...turnPage('page'),
    },
    next: 'Is every rule still there?',
  }),
  'Is every rule still there?': choice({
    rules: [
      when(morePages('page'), 'Read the rules again'),
      when(`$count(${NOT_LIVE}) = 0`, 'Read the controls again', {
        verified: expr(`[$append($verified, ${RULES})]`),
        enforced: [],
        controlsOf: expr('$plan.account.organizationalUnitId'),
        ...firstPage('page'),
      }),
    ],
    assign: failed(
      'verify',
      'RuleNotConfirmed',
      `'Config does not have ' & $join(${NOT_LIVE}.ruleName, ', ') & ' any more.'`,
    ),
    otherwise: stopping,
  }),
});

const UNENFORCED = '$plan.guardrails.inherited[$not($ in $enforced.id)]';

const CONTROLS = `$plan.guardrails.inherited.($id := $; $on := $enforced[id = $id][0];
  {'kind': 'control', 'name': $id, 'region': 'global', 'status': $on.status, 'controls': [$id],
   'evidence': 'Control Tower: ' & $on.arn & ' on ' & $on.unit})`;

/** Listed is not enough: only what has succeeded counts. */
const ENFORCED = `$states.result.EnabledControls[StatusSummary.Status = 'SUCCEEDED'].(
  $arn := ControlIdentifier; $status := StatusSummary.Status;
  ${namesOf('$arn', '$plan.guardrails.identifiers')}.{'id': $, 'arn': $arn, 'status': $status, 'unit': $controlsOf})`;

const controls = ({ elseStop, failed, stopping }: VerifyDesk, next: string): States => ({
  'Read the controls again': sdk('controltower:listEnabledControls', {
    arguments: pageOf(
      `{'TargetIdentifier': $replace($plan.organization.organizationalUnitArn, $plan.account.organizationalUnitId, $controlsOf),
        'MaxResults': 100}`,
      { variable: 'page' },
    ),
    retry: whilePassing('controltower'),
    catch: [elseStop('verify')],
    assign: { enforced: expr(`[$append($enforced, ${ENFORCED})]`), ...turnPage('page') },
    next: 'Is every control still enforced?',
  }),
  'Is every control still enforced?': choice({
    rules: [
      when(`$count(${UNENFORCED}) = 0`, next, { verified: expr(`[$append($verified, ${CONTROLS})]`) }),
      when(morePages('page'), 'Read the controls again'),
    ],
    otherwise: 'Read the unit above once more',
  }),
  'Read the unit above once more': sdk('organizations:listParents', {
    arguments: { ChildId: expr('$controlsOf') },
    retry: whilePassing('organizations'),
    catch: [elseStop('verify')],
    assign: {
      above: expr(
        "($u := $states.result.Parents[Type = 'ORGANIZATIONAL_UNIT']; $exists($u) ? $u[0].Id : '')",
      ),
    },
    next: 'Is there still a unit above?',
  }),
  'Is there still a unit above?': choice({
    rules: [
      when("$above != ''", 'Read the controls again', { controlsOf: expr('$above'), ...firstPage('page') }),
    ],
    assign: failed(
      'verify',
      'InheritedControlMissing',
      `$join(${UNENFORCED}, ', ') & ' is not enforced on the organizational unit or above it any more.'`,
    ),
    otherwise: stopping,
  }),
});

/**
 * Each guardrail of the plan once more, thing by thing, into `$verified`: the policies by their content, the Config
 * rules of the home Region by their state, the inherited controls by what Control Tower says. Begin with BEGIN_ENFORCED.
 */
export const readEnforced = (desk: VerifyDesk, next: string): States => ({
  ...policies(desk),
  ...rules(desk),
  ...controls(desk, next),
});
