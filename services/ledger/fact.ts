import { canonicalJson, sha256 } from '../kernel/canonical-json.ts';

/**
 * What happened. A fact may come twice, late, in any order, or never; every projection is a fold over the *set*.
 * `version` orders facts of one source (a workflow's message counter, Config's ordering timestamp in milliseconds);
 * `meaning` is the same for two deliveries that say the same thing by different roads.
 */
export type NewFact = {
  id: string;
  meaning: string;
  type: FactType;
  source: string;
  requestId?: string | undefined;
  accountId?: string | undefined;
  version: number;
  actor?: string | undefined;
  /** RFC 3339 UTC */
  occurredAt: string;
  data: Record<string, unknown>;
};

export type Fact = NewFact & { lane: number; seq: number; recordedAt: string; hash: string };

/** Types that leave on the outbound bus, as contract names; the rest explain a timeline but stay inside. */
export const OUTBOUND_TYPES = [
  'AccountRequested',
  'AccountPlanned',
  'ApprovalRequested',
  'ApprovalDecided',
  'AccountQueued',
  'AccountProvisioned',
  'BlueprintApplied',
  'GuardrailsAttached',
  'AccountVended',
  'AccountQuarantined',
  'AccountChanged',
  'AccountClosed',
  'ComplianceChanged',
  'DriftDetected',
  'MirrorSessionChanged',
] as const;

export const INTERNAL_TYPES = [
  'ApprovalReminded',
  'ApprovalEscalated',
  'RequestCancelled',
  'RequestRejected',
  'RequestExpired',
  'AdmissionGranted',
  'ApprovalGiven',
  'ApprovalAttempted',
  'AutomaticApprovalDeclined',
  'ApprovalConfirmed',
  'ProvisioningStarted',
  'AccessAssigned',
  'VendResumed',
  'AccountFenced',
  'ChangeRequested',
  'ChangePlanned',
  'ChangePreviewed',
  'ChangeStarted',
  'ControlChanged',
  'ChangeCompleted',
  'ChangeStopped',
  'ChangeResumed',
  'ChangeGivenUp',
  'SettingsChanged',
  'ExceptionGranted',
  'ExceptionExpired',
  'ExceptionRevoked',
  'OrganizationReconciled',
  'AccountJoined',
  'AccountLeft',
  'AccountMoved',
  'AccountRenamed',
  'AccountStateChanged',
  'AccountClassified',
  'ProductChanged',
  'PolicyAttached',
  'PolicyDetached',
  'ControlEnabled',
  'ControlDisabled',
  'StackChanged',
  'StackInstanceChanged',
  'DriftChecked',
  'PoliciesCollected',
  'LedgerArchived',
  'WebhookKeyRevealed',
  'WebhookKeySet',
  'WebhookKeyRevoked',
  'WebhookOldKeyUsed',
  'WebhookEndpointDisabled',
  'WebhookEndpointEnabled',
  'ControlTowerAccountEvent',
  'ControlTowerControlEvent',
  'ControlTowerBaselineEvent',
  'ControlTowerUnitEvent',
  'ControlTowerLandingZoneEvent',
  'ControlTowerDriftReported',
  'ControlTowerCallRecorded',
  'AccountCreateResult',
  'AccountCloseResult',
  'AccountJoinedOrganization',
  'AccountDepartedOrganization',
  'EffectivePolicyValidated',
  'OrganizationCallRecorded',
  'ConfigurationItemRecorded',
  'ProductCallRecorded',
  'StackStatusChanged',
  'StackResourceStatusChanged',
  'StackDriftChecked',
  'StackSetStatusChanged',
  'StackSetOperationStatusChanged',
  'StackInstanceStatusChanged',
  'ExecutionStatusChanged',
  'InstanceStateChanged',
  'NetworkInterfaceCallRecorded',
  'MirrorCallRecorded',
  'AccessCallRecorded',
  'SecurityFindingChanged',
  'SecurityFindingActionAsked',
  'AwsEventObserved',
] as const;

export type FactType = (typeof OUTBOUND_TYPES)[number] | (typeof INTERNAL_TYPES)[number];

export const isOutbound = (type: FactType): boolean => (OUTBOUND_TYPES as readonly string[]).includes(type);

/** The first link's predecessor, in every lane. */
export const GENESIS_HASH = `sha256:${'0'.repeat(64)}`;

/** What requests, people and workflows say, in one order. */
export const GOVERNANCE = 0;
/** Observations of AWS are spread over this many more lanes, by account, so that an account's have one order. */
const OBSERVATION_LANES = 4;
export const LANES: readonly number[] = Array.from({ length: 1 + OBSERVATION_LANES }, (_, lane) => lane);

/** The lane of a fact: the same wherever and whenever it is appended. */
export function laneOf(fact: Pick<NewFact, 'source' | 'requestId' | 'accountId' | 'data'>): number {
  if (fact.requestId !== undefined || !fact.source.startsWith('aws.')) return GOVERNANCE;
  let hash = 0;
  for (const digit of String(fact.accountId ?? fact.data.account ?? ''))
    hash = (Math.imul(hash, 31) + digit.charCodeAt(0)) >>> 0;
  return 1 + (hash % OBSERVATION_LANES);
}

/** Stands for what only the database knows; control characters are escaped in JSON, so no fact can contain it. */
const SEQ = '\u0002';
const quoted = (text: string | undefined): string => (text === undefined ? 'null' : JSON.stringify(text));

/**
 * The text that the chain covers, before and after the place, which the database fills in. Written member by
 * member, in the order of RFC 8785: by name.
 * @param recordedAt RFC 3339 UTC with milliseconds
 * @param data canonical JSON of the fact's data
 */
export function factParts(fact: NewFact, recordedAt: string, data: string): [head: string, tail: string] {
  const { id, meaning, type, source, version, occurredAt } = fact;
  return [
    `{"accountId":${quoted(fact.accountId)},"actor":${quoted(fact.actor)},"data":${data},` +
      `"id":${quoted(id)},"meaning":${quoted(meaning)},"occurredAt":${quoted(occurredAt)},"recordedAt":"${recordedAt}",` +
      `"requestId":${quoted(fact.requestId)},"seq":`,
    `,"source":${quoted(source)},"type":${quoted(type)},"version":${canonicalJson(version)}}`,
  ];
}

/** The same in one, with a gap for the place. */
export const factLine = (fact: NewFact, recordedAt: string): string =>
  factParts(fact, recordedAt, canonicalJson(fact.data)).join(SEQ);

/** The exact text that the chain covers: canonical JSON of everything but the hash. */
export const factBody = (fact: Omit<Fact, 'hash' | 'lane'>): string =>
  factLine(fact, fact.recordedAt).replace(SEQ, String(fact.seq));

/** h(i) = SHA-256(h(i-1) + body(i)): an edit, insertion, deletion or reordering breaks every later link of its lane. */
export const chainHash = (previous: string, body: string): string => sha256(previous + body);

/** The head of the whole ledger: over the heads of the lanes, in their order. */
export const ledgerHead = (heads: readonly { lane: number; hash: string }[]): string =>
  sha256(
    [...heads]
      .sort((a, b) => a.lane - b.lane)
      .map((h) => h.hash)
      .join('\n'),
  );
