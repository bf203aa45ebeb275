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
import { READ_BACKS } from './fence.ts';

/** How often a policy is found or made before it is given up. */
const POLICY_TRIES = 3;

/**
 * One preventive policy. It is named by its content and shared between accounts, so it may be there already; then it
 * is found by its name, and its content must be the planned one. Ends with `{ policyName, policyId, controls }`.
 */
export const attachOne: States = {
  'Take the policy': pass({
    assign: {
      policy: expr('$states.input'),
      policyId: expr("''"),
      policyReads: 0,
      policyTries: 1,
      ...firstPage('policyPage'),
    },
    next: 'Create the policy',
  }),
  'Create the policy': sdk('organizations:createPolicy', {
    arguments: {
      Name: expr('$policy.policyName'),
      Type: 'SERVICE_CONTROL_POLICY',
      Description: expr("$substring('Jetway: ' & $join($policy.controls, ' '), 0, 512)"),
      Content: expr('$policy.content'),
    },
    retry: whilePassing('organizations', ['ConcurrentModificationException']),
    catch: [caught(['Organizations.DuplicatePolicyException'], 'Look for the policy')],
    assign: { policyId: expr('$states.result.Policy.PolicySummary.Id') },
    next: 'Attach the policy',
  }),
  'Look for the policy': sdk('organizations:listPolicies', {
    arguments: pageOf("{'Filter': 'SERVICE_CONTROL_POLICY', 'MaxResults': 20}", { variable: 'policyPage' }),
    retry: whilePassing('organizations'),
    assign: {
      policyId: expr(
        '($same := $states.result.Policies[Name = $policy.policyName]; $exists($same) ? $same[0].Id : $policyId)',
      ),
      ...turnPage('policyPage'),
    },
    next: 'Was the policy found?',
  }),
  'Was the policy found?': choice({
    rules: [
      when("$policyId != ''", 'Read the policy'),
      when(morePages('policyPage'), 'Look for the policy'),
      when(`$policyReads < ${READ_BACKS}`, 'Wait for the policy', { policyReads: expr('$policyReads + 1') }),
    ],
    otherwise: 'The policy is nowhere',
  }),
  'Wait for the policy': wait(5, { next: 'Create the policy' }),
  'The policy is nowhere': fail(
    'PolicyNotFound',
    "'Policy ' & $policy.policyName & ' exists by its name but is not listed.'",
  ),
  'Read the policy': sdk('organizations:describePolicy', {
    arguments: { PolicyId: expr('$policyId') },
    retry: whilePassing('organizations'),
    assign: { sameContent: expr('$states.result.Policy.Content = $policy.content') },
    next: 'Is it what was approved?',
  }),
  'Is it what was approved?': choice({
    rules: [when('$sameContent', 'Attach the policy')],
    otherwise: 'The policy is another one',
  }),
  'The policy is another one': fail(
    'PolicyContentDiffers',
    "'Policy ' & $policy.policyName & ' (' & $policyId & ') does not have the approved content.'",
  ),
  'Attach the policy': sdk('organizations:attachPolicy', {
    arguments: { PolicyId: expr('$policyId'), TargetId: expr('$accountId') },
    retry: whilePassing('organizations', [
      'ConcurrentModificationException',
      'PolicyChangesInProgressException',
      'PolicyNotFoundException',
    ]),
    catch: [
      caught(['Organizations.DuplicatePolicyAttachmentException'], 'The policy is attached'),
      caught(['Organizations.PolicyNotFoundException'], 'Was it deleted again?'),
    ],
    next: 'The policy is attached',
  }),
  'Was it deleted again?': choice({
    comment: 'A policy that no account had may have been collected between being found and being attached.',
    rules: [
      when(`$policyTries < ${POLICY_TRIES}`, 'Create the policy', {
        policyTries: expr('$policyTries + 1'),
        policyId: expr("''"),
        policyReads: 0,
        ...firstPage('policyPage'),
      }),
    ],
    otherwise: 'The policy does not stay',
  }),
  'The policy does not stay': fail(
    'PolicyNotFound',
    `'Policy ' & $policy.policyName & ' was found or made ${POLICY_TRIES} times and was gone each time before it could be attached.'`,
  ),
  'The policy is attached': pass({
    output: {
      policyName: expr('$policy.policyName'),
      policyId: expr('$policyId'),
      controls: expr('$policy.controls'),
    },
  }),
};
