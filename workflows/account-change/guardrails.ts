import { vendFact } from '../account-vending/messages.ts';
import { attachOne } from '../account-vending/policies.ts';
import { readAttached } from '../account-vending/read-back.ts';
import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { forEach } from '../asl/map.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { DESK, elseStop } from './failures.ts';

const detachOne: States = {
  'Take the old policy': pass({
    assign: { old: expr('$states.input'), oldId: expr("''"), ...firstPage('oldPage') },
    next: 'Look for the old policy',
  }),
  'Look for the old policy': sdk('organizations:listPoliciesForTarget', {
    arguments: pageOf("{'TargetId': $accountId, 'Filter': 'SERVICE_CONTROL_POLICY', 'MaxResults': 20}", {
      variable: 'oldPage',
    }),
    retry: whilePassing('organizations'),
    assign: {
      oldId: expr(
        '($same := $states.result.Policies[Name = $old.policyName]; $exists($same) ? $same[0].Id : $oldId)',
      ),
      ...turnPage('oldPage'),
    },
    next: 'Is the old policy still on?',
  }),
  'Is the old policy still on?': choice({
    rules: [
      when("$oldId != ''", 'Detach the old policy'),
      when(morePages('oldPage'), 'Look for the old policy'),
    ],
    otherwise: 'The old policy is off',
  }),
  'Detach the old policy': sdk('organizations:detachPolicy', {
    arguments: { PolicyId: expr('$oldId'), TargetId: expr('$accountId') },
    retry: whilePassing('organizations', [
      'ConcurrentModificationException',
      'PolicyChangesInProgressException',
    ]),
    catch: [caught(['Organizations.PolicyNotAttachedException'], 'The old policy is off')],
    next: 'The old policy is off',
  }),
  'The old policy is off': pass({ output: expr('$old.policyName') }),
};

/** At no moment is a control missing that the account had and keeps: new policies are on before old ones go. */
export const guardrails: States = {
  'Attach the preventive guardrails': forEach('$plan.guardrails.preventive', {
    comment: 'One after the other: Organizations changes one policy at a time.',
    atOnce: 1,
    startAt: 'Take the policy',
    states: attachOne,
    catch: [elseStop('guardrails')],
    assign: { policies: expr('$states.result'), looks: 0, attached: [], ...firstPage('page') },
    next: 'Read the attached guardrails',
  }),
  ...readAttached({
    label: 'guardrails',
    step: 'guardrails',
    desk: DESK,
    fenced: false,
    confirmed: { next: 'Take the old policies off' },
  }),
  'Take the old policies off': forEach('$change.work.detached', {
    comment: 'Only those of the plan: other policies of the account are not ours.',
    atOnce: 1,
    startAt: 'Take the old policy',
    states: detachOne,
    catch: [elseStop('guardrails')],
    assign: { detached: expr('$states.result'), rules: [], looks: 0, ...firstPage('page') },
    next: 'Read the Config rules',
  }),
};

export const attached: States = {
  'Say that the guardrails are attached': vendFact('GuardrailsAttached', {
    data: {
      preventive: '$policies',
      detective: "[$plan.guardrails.detective.{'ruleName': ruleName, 'control': control}]",
      inherited: '$plan.guardrails.inherited',
      detached: '$detached',
    },
    catch: [elseStop('guardrails')],
    next: 'Read the stacks again',
  }),
};
