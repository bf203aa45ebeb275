import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import type { Desk } from '../asl/desk.ts';
import { expr } from '../asl/expression.ts';
import { forEach } from '../asl/map.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { whilePassing, whileRoleSpreads } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { wait } from '../asl/wait.ts';
import { DETECTIVE_COMPONENT } from '../blueprints/components.ts';
import { namesOf } from '../control-tower.ts';
import { elseQuarantine, VEND_DESK } from './failures.ts';
import { READ_BACKS } from './fence.ts';
import { asJetway, vendFact } from './messages.ts';
import { attachOne } from './policies.ts';
import { readAttached } from './read-back.ts';
import { deployStackSets } from './stack-sets.ts';
import { deployStacks, stacksOf } from './stacks.ts';

/** The guardrails go on; what the unit enforces already is only looked at. */
export const guardrails: States = {
  'Attach the preventive guardrails': forEach('$plan.guardrails.preventive', {
    comment: 'One after the other: Organizations changes one policy at a time.',
    atOnce: 1,
    startAt: 'Take the policy',
    states: attachOne,
    catch: [elseQuarantine('guardrails')],
    assign: { policies: expr('$states.result') },
    next: 'Deploy the detective guardrails',
  }),
  'Deploy the detective guardrails': deployStacks({
    comment: 'Config rules, in a stack of their own.',
    label: 'guardrails',
    items: stacksOf(`name = '${DETECTIVE_COMPONENT}'`),
    as: asJetway,
    catch: [elseQuarantine('guardrails')],
    next: 'Deploy the detective guardrails in the other Regions',
  }),
  'Deploy the detective guardrails in the other Regions': deployStackSets({
    comment: 'A Config rule looks at its own Region only.',
    label: 'guardrails',
    of: `name = '${DETECTIVE_COMPONENT}'`,
    catch: [elseQuarantine('guardrails')],
    assign: { looks: 0, attached: [], ...firstPage('page') },
    next: 'Read the attached guardrails',
  }),
  ...readAttached({
    label: 'guardrails',
    step: 'guardrails',
    desk: VEND_DESK,
    fenced: true,
    confirmed: { next: 'Read the Config rules', assign: { rules: [], looks: 0, ...firstPage('page') } },
  }),
};

/** The planned rules are there. Begin with `rules` empty, no `looks`, and the first page. */
export const readRules = ({ elseStop, failed, stopping }: Desk<'guardrails'>): States => ({
  'Read the Config rules': sdk('config:describeConfigRules', {
    as: asJetway,
    arguments: pageOf('{}', { variable: 'page' }),
    retry: whileRoleSpreads(),
    catch: [elseStop('guardrails')],
    assign: {
      rules: expr(
        "[$append($rules, $states.result.ConfigRules[ConfigRuleState in ['ACTIVE', 'EVALUATING']].ConfigRuleName)]",
      ),
      ...turnPage('page'),
    },
    next: 'Is every rule there?',
  }),
  'Is every rule there?': choice({
    rules: [
      when(morePages('page'), 'Read the Config rules'),
      when(
        '$count($plan.guardrails.detective[$not(ruleName in $rules)]) = 0',
        'Read the inherited controls',
        {
          controls: [],
          controlsOf: expr('$plan.account.organizationalUnitId'),
          ...firstPage('page'),
        },
      ),
      when(`$looks < ${READ_BACKS}`, 'Wait for the rules', {
        looks: expr('$looks + 1'),
        rules: [],
      }),
    ],
    assign: failed(
      'guardrails',
      'RuleNotConfirmed',
      "'Config does not have ' & $join($plan.guardrails.detective[$not(ruleName in $rules)].ruleName, ', ') & '.'",
    ),
    otherwise: stopping,
  }),
  'Wait for the rules': wait(15, { next: 'Read the Config rules' }),
});

const MISSING = '$plan.guardrails.inherited[$not($ in $controls)]';

/** Controls of the unit, and of the units above it as long as one is missing. Listed is not enough: SUCCEEDED. */
export const readInherited = ({ elseStop, failed, stopping }: Desk<'guardrails'>): States => ({
  'Read the inherited controls': sdk('controltower:listEnabledControls', {
    arguments: pageOf(
      `{'TargetIdentifier': $replace($plan.organization.organizationalUnitArn, $plan.account.organizationalUnitId, $controlsOf),
        'MaxResults': 100}`,
      { variable: 'page' },
    ),
    retry: whilePassing('controltower'),
    catch: [elseStop('guardrails')],
    assign: {
      controls: expr(
        `[$append($controls, $states.result.EnabledControls[StatusSummary.Status = 'SUCCEEDED'].ControlIdentifier.(
          $arn := $; ${namesOf('$arn', '$plan.guardrails.identifiers')}))]`,
      ),
      ...turnPage('page'),
    },
    next: 'Is every control enforced?',
  }),
  'Is every control enforced?': choice({
    rules: [
      when(`$count(${MISSING}) = 0`, 'Say that the guardrails are attached'),
      when(morePages('page'), 'Read the inherited controls'),
    ],
    otherwise: 'Read the unit above',
  }),
  'Read the unit above': sdk('organizations:listParents', {
    arguments: { ChildId: expr('$controlsOf') },
    retry: whilePassing('organizations'),
    catch: [elseStop('guardrails')],
    assign: {
      above: expr(
        "($u := $states.result.Parents[Type = 'ORGANIZATIONAL_UNIT']; $exists($u) ? $u[0].Id : '')",
      ),
    },
    next: 'Is there a unit above?',
  }),
  'Is there a unit above?': choice({
    rules: [
      when("$above != ''", 'Read the inherited controls', {
        controlsOf: expr('$above'),
        ...firstPage('page'),
      }),
    ],
    assign: failed(
      'guardrails',
      'InheritedControlMissing',
      `$join(${MISSING}, ', ') & ' is not enforced on the organizational unit or above it.'`,
    ),
    otherwise: stopping,
  }),
});

export const attached: States = {
  'Say that the guardrails are attached': vendFact('GuardrailsAttached', {
    data: {
      preventive: '$policies',
      detective: "[$plan.guardrails.detective.{'ruleName': ruleName, 'control': control}]",
      inherited: '$plan.guardrails.inherited',
    },
    catch: [elseQuarantine('guardrails')],
    next: 'Read the stacks again',
  }),
};
