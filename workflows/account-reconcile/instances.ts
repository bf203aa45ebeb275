import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { elseGiveUp, part } from '../organization-reconcile/parts.ts';

/** What the account has in other Regions, as the stack sets at home know it: one set after the other. */
export const instances: States = {
  'Is there another stack set?': choice({
    rules: [
      when('$count($sets) > 0', 'List the instances', {
        setName: expr('$sets[0]'),
        sets: expr('[$sets[[1..$count($sets)]]]'),
        found: [],
      }),
    ],
    assign: { rules: [], ...firstPage('page') },
    otherwise: 'List the Config rules',
  }),
  'List the instances': sdk('cloudformation:listStackInstances', {
    arguments: pageOf(
      "{'StackSetName': $setName, 'StackInstanceAccount': $accountId, 'MaxResults': 100, 'CallAs': 'SELF'}",
      { variable: 'page' },
    ),
    retry: whilePassing('cloudformation'),
    catch: [
      caught(['CloudFormation.StackSetNotFoundException'], 'Part: instances', firstPage('page')),
      elseGiveUp,
    ],
    assign: {
      found: expr("[$append($found, $states.result.Summaries.{'Region': Region, 'Status': Status})]"),
      ...turnPage('page'),
    },
    next: 'More instances?',
  }),
  'More instances?': choice({
    rules: [when(morePages('page'), 'List the instances')],
    otherwise: 'Part: instances',
  }),
  'Part: instances': part('account-instances', "{'StackSetName': $setName, 'Instances': $found}", {
    next: 'Is there another stack set?',
  }),
};
