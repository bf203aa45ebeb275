import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { forEach } from '../asl/map.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { elseLeaveOut } from './trouble.ts';

/** A planned policy is found by its name, which is the digest of its content; then the content is read all the same. */
const compareOne: States = {
  'Take the policy': pass({
    assign: {
      policy: expr('$states.input'),
      policyId: expr(
        "($same := $attached[Name = $states.input.policyName].Id; $exists($same) ? $same[0] : '')",
      ),
    },
    next: 'Is it attached?',
  }),
  'Is it attached?': choice({
    rules: [when("$policyId != ''", 'Read the policy')],
    otherwise: 'The policy is missing',
  }),
  'Read the policy': sdk('organizations:describePolicy', {
    arguments: { PolicyId: expr('$policyId') },
    retry: whilePassing('organizations'),
    assign: { isSame: expr('$states.result.Policy.Content = $policy.content') },
    next: 'The policy was compared',
  }),
  'The policy was compared': pass({
    output: {
      policyName: expr('$policy.policyName'),
      controls: expr('$policy.controls'),
      state: expr("$isSame ? 'ATTACHED' : 'CHANGED'"),
    },
  }),
  'The policy is missing': pass({
    output: { policyName: expr('$policy.policyName'), controls: expr('$policy.controls'), state: 'MISSING' },
  }),
};

const NEXT = 'Read the Config rules';
const skip = elseLeaveOut('policies', NEXT, firstPage('page'));

export const policies: States = {
  'List the attached policies': sdk('organizations:listPoliciesForTarget', {
    arguments: pageOf(
      "{'TargetId': $check.accountId, 'Filter': 'SERVICE_CONTROL_POLICY', 'MaxResults': 20}",
      {
        variable: 'page',
      },
    ),
    retry: whilePassing('organizations'),
    catch: [skip],
    assign: {
      attached: expr("[$append($attached, $states.result.Policies.{'Name': Name, 'Id': Id})]"),
      ...turnPage('page'),
    },
    next: 'Are there more policies?',
  }),
  'Are there more policies?': choice({
    rules: [when(morePages('page'), 'List the attached policies')],
    otherwise: 'Compare the policies',
  }),
  'Compare the policies': forEach('$check.policies', {
    atOnce: 2,
    startAt: 'Take the policy',
    states: compareOne,
    catch: [skip],
    assign: { policies: expr('[$states.result]'), ...firstPage('page') },
    next: NEXT,
  }),
};
