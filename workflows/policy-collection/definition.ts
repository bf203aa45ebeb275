import { choice, when } from '../asl/choice.ts';
import type { Definition, States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fact } from '../asl/fact.ts';
import { machine } from '../asl/machine.ts';
import { forEach } from '../asl/map.ts';
import { INBOX_URL } from '../asl/message.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { succeed } from '../asl/succeed.ts';
import { lookAtOne } from './look-at-one.ts';

/** One execution has 25,000 events, and a policy takes about twenty of them. */
const AT_MOST = 1_000;

/** The fences have names of ours too, and are not content-addressed: they are never looked at. */
const OURS = 'Policies[$match(Name, /^jetway-[0-9a-f]{12}$/)]';

const find: States = {
  'Read the input': pass({
    comment:
      'The order of the one message is the time of the start: of two collections the later one counts.',
    assign: {
      inbox: INBOX_URL,
      order: expr('$toMillis($states.context.Execution.StartTime)'),
      collection: expr('$states.input'),
      found: [],
      ...firstPage('page'),
    },
    next: 'List the policies',
  }),
  'List the policies': sdk('organizations:listPolicies', {
    arguments: pageOf("{'Filter': 'SERVICE_CONTROL_POLICY', 'MaxResults': 20}", { variable: 'page' }),
    retry: whilePassing('organizations'),
    assign: {
      found: expr(`[$append($found, $states.result.${OURS}.{'policyId': Id, 'policyName': Name})]`),
      ...turnPage('page'),
    },
    next: 'Are there more policies?',
  }),
  'Are there more policies?': choice({
    rules: [when(morePages('page'), 'List the policies')],
    otherwise: 'Candidates first',
  }),
  'Candidates first': pass({
    assign: {
      found: expr(
        `($candidates := $found[policyName in $collection.candidates];
          $others := $found[$not(policyName in $collection.candidates)];
          [$append($candidates, $others)[[0..${AT_MOST - 1}]]])`,
      ),
      left: expr(`$max([0, $count($found) - ${AT_MOST}])`),
    },
    next: 'Look at each policy',
  }),
};

const named = (state: string): string => `[$seen[state = '${state}'].policyName]`;

const collect: States = {
  'Look at each policy': forEach('$found', {
    atOnce: 2,
    startAt: 'Take the policy',
    states: lookAtOne,
    assign: { seen: expr('[$states.result]') },
    next: 'Say what was collected',
  }),
  'Say what was collected': fact('PoliciesCollected', {
    data: {
      collectionId: '$collection.collectionId',
      deleted: named('DELETED'),
      unattached: named('UNATTACHED'),
      trouble:
        "[$seen[state = 'TROUBLE'].{'policyName': policyName, 'error': error, 'cause': cause}[[0..99]]]",
      left: '$left',
    },
    next: 'The policies are collected',
  }),
  'The policies are collected': succeed('COLLECTED'),
};

/**
 * Policies are shared between accounts, so no vend knows whether it was the last to need one. This deletes those of
 * ours that have no target, two runs in a row, and that no open request names.
 */
export const policyCollection: Definition = machine({
  comment: 'Deletes guardrail policies that are attached to nothing, twice seen so and needed by no request.',
  startAt: 'Read the input',
  stages: [find, collect],
});
