import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr, quoted } from '../asl/expression.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { elseGiveUp, part } from '../organization-reconcile/parts.ts';
import { RESULTS_IN_PART, tooManyPages } from './compliance.ts';

/**
 * Control Tower's own, at home in the management account: it holds what Config has found in every account and Region. So
 * other Regions are read without a call that would leave this one. Its copies come late.
 */
const AGGREGATOR = 'aws-controltower-ConfigAggregatorForOrganizations';
const NO_AGGREGATOR = 'Config.NoSuchConfigurationAggregatorException';

/** What Config has found of the account in other Regions than home. Without the aggregator nothing is said of these. */
export const elsewhere: States = {
  'List the Config rules elsewhere': sdk('config:describeAggregateComplianceByConfigRules', {
    arguments: pageOf(
      `{'ConfigurationAggregatorName': ${quoted(AGGREGATOR)}, 'Filters': {'AccountId': $accountId}}`,
      { variable: 'page' },
    ),
    retry: whilePassing('config'),
    catch: [caught([NO_AGGREGATOR], 'Say that the snapshot is complete'), elseGiveUp],
    assign: {
      abroad: expr(
        `[$append($abroad, $states.result.AggregateComplianceByConfigRules[AwsRegion != $region].{
          'Rule': ConfigRuleName, 'Region': AwsRegion, 'Compliance': Compliance.ComplianceType})]`,
      ),
      ...turnPage('page'),
    },
    next: 'More Config rules elsewhere?',
  }),
  'More Config rules elsewhere?': choice({
    rules: [when(morePages('page'), 'List the Config rules elsewhere')],
    otherwise: 'Part: the other Regions',
  }),
  'Part: the other Regions': part('account-regions', "{'Regions': [$distinct($abroad.Region)]}", {
    assign: { results: [], abroad: expr("[$abroad[Compliance != 'INSUFFICIENT_DATA']]") },
    next: 'Is there another rule elsewhere?',
  }),
  'Is there another rule elsewhere?': choice({
    rules: [
      when('$count($abroad) > 0', 'Read the results elsewhere', {
        rule: expr('$abroad[0].Rule'),
        there: expr('$abroad[0].Region'),
        abroad: expr('[$abroad[[1..$count($abroad)]]]'),
        ...firstPage('page'),
      }),
    ],
    otherwise: 'Part: the last results elsewhere',
  }),
  'Read the results elsewhere': sdk('config:getAggregateComplianceDetailsByConfigRule', {
    arguments: pageOf(
      `{'ConfigurationAggregatorName': ${quoted(AGGREGATOR)}, 'ConfigRuleName': $rule, 'AccountId': $accountId,
        'AwsRegion': $there, 'Limit': 100}`,
      { variable: 'page' },
    ),
    retry: whilePassing('config'),
    catch: [elseGiveUp],
    assign: {
      pages: expr('$pages + 1'),
      results: expr(
        `[$append($results, $states.result.AggregateEvaluationResults.{
          'Region': AwsRegion,
          'Rule': EvaluationResultIdentifier.EvaluationResultQualifier.ConfigRuleName,
          'ResourceType': EvaluationResultIdentifier.EvaluationResultQualifier.ResourceType,
          'ResourceId': EvaluationResultIdentifier.EvaluationResultQualifier.ResourceId,
          'Ordering': EvaluationResultIdentifier.OrderingTimestamp,
          'Compliance': ComplianceType, 'Annotation': Annotation})]`,
      ),
      ...turnPage('page'),
    },
    next: 'Are there results elsewhere to say?',
  }),
  'Are there results elsewhere to say?': choice({
    rules: [
      tooManyPages,
      when(`$count($results) >= ${RESULTS_IN_PART}`, 'Part: results elsewhere'),
      when(morePages('page'), 'Read the results elsewhere'),
    ],
    otherwise: 'Is there another rule elsewhere?',
  }),
  'Part: results elsewhere': part('account-compliance', "{'Results': $results}", {
    assign: { results: [] },
    next: 'More results of the rule elsewhere?',
  }),
  'More results of the rule elsewhere?': choice({
    rules: [when(morePages('page'), 'Read the results elsewhere')],
    otherwise: 'Is there another rule elsewhere?',
  }),
  'Part: the last results elsewhere': part('account-compliance', "{'Results': $results}", {
    next: 'Say that the snapshot is complete',
  }),
};
