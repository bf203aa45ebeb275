import { caught, otherwise } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { Catcher, States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';

/** How a policy was found, or left. */
type PolicyState = 'ATTACHED' | 'UNATTACHED' | 'DELETED' | 'GONE';

const found = (state: PolicyState) => pass({ output: { policyName: expr('$policy.policyName'), state } });

/** A policy that cannot be looked at is no reason to leave out the others. */
const elseTrouble: Catcher = otherwise('The policy is left alone', {
  trouble: expr(
    `{'error': $states.errorOutput.Error,
      'cause': $exists($states.errorOutput.Cause) ? $substring($states.errorOutput.Cause, 0, 500) : ''}`,
  ),
});

/** Ends with `{ policyName, state }`. */
export const lookAtOne: States = {
  'Take the policy': pass({
    assign: { policy: expr('$states.input'), isAttached: false, ...firstPage('targetPage') },
    next: 'List its targets',
  }),
  'List its targets': sdk('organizations:listTargetsForPolicy', {
    arguments: pageOf("{'PolicyId': $policy.policyId, 'MaxResults': 20}", { variable: 'targetPage' }),
    retry: whilePassing('organizations'),
    catch: [caught(['Organizations.PolicyNotFoundException'], 'The policy is gone'), elseTrouble],
    assign: { isAttached: expr('$count($states.result.Targets) > 0'), ...turnPage('targetPage') },
    next: 'May it be deleted?',
  }),
  'May it be deleted?': choice({
    rules: [
      when('$isAttached', 'The policy is attached'),
      when(morePages('targetPage'), 'List its targets'),
      when(
        '$policy.policyName in $collection.candidates and $not($policy.policyName in $collection.keep)',
        'Delete the policy',
      ),
    ],
    otherwise: 'The policy is unattached',
  }),
  'Delete the policy': sdk('organizations:deletePolicy', {
    comment: 'A policy that was attached a moment ago cannot be deleted: AWS sees to that.',
    arguments: { PolicyId: expr('$policy.policyId') },
    retry: whilePassing('organizations', ['ConcurrentModificationException']),
    catch: [
      caught(['Organizations.PolicyInUseException'], 'The policy is attached'),
      caught(['Organizations.PolicyNotFoundException'], 'The policy is deleted'),
      elseTrouble,
    ],
    next: 'The policy is deleted',
  }),
  'The policy is attached': found('ATTACHED'),
  'The policy is unattached': found('UNATTACHED'),
  'The policy is deleted': found('DELETED'),
  'The policy is gone': found('GONE'),
  'The policy is left alone': pass({
    output: expr("$merge([{'policyName': $policy.policyName, 'state': 'TROUBLE'}, $trouble])"),
  }),
};
