import { asJetway } from '../account-vending/messages.ts';
import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { whileRoleSpreads } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { elseGiveUp, GIVE_UP, part } from '../organization-reconcile/parts.ts';

/** Results in one part, from which on it is sent: a page has a hundred more, and a message has 256 KiB. */
export const RESULTS_IN_PART = 50;
/** One execution has 25,000 events; a page of results takes about ten of them, a part six. */
const MAX_PAGES = 1_200;

export const tooManyPages = when(`$pages >= ${MAX_PAGES}`, GIVE_UP, {
  failure: {
    error: 'AccountTooLarge',
    cause: `One reading takes at most ${MAX_PAGES} pages of results of Config.`,
  },
});

const NO_RULE = 'Config.NoSuchConfigRuleException';

/** Every result that Config has of the account at home. A rule without a result has nothing to read. */
export const compliance: States = {
  'List the Config rules': sdk('config:describeComplianceByConfigRule', {
    as: asJetway,
    arguments: pageOf('{}', { variable: 'page' }),
    retry: whileRoleSpreads(),
    catch: [elseGiveUp],
    assign: {
      rules: expr(
        `[$append($rules,
          $states.result.ComplianceByConfigRules[Compliance.ComplianceType != 'INSUFFICIENT_DATA'].ConfigRuleName)]`,
      ),
      ...turnPage('page'),
    },
    next: 'More Config rules?',
  }),
  'More Config rules?': choice({
    rules: [when(morePages('page'), 'List the Config rules')],
    assign: { results: [], pages: 0 },
    otherwise: 'Is there another rule?',
  }),
  'Is there another rule?': choice({
    rules: [
      when('$count($rules) > 0', 'Read the results', {
        rule: expr('$rules[0]'),
        rules: expr('[$rules[[1..$count($rules)]]]'),
        ...firstPage('page'),
      }),
    ],
    otherwise: 'Part: the last results',
  }),
  'Read the results': sdk('config:getComplianceDetailsByConfigRule', {
    as: asJetway,
    arguments: pageOf("{'ConfigRuleName': $rule, 'Limit': 100}", { variable: 'page' }),
    retry: whileRoleSpreads([NO_RULE]),
    catch: [caught([NO_RULE], 'Is there another rule?'), elseGiveUp],
    assign: {
      pages: expr('$pages + 1'),
      results: expr(
        `[$append($results, $states.result.EvaluationResults.{
          'Rule': EvaluationResultIdentifier.EvaluationResultQualifier.ConfigRuleName,
          'ResourceType': EvaluationResultIdentifier.EvaluationResultQualifier.ResourceType,
          'ResourceId': EvaluationResultIdentifier.EvaluationResultQualifier.ResourceId,
          'Ordering': EvaluationResultIdentifier.OrderingTimestamp,
          'Compliance': ComplianceType, 'Annotation': Annotation})]`,
      ),
      ...turnPage('page'),
    },
    next: 'Are there results to say?',
  }),
  'Are there results to say?': choice({
    rules: [
      tooManyPages,
      when(`$count($results) >= ${RESULTS_IN_PART}`, 'Part: results'),
      when(morePages('page'), 'Read the results'),
    ],
    otherwise: 'Is there another rule?',
  }),
  'Part: results': part('account-compliance', "{'Results': $results}", {
    assign: { results: [] },
    next: 'More results of the rule?',
  }),
  'More results of the rule?': choice({
    rules: [when(morePages('page'), 'Read the results')],
    otherwise: 'Is there another rule?',
  }),
  'Part: the last results': part('account-compliance', "{'Results': $results}", {
    assign: { abroad: [], ...firstPage('page') },
    next: 'List the Config rules elsewhere',
  }),
};
