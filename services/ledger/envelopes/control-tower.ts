import type { Envelope } from '../envelope.schema.ts';
import type { NewFact } from '../fact.ts';
import { callFact, isOwnRecord } from './cloudtrail.ts';
import {
  AccountDetail,
  BaselineDetail,
  CallDetail,
  ControlDetail,
  DriftDetail,
  GuardrailDetail,
  LandingZoneDetail,
  UnitDetail,
} from './control-tower.schema.ts';
import {
  API_CALL,
  arnOf,
  type EventKind,
  factOf,
  isAccountId,
  lastPart,
  present,
  type Reading,
  SERVICE_EVENT,
  TIMELINE_ONLY,
  type TrustedSource,
  timeOf,
} from './kind.ts';
import { SNS_NOTIFICATION, topicOf } from './sns.ts';

/** The one of several members that the name of the event says. */
const only = <T>(statuses: Record<string, T | undefined>): T | undefined =>
  Object.values(statuses).find((status) => status !== undefined);

/**
 * The only event that wakes. No read-back has anything like it, so the envelope alone identifies it.
 */
function readAccount(envelope: Envelope): Reading | undefined {
  const detail = AccountDetail.safeParse(envelope.detail).data;
  const status = detail && only(detail.serviceEventDetails);
  if (!detail || !status || !isOwnRecord(detail, envelope)) return undefined;
  const { accountName, accountId } = status.account;
  const { organizationalUnitId } = status.organizationalUnit;
  const data = {
    eventName: detail.eventName,
    state: status.state,
    message: status.message ?? '',
    accountName,
    organizationalUnitId,
    // A failed creation says "Not Available" where an id should be.
    ...(isAccountId(accountId) ? { accountId } : {}),
  };
  const fact = factOf(envelope, {
    type: 'ControlTowerAccountEvent',
    meaning: ['aws', envelope.account, envelope.region, envelope.id],
    version: status.completedTimestamp ?? 0,
    data,
  });
  return { wake: { accountName, organizationalUnitId }, facts: [fact] };
}

type ControlSaid = {
  eventName: string;
  state: string;
  message?: string | undefined;
  /** Catalogue id, or the opaque one of newer ARNs. */
  control: string;
  /** `ou-…` or an account. */
  target: string;
  completedTimestamp: number;
  enabledControl?: string | undefined;
};

/**
 * What was done to a control on a target, and when it ended: the older and the newer event say the same, and so does
 * `GetControlOperation` with its type, control, target and end.
 */
function controlFact(envelope: Envelope, said: ControlSaid, nth = 0): NewFact {
  const operation = said.eventName.replace('Guardrail', 'Control');
  const { control, target, state, completedTimestamp: ended } = said;
  return factOf(
    envelope,
    {
      type: 'ControlTowerControlEvent',
      meaning: ['control', envelope.account, envelope.region, operation, control, target, state, ended],
      version: ended,
      at: ended,
      accountId: isAccountId(target) ? target : undefined,
      data: present({
        operation,
        state,
        message: said.message,
        control,
        target,
        region: envelope.region,
        enabledControl: said.enabledControl,
      }),
    },
    nth,
  );
}

function readControl(envelope: Envelope): Reading | undefined {
  const detail = ControlDetail.safeParse(envelope.detail).data;
  const status = detail && only(detail.serviceEventDetails);
  if (!detail || !status || !isOwnRecord(detail, envelope)) return undefined;
  if (arnOf(status.targetIdentifier)?.account !== envelope.account) return undefined;
  const { arn: enabledControl, controlIdentifier, targetIdentifier, ...rest } = status;
  const control = lastPart(controlIdentifier);
  const target = lastPart(targetIdentifier);
  return {
    facts: [controlFact(envelope, { ...rest, eventName: detail.eventName, control, target, enabledControl })],
  };
}

function readGuardrails(envelope: Envelope): Reading | undefined {
  const detail = GuardrailDetail.safeParse(envelope.detail).data;
  const status = detail && only(detail.serviceEventDetails);
  if (!detail || !status || !isOwnRecord(detail, envelope)) return undefined;
  const { organizationalUnits, guardrails, ...rest } = status;
  const pairs = organizationalUnits.flatMap(({ organizationalUnitId: target }) =>
    guardrails.map(({ guardrailId: control }) => ({ target, control })),
  );
  return {
    facts: pairs.map((pair, nth) =>
      controlFact(envelope, { ...rest, ...pair, eventName: detail.eventName }, nth),
    ),
  };
}

/** Identified by its operation, as `GetBaselineOperation` and the enabled baseline's status summary name it. */
function readBaseline(envelope: Envelope): Reading | undefined {
  const detail = BaselineDetail.safeParse(envelope.detail).data;
  const status = detail && only(detail.serviceEventDetails);
  if (!detail || !status || !isOwnRecord(detail, envelope)) return undefined;
  const { completedTimestamp: ended, enabledBaselineDetails: said } = status;
  if (arnOf(said.targetIdentifier)?.account !== envelope.account) return undefined;
  const target = lastPart(said.targetIdentifier);
  const { lastOperationIdentifier: operationId, status: state } = said.statusSummary;
  const fact = factOf(envelope, {
    type: 'ControlTowerBaselineEvent',
    meaning: ['baseline', envelope.account, envelope.region, operationId, state],
    version: ended,
    at: ended,
    accountId: isAccountId(target) ? target : undefined,
    data: present({
      operation: detail.eventName,
      operationId,
      state,
      baseline: lastPart(said.baselineIdentifier),
      baselineVersion: said.baselineVersion,
      target,
      region: envelope.region,
      enabledBaseline: said.arn,
    }),
  });
  return { facts: [fact] };
}

/** Identified by what was done to the unit and when it ended; no API tells of it afterwards. */
function readUnit(envelope: Envelope): Reading | undefined {
  const detail = UnitDetail.safeParse(envelope.detail).data;
  const statuses = detail?.serviceEventDetails;
  const status = statuses && only(statuses);
  if (!detail || !status || !isOwnRecord(detail, envelope)) return undefined;
  const { state, message, completedTimestamp: ended } = status;
  const { organizationalUnitId } = status.organizationalUnit;
  const precheck = statuses.precheckOrganizationalUnitStatus;
  const failedAccounts = precheck?.accounts?.filter((account) => account.failedPrechecks.length > 0);
  const fact = factOf(envelope, {
    type: 'ControlTowerUnitEvent',
    meaning: [
      'unit',
      envelope.account,
      envelope.region,
      detail.eventName,
      organizationalUnitId,
      state,
      ended,
    ],
    version: ended,
    at: ended,
    data: present({
      eventName: detail.eventName,
      state,
      message,
      organizationalUnitId,
      region: envelope.region,
      failedPrechecks: precheck?.organizationalUnit.failedPrechecks,
      failedAccounts,
    }),
  });
  return { facts: [fact] };
}

/** Identified by what was done and when it ended: `GetLandingZoneOperation` has both. */
function readLandingZone(envelope: Envelope): Reading | undefined {
  const detail = LandingZoneDetail.safeParse(envelope.detail).data;
  const status = detail && only(detail.serviceEventDetails);
  if (!detail || !status || !isOwnRecord(detail, envelope)) return undefined;
  const { state, message, completedTimestamp: ended } = status;
  const fact = factOf(envelope, {
    type: 'ControlTowerLandingZoneEvent',
    meaning: ['landing-zone', envelope.account, envelope.region, detail.eventName, state, ended],
    version: ended,
    at: ended,
    data: present({
      eventName: detail.eventName,
      state,
      message,
      region: envelope.region,
      organizationalUnits: status.organizationalUnits?.length,
      accounts: status.accounts?.length,
    }),
  });
  return { facts: [fact] };
}

function driftFact(envelope: Envelope, detail: unknown, { managementAccountId }: TrustedSource) {
  const drift = DriftDetail.safeParse(detail).data;
  if (drift?.managementAccountId !== managementAccountId) return undefined;
  const { driftType, accountId, organizationalUnitId, targetIdentifier, policyId, controlId } = drift;
  const unitId = organizationalUnitId ?? (targetIdentifier && lastPart(targetIdentifier));
  const place = accountId ?? unitId ?? '';
  const fact = factOf(envelope, {
    type: 'ControlTowerDriftReported',
    // Control Tower numbers its reports in no way: kind, place, thing and time have to do.
    meaning: [
      'drift',
      managementAccountId,
      drift.region ?? envelope.region,
      driftType,
      place,
      policyId ?? controlId ?? '',
      timeOf(envelope),
    ],
    version: timeOf(envelope),
    accountId: accountId ?? (isAccountId(unitId) ? unitId : undefined),
    data: present({
      driftType,
      message: drift.message,
      remediationStep: drift.remediationStep,
      accountId,
      organizationalUnitId: isAccountId(unitId) ? undefined : unitId,
      policyId,
      control: controlId,
      enabledControl: drift.enabledControlIdentifier,
      from: drift.sourceId,
      to: drift.destinationId,
      region: drift.region ?? envelope.region,
    }),
  });
  return { facts: [fact] };
}

/** The drift of a message of SNS, with members that begin in lower case as on the bus. */
export const lowerCased = (detail: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(detail).map(([key, value]) => [key.slice(0, 1).toLowerCase() + key.slice(1), value]),
  );

/** The topic of the audit account that Control Tower gathers such messages in. */
const DRIFT_TOPIC = 'aws-controltower-AggregateSecurityNotifications';

/** Whether the message came through the topic that Control Tower writes to. */
export function isDriftTopic(envelope: Envelope, trusted: TrustedSource): boolean {
  const topic = topicOf(envelope);
  const owners = [trusted.managementAccountId, trusted.auditAccountId];
  return topic?.name === DRIFT_TOPIC && owners.includes(topic.account);
}

function readCall(envelope: Envelope): Reading | undefined {
  const call = CallDetail.safeParse(envelope.detail).data;
  if (!call || !isOwnRecord(call, envelope)) return undefined;
  const asked = call.requestParameters ?? {};
  const target = asked.targetIdentifier && lastPart(asked.targetIdentifier);
  return {
    facts: [
      callFact(envelope, 'ControlTowerCallRecorded', call, {
        accountId: isAccountId(target) ? target : undefined,
        data: {
          target,
          control: asked.controlIdentifier && lastPart(asked.controlIdentifier),
          baseline: asked.baselineIdentifier && lastPart(asked.baselineIdentifier),
          accountName: asked.accountName,
          organizationalUnit: asked.parentOrganizationalUnitName,
          enabled:
            call.responseElements?.arn ?? asked.enabledControlIdentifier ?? asked.enabledBaselineIdentifier,
          operationId: call.responseElements?.operationIdentifier,
        },
      }),
    ],
  };
}

const source = 'aws.controltower';
const service = { source, detailType: SERVICE_EVENT, speaker: 'management' } as const;

export const controlTowerKinds: readonly EventKind[] = [
  {
    ...service,
    events: ['CreateManagedAccount', 'UpdateManagedAccount'],
    fact: 'ControlTowerAccountEvent',
    changes: 'wakes the vend of that name in that unit; the workflow reads what is true',
    read: readAccount,
  },
  {
    ...service,
    events: ['EnableControl', 'DisableControl', 'UpdateEnabledControl', 'ResetEnabledControl'],
    fact: 'ControlTowerControlEvent',
    changes: TIMELINE_ONLY,
    read: readControl,
  },
  {
    ...service,
    events: ['EnableGuardrail', 'DisableGuardrail'],
    fact: 'ControlTowerControlEvent',
    changes: 'timeline; the same fact as the newer event of the same operation',
    read: readGuardrails,
  },
  {
    ...service,
    events: ['EnableBaseline', 'DisableBaseline', 'UpdateEnabledBaseline', 'ResetEnabledBaseline'],
    fact: 'ControlTowerBaselineEvent',
    changes: TIMELINE_ONLY,
    read: readBaseline,
  },
  {
    ...service,
    events: ['RegisterOrganizationalUnit', 'DeregisterOrganizationalUnit', 'PrecheckOrganizationalUnit'],
    fact: 'ControlTowerUnitEvent',
    changes: TIMELINE_ONLY,
    read: readUnit,
  },
  {
    ...service,
    events: ['SetupLandingZone', 'UpdateLandingZone'],
    fact: 'ControlTowerLandingZoneEvent',
    changes: TIMELINE_ONLY,
    read: readLandingZone,
  },
  {
    source,
    detailType: 'Drift Detected',
    speaker: 'management',
    fact: 'ControlTowerDriftReported',
    changes: 'a look for drift at the account or unit',
    read: (envelope, trusted) => driftFact(envelope, envelope.detail, trusted),
  },
  {
    source: 'aws.sns',
    detailType: SNS_NOTIFICATION,
    events: ['DriftType'],
    speaker: 'security',
    fact: 'ControlTowerDriftReported',
    changes: 'a look for drift at the account or unit',
    read: (envelope, trusted) =>
      isDriftTopic(envelope, trusted) ? driftFact(envelope, lowerCased(envelope.detail), trusted) : undefined,
  },
  {
    source,
    detailType: API_CALL,
    events: CallDetail.shape.eventName.options,
    speaker: 'management',
    fact: 'ControlTowerCallRecorded',
    changes: TIMELINE_ONLY,
    read: readCall,
  },
];
