import type { Envelope } from './envelope.schema.ts';
import { cloudFormationKinds } from './envelopes/cloudformation.ts';
import { configKinds } from './envelopes/config.ts';
import { controlTowerKinds } from './envelopes/control-tower.ts';
import { ec2Kinds } from './envelopes/ec2.ts';
import { identityCenterKinds } from './envelopes/identity-center.ts';
import { type EventKind, envelopeId, type Reading, type TrustedSource } from './envelopes/kind.ts';
import { organizationsKinds } from './envelopes/organizations.ts';
import { securityHubKinds } from './envelopes/security-hub.ts';
import { serviceCatalogKinds } from './envelopes/service-catalog.ts';
import { stepFunctionsKinds } from './envelopes/step-functions.ts';
import type { NewFact } from './fact.ts';
import { suspicionOf } from './suspicion.ts';

export type { Reading, TrustedSource } from './envelopes/kind.ts';
export { requestOfExecution } from './envelopes/step-functions.ts';

/** Every kind of event that is read, in the order of docs/events.md. */
export const EVENT_KINDS: readonly EventKind[] = [
  ...controlTowerKinds,
  ...organizationsKinds,
  ...configKinds,
  ...serviceCatalogKinds,
  ...cloudFormationKinds,
  ...stepFunctionsKinds,
  ...ec2Kinds,
  ...identityCenterKinds,
  ...securityHubKinds,
];

/** Why an event is kept as it came: no such kind; a sender whose word does not count; not in the documented shape. */
export type WhyObserved = 'unknown-kind' | 'untrusted-sender' | 'not-as-documented';

const keyOf = (source: string, detailType: string) => `${source}\n${detailType}`;
const BY_KEY: ReadonlyMap<string, readonly EventKind[]> = new Map(
  EVENT_KINDS.map(({ source, detailType }) => [
    keyOf(source, detailType),
    EVENT_KINDS.filter((kind) => kind.source === source && kind.detailType === detailType),
  ]),
);
const DETAIL_TYPES: ReadonlySet<string> = new Set(EVENT_KINDS.map((kind) => kind.detailType));

/**
 * Reads one EventBridge envelope. A known event in the documented shape becomes its facts; anything else well formed is
 * kept as observed and changes nothing. Events about the organization count only from the management account, and an
 * account speaks for itself alone.
 */
export function readEnvelope(envelope: Envelope, trusted: TrustedSource): Reading {
  const reading = readKnown(envelope, trusted);
  const suspicion = suspicionOf(envelope, trusted);
  return {
    ...(typeof reading === 'string' ? { facts: [observed(envelope, reading)] } : reading),
    ...(suspicion === undefined ? {} : { suspicion }),
  };
}

function readKnown(envelope: Envelope, trusted: TrustedSource): Reading | WhyObserved {
  const candidates = BY_KEY.get(keyOf(envelope.source, envelope['detail-type']));
  if (candidates === undefined) {
    // A detail type of AWS with a source of somebody's own: whoever may call PutEvents can send that.
    const imitated = !envelope.source.startsWith('aws.') && DETAIL_TYPES.has(envelope['detail-type']);
    return imitated ? 'untrusted-sender' : 'unknown-kind';
  }
  const name = eventName(envelope);
  const kinds = candidates.filter(({ events }) => events === undefined || events.includes(name));
  if (kinds.length === 0) return 'unknown-kind';
  for (const kind of kinds) {
    if (kind.speaker === 'management' && envelope.account !== trusted.managementAccountId)
      return 'untrusted-sender';
    const reading = kind.read(envelope, trusted);
    if (reading === undefined) continue;
    return speaksForOthers(kind, envelope, trusted, reading) ? 'untrusted-sender' : reading;
  }
  return 'not-as-documented';
}

/** What tells the kinds of one detail type apart. */
function eventName({ detail }: Envelope): string {
  for (const name of [detail.eventName, detail.messageType]) if (typeof name === 'string') return name;
  return 'DriftType' in detail ? 'DriftType' : '';
}

/** The readers look at it too; here no reader can forget it. */
function speaksForOthers(
  { speaker }: EventKind,
  { account }: Envelope,
  trusted: TrustedSource,
  reading: Reading,
): boolean {
  if (account === trusted.managementAccountId) return false;
  if (speaker === 'security' && account === trusted.auditAccountId) return false;
  return reading.facts.some((fact) => fact.accountId !== account);
}

function observed(envelope: Envelope, why: WhyObserved): NewFact {
  // A name of its own: what is not trusted can never stand in the place of what is.
  const id = envelopeId(envelope).replace(/^aws:/, 'aws-observed:');
  return {
    id,
    meaning: id,
    type: 'AwsEventObserved',
    source: envelope.source,
    version: 0,
    // `time` is the sender's word: good for a timeline, never for order.
    occurredAt: new Date(envelope.time).toISOString(),
    data: {
      detailType: envelope['detail-type'],
      account: envelope.account,
      region: envelope.region,
      why,
      detail: envelope.detail,
    },
  };
}
