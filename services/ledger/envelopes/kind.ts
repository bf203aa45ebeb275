import { sha256 } from '../../kernel/canonical-json.ts';
import type { Envelope } from '../envelope.schema.ts';
import type { FactType, NewFact } from '../fact.ts';
import type { Suspicion } from '../suspicion.ts';

/** What an AWS event means here. A wake only tells a parked ask to look; the truth is read by the workflow. */
export type Reading = {
  facts: NewFact[];
  wake?: { accountName: string; organizationalUnitId: string };
  /** Somebody should look for drift there. */
  suspicion?: Suspicion;
};

/** Where events about the organization may come from. Anything else with their name raises no trust. */
export type TrustedSource = {
  managementAccountId: string;
  /** Where Security Hub and the topics of Control Tower are administered. */
  auditAccountId?: string;
};

/**
 * Whose word counts. `management`: the management account, for every account. `itself`: each account, for itself.
 * `security`: the management and the audit account for every account, each other account for itself.
 */
export type Speaker = 'management' | 'itself' | 'security';

/** One kind of event of AWS: how it is told from others, who may say it, and what it becomes. */
export type EventKind = {
  source: string;
  detailType: string;
  /** Names of `detail.eventName`, or what else tells the kind from others of the same detail type. */
  events?: readonly string[];
  fact: FactType;
  /** What the fact changes, for docs/events.md. */
  changes: string;
  speaker: Speaker;
  /** @returns undefined when the detail is not as documented, or speaks for somebody else */
  read(envelope: Envelope, trusted: TrustedSource): Reading | undefined;
};

/** Service events and calls, as EventBridge hands on what CloudTrail recorded. */
export const SERVICE_EVENT = 'AWS Service Event via CloudTrail';
export const API_CALL = 'AWS API Call via CloudTrail';

/** What most kinds do: explain a timeline. */
export const TIMELINE_ONLY = 'timeline';

type Said = {
  type: FactType;
  /** What identifies it: the same parts by every road that it can come by. Account and Region are among them. */
  meaning: readonly (string | number)[];
  version: number;
  accountId?: string | undefined;
  actor?: string | undefined;
  /** Milliseconds; the envelope's time when the detail has none. */
  at?: number | undefined;
  data: Record<string, unknown>;
};

/** @param nth of the facts that one event becomes, from 0 */
export function factOf(envelope: Envelope, said: Said, nth = 0): NewFact {
  return {
    id: nth === 0 ? envelopeId(envelope) : `${envelopeId(envelope)}#${nth}`,
    meaning: meaningOf(said.meaning),
    type: said.type,
    source: envelope.source,
    ...(said.accountId === undefined ? {} : { accountId: said.accountId }),
    version: said.version,
    ...(said.actor === undefined ? {} : { actor: said.actor }),
    occurredAt: new Date(said.at ?? envelope.time).toISOString(),
    data: said.data,
  };
}

/** EventBridge sets account and id; with both, nobody's event is ever taken for another's. */
export const envelopeId = ({ account, id }: Pick<Envelope, 'account' | 'id'>): string =>
  `aws:${account}:${id}`;

/** Longer ones would not fit into an index. */
const LONGEST_MEANING = 512;

/** What identifies a thing, by whatever road it comes. */
export function meaningOf(parts: readonly (string | number)[]): string {
  const meaning = parts.join(':');
  return meaning.length <= LONGEST_MEANING ? meaning : `${meaning.slice(0, 128)}:${sha256(meaning)}`;
}

/** Milliseconds of the envelope, in whole seconds: for what AWS gives no order of its own. */
export const timeOf = (envelope: Envelope): number => Date.parse(envelope.time);

/** What is there; a fact has no members that say nothing. */
export const present = (members: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value != null && value !== ''));

/** The parts of an ARN that say whose it is; undefined when it is none. */
export function arnOf(
  text: string,
): { service: string; region: string; account: string; name: string } | undefined {
  const found = /^arn:aws[a-z-]*:([a-z0-9-]+):([a-z0-9-]*):(\d{12}|):(.+)$/s.exec(text);
  return found
    ? { service: found[1] ?? '', region: found[2] ?? '', account: found[3] ?? '', name: found[4] ?? '' }
    : undefined;
}

/** Whether the ARN is of the account and the Region that sent the envelope. */
export function isOfSender(arn: string, { account, region }: Envelope, service: string): boolean {
  const parts = arnOf(arn);
  return parts?.service === service && parts.account === account && parts.region === region;
}

export const isAccountId = (text: string | undefined): text is string => /^\d{12}$/.test(text ?? '');

/** `arn:aws:organizations::111122223333:ou/o-a1b2c3d4e5/ou-ab12-w0rkl0ad`, or an account's: the last part. */
export const lastPart = (arn: string): string => arn.split('/').at(-1) ?? arn;
