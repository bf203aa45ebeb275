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

export type Fact = NewFact & { seq: number; recordedAt: string; hash: string };

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

/** The first link's predecessor. */
export const GENESIS_HASH = `sha256:${'0'.repeat(64)}`;

/** The exact text that the chain covers. */
export function factBody(fact: Omit<Fact, 'hash'>): string {
  return canonicalJson({
    seq: fact.seq,
    id: fact.id,
    meaning: fact.meaning,
    type: fact.type,
    source: fact.source,
    requestId: fact.requestId ?? null,
    accountId: fact.accountId ?? null,
    version: fact.version,
    actor: fact.actor ?? null,
    occurredAt: fact.occurredAt,
    recordedAt: fact.recordedAt,
    data: fact.data,
  });
}

/** h(i) = SHA-256(h(i-1) + body(i)): an edit, insertion, deletion or reordering breaks every later link. */
export const chainHash = (previous: string, body: string): string => sha256(previous + body);

/** Gives new facts their place, time and link. Facts keep the order in which they are handed in. */
export function link(head: { seq: number; hash: string }, facts: readonly NewFact[], recordedAt: string) {
  const linked: { fact: Fact; body: string }[] = [];
  let { seq, hash } = head;
  for (const fact of facts) {
    seq += 1;
    const body = factBody({ ...fact, seq, recordedAt });
    hash = chainHash(hash, body);
    linked.push({ fact: { ...fact, seq, recordedAt, hash }, body });
  }
  return { linked, head: { seq, hash } };
}
