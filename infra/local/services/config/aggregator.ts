import { page } from '../../paging.ts';
import { AwsError, type Caller, type Operation, type World } from '../../world.ts';
import { complianceOf, describeRecord } from './describe.ts';
import { listEvaluations } from './evaluation.ts';
import { listRules } from './rules.ts';

/** Control Tower makes it in the management account, for every account and Region of the organization. */
const AGGREGATOR = 'aws-controltower-ConfigAggregatorForOrganizations';
const RULES_PER_PAGE = 25;
const DETAILS_PER_PAGE = 50;

type Rules = {
  ConfigurationAggregatorName: string;
  Filters?: { AccountId?: string; AwsRegion?: string; ConfigRuleName?: string; ComplianceType?: string };
  Limit?: number;
  NextToken?: string;
};
type Details = {
  ConfigurationAggregatorName: string;
  ConfigRuleName: string;
  AccountId: string;
  AwsRegion: string;
  ComplianceType?: string;
  Limit?: number;
  NextToken?: string;
};

/** Config's aggregator, which answers at home for all governed Regions. Copies of the embedded AWS are never late. */
export const aggregateOperations = (world: World): Record<string, Operation> => ({
  DescribeAggregateComplianceByConfigRules: (input: Rules, caller: Caller) => {
    known(world, input.ConfigurationAggregatorName, caller);
    const { AccountId, AwsRegion, ConfigRuleName, ComplianceType } = input.Filters ?? {};
    if (AccountId === undefined)
      throw new AwsError('ValidationException', 'The embedded AWS wants an AccountId among the filters.');
    const all = world.landingZone.governedRegions
      .filter((region) => AwsRegion === undefined || AwsRegion === region)
      .flatMap((region) => listRules(world.store, AccountId, region))
      .map((rule) => ({ ...complianceOf(world, rule), AccountId, AwsRegion: rule.region }))
      .filter((one) => ConfigRuleName === undefined || one.ConfigRuleName === ConfigRuleName)
      .filter((one) => ComplianceType === undefined || one.Compliance.ComplianceType === ComplianceType);
    const { items, nextToken } = pageOf(all, input, RULES_PER_PAGE);
    return { AggregateComplianceByConfigRules: items, ...nextToken };
  },
  GetAggregateComplianceDetailsByConfigRule: (input: Details, caller: Caller) => {
    known(world, input.ConfigurationAggregatorName, caller);
    const { AccountId, AwsRegion, ConfigRuleName, ComplianceType } = input;
    const all = listEvaluations(world.store, AccountId, AwsRegion, ConfigRuleName).filter(
      (record) => ComplianceType === undefined || record.complianceType === ComplianceType,
    );
    const { items, nextToken } = pageOf(all, input, DETAILS_PER_PAGE);
    const results = items.map((record) => {
      const { EvaluationResultIdentifier, ...rest } = describeRecord(record);
      return { EvaluationResultIdentifier, ...rest, AccountId, AwsRegion };
    });
    return { AggregateEvaluationResults: results, ...nextToken };
  },
});

function known({ landingZone }: World, name: string, { accountId }: Caller): void {
  if (name === AGGREGATOR && accountId === landingZone.managementAccountId) return;
  throw new AwsError(
    'NoSuchConfigurationAggregatorException',
    `The configuration aggregator does not exist: ${name}`,
  );
}

function pageOf<T>(
  all: readonly T[],
  { Limit, NextToken }: { Limit?: number; NextToken?: string },
  size: number,
) {
  const { items, nextToken } = page(all, NextToken, Limit || size, 'InvalidNextTokenException');
  return { items, nextToken: nextToken === undefined ? {} : { NextToken: nextToken } };
}
