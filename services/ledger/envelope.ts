import { servesRequests } from '../requests/kinds.ts';
import {
  ConfigComplianceDetail,
  ControlTowerAccountDetail,
  CreateAccountResultDetail,
  type Envelope,
  ExecutionStatusDetail,
} from './envelope.schema.ts';
import type { NewFact } from './fact.ts';
import { type Suspicion, suspicionOf } from './suspicion.ts';

/** What an AWS event means here. A wake only tells a parked ask to look; the truth is read by the workflow. */
export type Reading = {
  facts: NewFact[];
  wake?: { accountName: string; organizationalUnitId: string };
  /** Somebody should look for drift there. */
  suspicion?: Suspicion;
};

/** Where events about the organization may come from. Anything else with their name raises no trust. */
export type TrustedSource = { managementAccountId: string };

/**
 * Reads one EventBridge envelope. A known event in the documented shape becomes its fact; anything else well formed is
 * kept as observed and changes nothing. Events about the organization count only from the management account.
 */
export function readEnvelope(envelope: Envelope, trusted: TrustedSource): Reading {
  const suspicion = suspicionOf(envelope, trusted.managementAccountId);
  return { ...readFacts(envelope, trusted), ...(suspicion === undefined ? {} : { suspicion }) };
}

function readFacts(envelope: Envelope, trusted: TrustedSource): Reading {
  const fromManagement = envelope.account === trusted.managementAccountId;
  switch (envelope.source) {
    case 'aws.controltower':
      return (fromManagement && readControlTower(envelope)) || observed(envelope);
    case 'aws.organizations':
      return (fromManagement && readOrganizations(envelope)) || observed(envelope);
    case 'aws.states':
      return (fromManagement && readExecution(envelope)) || observed(envelope);
    case 'aws.config':
      return readCompliance(envelope) ?? observed(envelope);
    default:
      return observed(envelope);
  }
}

const base = (envelope: Envelope) => ({
  id: `aws:${envelope.id}`,
  source: envelope.source,
  // `time` has whole seconds and is the sender's word: good for a timeline, never for order.
  occurredAt: new Date(envelope.time).toISOString(),
});

function observed(envelope: Envelope): Reading {
  return {
    facts: [
      {
        ...base(envelope),
        meaning: `aws:${envelope.id}`,
        type: 'AwsEventObserved',
        version: 0,
        data: {
          detailType: envelope['detail-type'],
          account: envelope.account,
          region: envelope.region,
          detail: envelope.detail,
        },
      },
    ],
  };
}

function readControlTower(envelope: Envelope): Reading | undefined {
  const detail = ControlTowerAccountDetail.safeParse(envelope.detail).data;
  const status =
    detail?.serviceEventDetails.createManagedAccountStatus ??
    detail?.serviceEventDetails.updateManagedAccountStatus;
  if (!detail || !status) return undefined;
  const { accountName, accountId } = status.account;
  const organizationalUnitId = status.organizationalUnit.organizationalUnitId;
  return {
    wake: { accountName, organizationalUnitId },
    facts: [
      {
        ...base(envelope),
        meaning: `aws:${envelope.id}`,
        type: 'ControlTowerAccountEvent',
        version: 0,
        data: {
          eventName: detail.eventName,
          state: status.state,
          message: status.message ?? '',
          accountName,
          organizationalUnitId,
          // A failed creation says "Not Available" where an id should be.
          ...(/^\d{12}$/.test(accountId) ? { accountId } : {}),
        },
      },
    ],
  };
}

function readOrganizations(envelope: Envelope): Reading | undefined {
  const detail = CreateAccountResultDetail.safeParse(envelope.detail).data;
  if (!detail) return undefined;
  const status = detail.serviceEventDetails.createAccountStatus;
  return {
    facts: [
      {
        ...base(envelope),
        meaning: `create-account:${status.id}:${status.state}`,
        type: 'AccountCreateResult',
        version: 0,
        data: {
          createAccountRequestId: status.id,
          state: status.state,
          accountId: status.accountId ?? null,
          failureReason: status.failureReason ?? null,
        },
      },
    ],
  };
}

function readExecution(envelope: Envelope): Reading | undefined {
  const detail = ExecutionStatusDetail.safeParse(envelope.detail).data;
  if (!detail) return undefined;
  const machine = detail.stateMachineArn.split(':').at(-1) ?? '';
  const requestId = servesRequests(machine) ? requestOfExecution(detail.name) : undefined;
  // Within one source: a later stop, a later redrive, a later epoch all have a later date. A redriven execution keeps
  // its start, so only the redrive's own date says that it runs again.
  const version = detail.stopDate ?? detail.redriveDate ?? detail.startDate;
  return {
    facts: [
      {
        ...base(envelope),
        // A redriven execution may end the same way again: only the time tells the two apart.
        meaning: `execution:${detail.executionArn}:${detail.status}:${version}`,
        type: 'ExecutionStatusChanged',
        ...(requestId === undefined ? {} : { requestId }),
        version,
        data: {
          machine,
          execution: detail.executionArn,
          status: detail.status,
          redriveCount: detail.redriveCount ?? 0,
          ...(detail.error ? { error: detail.error } : {}),
          ...(detail.cause ? { cause: detail.cause } : {}),
        },
      },
    ],
  };
}

/** Execution names are `<requestId>` or, for a later one of the same request, `<requestId>-e<epoch>`. */
export const requestOfExecution = (name: string): string => name.replace(/-e\d+$/, '');

function readCompliance(envelope: Envelope): Reading | undefined {
  if (envelope['detail-type'] !== 'Config Rules Compliance Change') return undefined;
  const detail = ConfigComplianceDetail.safeParse(envelope.detail).data;
  // An account speaks for itself only.
  if (!detail || detail.awsAccountId !== envelope.account || detail.awsRegion !== envelope.region)
    return undefined;
  const result = detail.newEvaluationResult;
  const ordering =
    result.evaluationResultIdentifier?.orderingTimestamp ?? result.resultRecordedTime ?? envelope.time;
  const version = Date.parse(ordering);
  if (Number.isNaN(version)) return undefined;
  const { configRuleName: rule, resourceType, resourceId } = detail;
  return {
    facts: [
      {
        ...base(envelope),
        meaning: `compliance:${detail.awsAccountId}:${detail.awsRegion}:${rule}:${resourceType}:${resourceId}:${version}:${result.complianceType}`,
        type: 'ComplianceChanged',
        accountId: detail.awsAccountId,
        version,
        occurredAt: new Date(version).toISOString(),
        data: {
          region: detail.awsRegion,
          rule,
          resourceType,
          resourceId,
          status: result.complianceType,
          before: detail.oldEvaluationResult?.complianceType ?? null,
          ...(result.annotation ? { annotation: result.annotation } : {}),
        },
      },
    ],
  };
}
