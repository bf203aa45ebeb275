import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../services/cli/client.ts';

/** When to kill. */
export type Moment =
  /** So long after the process was spawned: initdb, migrations, the first reading of the organization, recovery. */
  | { kind: 'start'; afterMs: number }
  /** As soon as the ledger shows a fact of this type. */
  | { kind: 'fact'; type: string }
  /** As soon as the embedded AWS has written down that a vend entered this state: before it has done its work. */
  | { kind: 'state'; name: string }
  /** As soon as the embedded AWS has changed this collection of its memory. */
  | { kind: 'aws'; collection: string }
  /** So long after the kill before it has been recovered from. */
  | { kind: 'clock'; afterMs: number }
  /** So long after: not the process, but all its connections to the database are cut. */
  | { kind: 'cut'; afterMs: number };

export const nameOf = (moment: Moment): string => {
  switch (moment.kind) {
    case 'start':
      return `${moment.afterMs} ms after the start`;
    case 'fact':
      return `after ${moment.type}`;
    case 'state':
      return `on entering "${moment.name}"`;
    case 'aws':
      return `after a change of ${moment.collection}`;
    case 'clock':
      return `${moment.afterMs} ms later`;
    case 'cut':
      return `connections to the database cut ${moment.afterMs} ms later`;
  }
};

/** Facts of a vend, in their order. */
export const FACTS = [
  'AccountRequested',
  'ApprovalRequested',
  'ApprovalDecided',
  'AccountQueued',
  'AdmissionGranted',
  'ApprovalConfirmed',
  'ProvisioningStarted',
  'AccountProvisioned',
  'BlueprintApplied',
  'GuardrailsAttached',
  'AccountVended',
  'AccessAssigned',
] as const;

/** What the embedded AWS writes at the points where a crash hurts most. */
export const AWS_CHANGES = [
  'sc/tokens',
  'org/create-account',
  'org/accounts',
  'cloudformation/stacks/',
  'sso/assignments',
  'sqs/bodies/jetway-inbox',
  'states.tokens',
] as const;

/** Reads what is appended to the embedded AWS's journal. It is looked at every few milliseconds. */
export function openJournalTail(file: string) {
  const sizeOf = () => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  let offset = 0;
  let rest = '';
  const next = (): string => {
    const size = sizeOf();
    // Compaction starts the file anew.
    if (size < offset) {
      offset = 0;
      rest = '';
    }
    if (size === offset) return '';
    const bytes = Buffer.alloc(size - offset);
    const fd = openSync(file, 'r');
    const read = readSync(fd, bytes, 0, bytes.length, offset);
    closeSync(fd);
    offset += read;
    return bytes.subarray(0, read).toString('utf8');
  };
  return {
    /** From here on only what is new counts. */
    skip() {
      offset = sizeOf();
      rest = '';
    },
    /** Whether `text` has been written since. */
    saw(text: string): boolean {
      // A text may be cut by the edge of two reads.
      const seen = rest + next();
      const at = seen.indexOf(text);
      // What stands behind it may be what is waited for next.
      rest = at < 0 ? seen.slice(-1_000) : seen.slice(at + text.length);
      return at >= 0;
    },
  };
}

export type JournalTail = ReturnType<typeof openJournalTail>;

const journalText = (moment: Moment & { kind: 'state' | 'aws' }): string =>
  moment.kind === 'state' ? `StateEntered","details":{"name":"${moment.name}"` : `["${moment.collection}`;

/** @returns whether the moment came; false when `giveUp` said so first */
export async function waitForState(
  moment: Moment & { kind: 'state' | 'aws' },
  tail: JournalTail,
  giveUp: () => boolean,
): Promise<boolean> {
  const text = journalText(moment);
  while (!giveUp()) {
    if (tail.saw(text)) return true;
    await sleep(1);
  }
  return false;
}

/** A place in the ledger to go on reading from. */
export type Place = { after: string | undefined };

type FactPage = { items: { seq: number; type: string; requestId?: string }[]; nextCursor: string | null };

/** Looks through the ledger's facts from `place` on until one is of this type; answers that fail are asked for again. */
export async function waitForFact(
  type: string,
  operator: Client,
  place: Place,
  giveUp: () => boolean,
): Promise<boolean> {
  while (!giveUp()) {
    const page = await operator.get<FactPage>(factsPath(place)).catch(() => undefined);
    const last = page?.items.at(-1);
    if (last) place.after = String(last.seq);
    if (page?.items.some((fact) => fact.type === type)) return true;
    await sleep(page && page.items.length > 0 ? 0 : 10);
  }
  return false;
}

/** Moves `place` to the end of the ledger. */
export async function skipFacts(operator: Client, place: Place): Promise<void> {
  for (;;) {
    const page = await operator.get<FactPage>(factsPath(place)).catch(() => undefined);
    const last = page?.items.at(-1);
    if (!last) return;
    place.after = String(last.seq);
  }
}

const factsPath = ({ after }: Place) =>
  `/v1/ledger/facts?limit=1000${after === undefined ? '' : `&after=${after}`}`;
