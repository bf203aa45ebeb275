import type { Envelope } from '../envelope.schema.ts';
import { callFact, isOwnRecord } from './cloudtrail.ts';
import {
  API_CALL,
  type EventKind,
  factOf,
  isAccountId,
  present,
  type Reading,
  SERVICE_EVENT,
  TIMELINE_ONLY,
  timeOf,
} from './kind.ts';
import {
  AccountDeparted,
  AccountJoined,
  CallDetail,
  CloseAccountResult,
  CreateAccountResult,
  PolicyValidation,
} from './organizations.schema.ts';

/** Identified by the request to create, whose id no other account or Region has: `DescribeCreateAccountStatus`. */
function readCreated(envelope: Envelope): Reading | undefined {
  const detail = CreateAccountResult.safeParse(envelope.detail).data;
  if (!detail || !isOwnRecord(detail, envelope)) return undefined;
  const status = detail.serviceEventDetails.createAccountStatus;
  const fact = factOf(envelope, {
    type: 'AccountCreateResult',
    meaning: ['create-account', status.id, status.state],
    version: status.completedTimestamp ?? 0,
    data: {
      createAccountRequestId: status.id,
      state: status.state,
      accountId: status.accountId ?? null,
      failureReason: status.failureReason ?? null,
    },
  });
  return { facts: [fact] };
}

/** Identified by the account, the outcome and its second. */
function readClosed(envelope: Envelope): Reading | undefined {
  const detail = CloseAccountResult.safeParse(envelope.detail).data;
  if (!detail || !isOwnRecord(detail, envelope)) return undefined;
  const {
    accountId,
    state,
    failureReason,
    completedTimestamp: ended,
  } = detail.serviceEventDetails.closeAccountStatus;
  const fact = factOf(envelope, {
    type: 'AccountCloseResult',
    meaning: ['close-account', envelope.account, envelope.region, accountId, state, ended],
    version: ended,
    at: ended,
    accountId,
    data: present({ accountId, state, failureReason }),
  });
  return { facts: [fact] };
}

/** Identified by the account and the second in which it joined, as `ListAccounts` has it with a fraction. */
function readJoined(envelope: Envelope): Reading | undefined {
  const detail = AccountJoined.safeParse(envelope.detail).data;
  if (!detail || !isOwnRecord(detail, envelope)) return undefined;
  const { accountId, joinedMethod: method, joinedTime } = detail.serviceEventDetails;
  const at = joinedTime ?? timeOf(envelope);
  const fact = factOf(envelope, {
    type: 'AccountJoinedOrganization',
    meaning: ['account-joined', envelope.account, envelope.region, accountId, wholeSeconds(at)],
    version: at,
    at,
    accountId,
    data: { accountId, method },
  });
  return { facts: [fact] };
}

/** Identified by the account and the second; a reconcile only sees that it is gone. */
function readDeparted(envelope: Envelope): Reading | undefined {
  const detail = AccountDeparted.safeParse(envelope.detail).data;
  if (!detail || !isOwnRecord(detail, envelope)) return undefined;
  const { accountId, departedMethod: method, departedTime } = detail.serviceEventDetails;
  const at = departedTime ?? timeOf(envelope);
  const fact = factOf(envelope, {
    type: 'AccountDepartedOrganization',
    meaning: ['account-departed', envelope.account, envelope.region, accountId, wholeSeconds(at)],
    version: at,
    at,
    accountId,
    data: { accountId, method },
  });
  return { facts: [fact] };
}

const wholeSeconds = (ms: number): number => Math.floor(ms / 1_000);

/** Identified by account, kind of policy, outcome and the second of the validation. */
function readValidation(envelope: Envelope): Reading | undefined {
  const detail = PolicyValidation.safeParse(envelope.detail).data;
  if (!detail || !isOwnRecord(detail, envelope)) return undefined;
  const { accountId, policyType, state, requestTimestamp, validationErrors } = detail.serviceEventDetails;
  const at = requestTimestamp ?? timeOf(envelope);
  const fact = factOf(envelope, {
    type: 'EffectivePolicyValidated',
    meaning: ['policy-validation', envelope.account, envelope.region, accountId, policyType, state, at],
    version: at,
    at,
    accountId,
    data: present({ policyType, state, errors: validationErrors }),
  });
  return { facts: [fact] };
}

function readCall(envelope: Envelope): Reading | undefined {
  const call = CallDetail.safeParse(envelope.detail).data;
  if (!call || !isOwnRecord(call, envelope)) return undefined;
  const asked = call.requestParameters ?? {};
  const answered = call.responseElements;
  const accountId = asked.accountId ?? (isAccountId(asked.targetId) ? asked.targetId : undefined);
  return {
    facts: [
      callFact(envelope, 'OrganizationCallRecorded', call, {
        accountId,
        data: {
          accountId,
          organizationalUnitId:
            asked.organizationalUnitId ??
            answered?.organizationalUnit?.id ??
            (isAccountId(asked.targetId) ? undefined : asked.targetId),
          policyId: asked.policyId ?? answered?.policy?.policySummary.id,
          policyType: asked.policyType,
          from: asked.sourceParentId,
          to: asked.destinationParentId ?? asked.parentId,
          // Names of accounts are masked; that of a unit is not.
          name: asked.name,
          createAccountRequestId: answered?.createAccountStatus?.id,
        },
      }),
    ],
  };
}

const source = 'aws.organizations';
const service = { source, detailType: SERVICE_EVENT, speaker: 'management', changes: TIMELINE_ONLY } as const;

export const organizationsKinds: readonly EventKind[] = [
  {
    ...service,
    events: ['CreateAccountResult'],
    fact: 'AccountCreateResult',
    read: readCreated,
  },
  { ...service, events: ['CloseAccountResult'], fact: 'AccountCloseResult', read: readClosed },
  { ...service, events: ['AccountJoinedOrganization'], fact: 'AccountJoinedOrganization', read: readJoined },
  {
    ...service,
    events: ['AccountDepartedOrganization'],
    fact: 'AccountDepartedOrganization',
    read: readDeparted,
  },
  {
    ...service,
    events: ['EffectivePolicyValidation'],
    fact: 'EffectivePolicyValidated',
    read: readValidation,
  },
  {
    source,
    detailType: API_CALL,
    events: CallDetail.shape.eventName.options,
    speaker: 'management',
    fact: 'OrganizationCallRecorded',
    changes: 'policies taken off, changed or deleted and moves past us: a look for drift',
    read: readCall,
  },
];
