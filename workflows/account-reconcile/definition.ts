import { asJetway } from '../account-vending/messages.ts';
import { choice, when } from '../asl/choice.ts';
import type { Definition, States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { machine } from '../asl/machine.ts';
import { INBOX_URL } from '../asl/message.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing, whileRoleSpreads } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { elseGiveUp, part, snapshotEnds } from '../organization-reconcile/parts.ts';
import { compliance } from './compliance.ts';
import { elsewhere } from './elsewhere.ts';
import { instances } from './instances.ts';

const start: States = {
  'Read the input': pass({
    assign: {
      inbox: INBOX_URL,
      region: expr("$split($states.context.StateMachine.Id, ':')[3]"),
      snapshotId: expr('$states.input.snapshotId'),
      accountId: expr('$states.input.accountId'),
      sets: expr('$states.input.stackSets'),
      order: 1,
      part: 1,
      attached: [],
      stacks: [],
      failure: expr("{'error': '', 'cause': ''}"),
      ...firstPage('page'),
    },
    next: 'Part: the account',
  }),
  'Part: the account': part(
    'account',
    "{'AccountId': $accountId, 'Region': $region, 'ReadFrom': $states.context.Execution.StartTime}",
    { next: "List the account's policies" },
  ),
};

const policies: States = {
  "List the account's policies": sdk('organizations:listPoliciesForTarget', {
    arguments: pageOf("{'TargetId': $accountId, 'Filter': 'SERVICE_CONTROL_POLICY', 'MaxResults': 20}", {
      variable: 'page',
    }),
    retry: whilePassing('organizations'),
    catch: [elseGiveUp],
    assign: {
      attached: expr("[$append($attached, $states.result.Policies.{'Id': Id, 'Name': Name})]"),
      ...turnPage('page'),
    },
    next: 'More policies of the account?',
  }),
  'More policies of the account?': choice({
    rules: [when(morePages('page'), "List the account's policies")],
    assign: firstPage('page'),
    otherwise: "Part: the account's policies",
  }),
  "Part: the account's policies": part('account-policies', "{'Policies': $attached}", {
    next: 'List the stacks',
  }),
};

const stacks: States = {
  'List the stacks': sdk('cloudformation:listStacks', {
    comment: 'Those that were deleted are listed for 90 days.',
    as: asJetway,
    arguments: pageOf('{}', { variable: 'page' }),
    retry: whileRoleSpreads(),
    catch: [elseGiveUp],
    assign: {
      stacks: expr(
        `[$append($stacks, $states.result.StackSummaries[StackStatus != 'DELETE_COMPLETE' and $match(StackName, /^jetway-/)].{
          'Name': StackName, 'Status': StackStatus})]`,
      ),
      ...turnPage('page'),
    },
    next: 'More stacks?',
  }),
  'More stacks?': choice({
    rules: [when(morePages('page'), 'List the stacks')],
    assign: firstPage('page'),
    otherwise: 'Part: stacks',
  }),
  'Part: stacks': part('account-stacks', "{'Stacks': $stacks}", { next: 'Is there another stack set?' }),
};

/** Reads what one account of ours has, from home: policies, stacks, instances of stack sets, what Config has found in every Region. */
export const accountReconcile: Definition = machine({
  comment: 'Reads one account and reports it part by part; differences become facts. It changes nothing.',
  startAt: 'Read the input',
  stages: [start, policies, stacks, instances, compliance, elsewhere, snapshotEnds('The account is read')],
});
