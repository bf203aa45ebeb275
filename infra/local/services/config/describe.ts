import type { World } from '../../world.ts';
import type { AccountResource } from '../account-resources.ts';
import { type EvaluationRecord, listEvaluations, ruleCompliance } from './evaluation.ts';

const COUNT_CAP = 25;

export function complianceOf(world: World, rule: AccountResource) {
  const records = listEvaluations(world.store, rule.accountId, rule.region, rule.id);
  const ComplianceType = ruleCompliance(records);
  const failing = records.filter((record) => record.complianceType === 'NON_COMPLIANT').length;
  const count = { CappedCount: Math.min(failing, COUNT_CAP), CapExceeded: failing > COUNT_CAP };
  return {
    ConfigRuleName: rule.id,
    Compliance: {
      ComplianceType,
      ...(ComplianceType === 'NON_COMPLIANT' ? { ComplianceContributorCount: count } : {}),
    },
  };
}

export function describeRecord(record: EvaluationRecord) {
  return {
    EvaluationResultIdentifier: {
      EvaluationResultQualifier: {
        ConfigRuleName: record.ruleName,
        ResourceType: record.resourceType,
        ResourceId: record.resourceId,
        EvaluationMode: 'DETECTIVE',
      },
      OrderingTimestamp: record.recordedAt,
    },
    ComplianceType: record.complianceType,
    ResultRecordedTime: record.recordedAt,
    ConfigRuleInvokedTime: record.invokedAt,
    ...(record.annotation === undefined ? {} : { Annotation: record.annotation }),
  };
}
