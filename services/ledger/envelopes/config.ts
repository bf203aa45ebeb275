import type { Envelope } from '../envelope.schema.ts';
import type { NewFact } from '../fact.ts';
import { ComplianceDetail, ItemDetail, OversizedItemDetail } from './config.schema.ts';
import {
  type EventKind,
  envelopeId,
  factOf,
  meaningOf,
  present,
  type Reading,
  TIMELINE_ONLY,
  type TrustedSource,
  timeOf,
} from './kind.ts';
import { SNS_NOTIFICATION, topicOf } from './sns.ts';

type Place = { awsAccountId: string; awsRegion: string };

/** The topic of the audit account that Config of every account writes to, by Control Tower's delivery channels. */
const CONFIG_TOPIC = 'aws-controltower-AllConfigNotifications';

/**
 * An account speaks for itself, in the Region that it says. By SNS only the topic of all speaks: whoever has a topic of
 * their own can put any words on it.
 */
function mayBeSaid(envelope: Envelope, { awsAccountId, awsRegion }: Place, trusted: TrustedSource): boolean {
  if (envelope['detail-type'] !== SNS_NOTIFICATION)
    return awsAccountId === envelope.account && awsRegion === envelope.region;
  const topic = topicOf(envelope);
  return topic?.name === CONFIG_TOPIC && topic.account === trusted.auditAccountId;
}

/** An evaluation as Config tells it; `version` is its own ordering time, in milliseconds. */
export type Evaluation = {
  accountId: string;
  region: string;
  rule: string;
  resourceType: string;
  resourceId: string;
  version: number;
  /** `version` as facts write it. */
  occurredAt: string;
  status: string;
  annotation: string | undefined;
  /** What was found before, where Config says that. */
  before: string | null;
};

/**
 * Identified by account, Region, rule, resource and Config's own ordering time with what was found:
 * `GetComplianceDetailsByConfigRule` has the same. Whichever road it came by, it is Config's word.
 * @param id of the envelope
 */
export function evaluationFact(id: string, told: Evaluation): NewFact {
  const { accountId, region, rule, resourceType, resourceId, version, status } = told;
  return {
    id,
    meaning: meaningOf(['compliance', accountId, region, rule, resourceType, resourceId, version, status]),
    type: 'ComplianceChanged',
    source: 'aws.config',
    accountId,
    version,
    occurredAt: told.occurredAt,
    // In the order in which canonical JSON has them: nearly all events are of this kind, and they are written as they are.
    data: {
      annotation: told.annotation || undefined,
      before: told.before,
      region,
      resourceId,
      resourceType,
      rule,
      status,
    },
  };
}

function readCompliance(envelope: Envelope, trusted: TrustedSource): Reading | undefined {
  const detail = ComplianceDetail.safeParse(envelope.detail).data;
  if (!detail || !mayBeSaid(envelope, detail, trusted)) return undefined;
  const {
    awsAccountId: accountId,
    awsRegion: region,
    configRuleName: rule,
    resourceType,
    resourceId,
  } = detail;
  const result = detail.newEvaluationResult;
  const version =
    result.evaluationResultIdentifier?.orderingTimestamp ?? result.resultRecordedTime ?? timeOf(envelope);
  const fact = evaluationFact(envelopeId(envelope), {
    accountId,
    region,
    rule,
    resourceType,
    resourceId,
    version,
    occurredAt: new Date(version).toISOString(),
    status: result.complianceType,
    annotation: result.annotation ?? undefined,
    before: detail.oldEvaluationResult?.complianceType ?? null,
  });
  return { facts: [fact] };
}

/** Identified by resource and state id, as `GetResourceConfigHistory` has them. */
function readItem(envelope: Envelope, trusted: TrustedSource): Reading | undefined {
  const whole = ItemDetail.safeParse(envelope.detail).data;
  const oversized = whole ? undefined : OversizedItemDetail.safeParse(envelope.detail).data;
  const item = whole?.configurationItem ?? oversized?.configurationItemSummary;
  if (!item || !mayBeSaid(envelope, item, trusted)) return undefined;
  const captured = item.configurationItemCaptureTime;
  const stateId = item.configurationStateId ?? 0;
  const version = Number.isSafeInteger(stateId) && stateId > 0 ? stateId : captured;
  const { awsAccountId, awsRegion, resourceType, resourceId } = item;
  const fact = factOf(envelope, {
    type: 'ConfigurationItemRecorded',
    meaning: ['configuration-item', awsAccountId, awsRegion, resourceType, resourceId, version],
    version,
    at: captured,
    accountId: awsAccountId,
    data: present({
      region: awsRegion,
      resourceType,
      resourceId,
      resourceName: item.resourceName,
      arn: item.ARN,
      change: whole?.configurationItemDiff?.changeType ?? oversized?.configurationItemSummary.changeType,
      status: item.configurationItemStatus,
      // Where the whole item lies, or why it lies nowhere.
      location: oversized?.s3DeliverySummary?.s3BucketLocation,
      error: oversized?.s3DeliverySummary?.errorCode,
      errorMessage: oversized?.s3DeliverySummary?.errorMessage,
    }),
  });
  return { facts: [{ ...fact, source: 'aws.config' }] };
}

const compliance = {
  fact: 'ComplianceChanged',
  changes: 'compliance of the resource with the rule, and all that is summed up from it',
  read: readCompliance,
} as const;
const item = { fact: 'ConfigurationItemRecorded', changes: TIMELINE_ONLY, read: readItem } as const;

export const configKinds: readonly EventKind[] = [
  { source: 'aws.config', detailType: 'Config Rules Compliance Change', speaker: 'itself', ...compliance },
  { source: 'aws.config', detailType: 'Config Configuration Item Change', speaker: 'itself', ...item },
  {
    source: 'aws.sns',
    detailType: SNS_NOTIFICATION,
    events: ['ComplianceChangeNotification'],
    speaker: 'security',
    ...compliance,
  },
  {
    source: 'aws.sns',
    detailType: SNS_NOTIFICATION,
    events: ['ConfigurationItemChangeNotification', 'OversizedConfigurationItemChangeNotification'],
    speaker: 'security',
    ...item,
  },
];
