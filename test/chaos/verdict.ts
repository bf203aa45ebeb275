import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { type Database, rowsOf } from '../../db/client.ts';
import { openDatabase } from '../../db/open.ts';
import type { Execution } from '../../infra/local/engine/documents.ts';
import { QUARANTINE_ID } from '../../infra/local/landing-zone.ts';
import type { OrganizationAccount, PolicyAttachment } from '../../infra/local/organization-tree.ts';
import type { ProductRecord } from '../../infra/local/services/service-catalog/documents.ts';
import { openStore, type Store } from '../../infra/local/store.ts';
import type { Client, RequestStatusAnswer, TimelineItem } from '../../services/cli/client.ts';
import { persist, send, statusOf, type Vend } from './requester.ts';

/** What went wrong, in words; empty lists are what everything is about. */
export type Verdict = {
  /** More accounts, requests or accepted ProvisionProduct calls than were asked for. */
  duplicates: string[];
  /** Acknowledged and not there, or there and changed. */
  lost: string[];
  /** Not at its end although nothing is under way any more. */
  stuck: string[];
};

export const newVerdict = (): Verdict => ({ duplicates: [], lost: [], stuck: [] });

/** Asks the service about every vend, as its requesters would. `person` gives the client of a vend's requester. */
export async function askService(
  verdict: Verdict,
  vends: readonly Vend[],
  operator: Client,
  person: (vend: Vend) => Promise<Client>,
  until: number,
): Promise<Map<string, TimelineItem[]>> {
  const timelines = new Map<string, TimelineItem[]>();
  for (const vend of vends) {
    // The same key once more: it must be the request that was acknowledged first.
    await send(await person(vend), vend, until);
    const name = vend.body.account.name;
    if (vend.ids.size > 1) verdict.duplicates.push(`${name} has the requests ${[...vend.ids].join(', ')}`);
    for (const id of vend.ids) {
      const request = await statusOf(operator, id, until);
      if (!isVended(request)) verdict.stuck.push(`${name} ${id} is ${described(request)}`);
      const path = `/v1/account-requests/${id}/timeline`;
      const { items } = await persist(() => operator.get<{ items: TimelineItem[] }>(path), until);
      timelines.set(id, items);
      for (const type of ONCE) {
        const times = items.filter((item) => item.type === type).length;
        if (times === 0) verdict.lost.push(`${name} ${id} has no ${type} in its timeline`);
        if (times > 1) verdict.duplicates.push(`${name} ${id} has ${type} ${times} times in its timeline`);
      }
    }
  }
  const chain = await persist(
    () => operator.get<{ ok: boolean; brokenAt?: number }>('/v1/ledger/verify'),
    until,
  );
  if (!chain.ok) verdict.lost.push(`the ledger's chain is broken at ${chain.brokenAt}`);
  return timelines;
}

const ONCE = [
  'AccountRequested',
  'ApprovalDecided',
  'ProvisioningStarted',
  'AccountProvisioned',
  'AccountVended',
];

const isVended = (request: RequestStatusAnswer) =>
  request.status === 'ACTIVE' && request.steps.every((step) => step.status === 'succeeded');

const described = ({ status, failure, steps }: RequestStatusAnswer) =>
  `${status}${failure ? ` (${failure.step}: ${failure.detail})` : ''}, open: ${steps
    .filter((s) => s.status !== 'succeeded')
    .map((s) => s.name)
    .join(', ')}`;

/** Opens a copy of the embedded AWS's memory, while it runs or not: a line that is half written is left out. */
function withMemory<T>(awsDir: string, look: (store: Store) => T): T {
  const copy = mkdtempSync(join(tmpdir(), 'jetway-audit-'));
  cpSync(awsDir, copy, { recursive: true });
  const store = openStore(copy);
  try {
    return look(store);
  } finally {
    store.close();
    rmSync(copy, { recursive: true, force: true });
  }
}

/** How many messages the service has not dealt with. */
export const waitingMessages = (awsDir: string): number =>
  withMemory(awsDir, (store) => store.values('sqs/messages/jetway-inbox').length);

/** Reads the embedded AWS's own memory: what it accepted and what exists, whatever the service believes. */
export function auditAws(verdict: Verdict, vends: readonly Vend[], awsDir: string): void {
  withMemory(awsDir, (store) => {
    auditAccounts(verdict, vends, store);
    const accepted = store.values<ProductRecord>('sc/records').filter((r) => r.type === 'PROVISION_PRODUCT');
    if (accepted.length !== vends.length) {
      const list = accepted.length > vends.length ? verdict.duplicates : verdict.lost;
      list.push(`${accepted.length} ProvisionProduct calls were accepted for ${vends.length} requests`);
    }
    for (const execution of store.values<Execution>('states.executions')) {
      if (execution.machineName !== 'account-vending' || execution.status === 'SUCCEEDED') continue;
      verdict.stuck.push(`the execution ${execution.name} is ${execution.status}`);
    }
    const dead = store.values('sqs/messages/jetway-inbox-dlq').length;
    if (dead > 0) verdict.lost.push(`${dead} messages are in the dead-letter queue`);
    const waiting = store.values('sqs/messages/jetway-inbox').length;
    if (waiting > 0) verdict.stuck.push(`${waiting} messages wait in the inbox queue`);
  });
}

function auditAccounts(verdict: Verdict, vends: readonly Vend[], store: Store): void {
  const accounts = store.values<OrganizationAccount>('org/accounts');
  const attachments = store.values<PolicyAttachment>('org/attachments');
  for (const { body } of vends) {
    const { name, email } = body.account;
    const own = accounts.filter((a) => a.Email.toLowerCase() === email || a.Name === name);
    if (own.length === 0) verdict.lost.push(`there is no account ${name}`);
    if (own.length > 1) verdict.duplicates.push(`there are ${own.length} accounts ${name}`);
    for (const { Id } of own) {
      const fenced = attachments.some((a) => a.TargetId === Id && a.PolicyId === QUARANTINE_ID);
      if (fenced) verdict.stuck.push(`the account ${name} ${Id} is still fenced`);
    }
  }
}

/** How many messages of the outbox wait, in a database that another process may have open as well. */
export async function undelivered(url: string): Promise<number> {
  const database = await openDatabase({ url });
  try {
    return (await rowsOf(database.orm, UNDELIVERED)).length;
  } finally {
    await database.close();
  }
}

/** Reads the service's tables: nothing may be left to deliver, to answer or to release. */
export async function auditDatabase(
  verdict: Verdict,
  where: { url: string } | { dir: string },
): Promise<void> {
  const database = await openDatabase(where);
  try {
    for (const [what, rows] of await leftovers(database)) {
      for (const row of rows) verdict.stuck.push(`${what}: ${JSON.stringify(row)}`);
    }
  } finally {
    await database.close();
  }
}

const UNDELIVERED = sql`select kind, key, attempts, last_error from outbox where sent_at is null`;

async function leftovers({ orm }: Database): Promise<[what: string, rows: unknown[]][]> {
  // Only the newest ask of its kind is open; the account event is also waited for by polling.
  const asks = sql`select a.kind, a.request_id from asks a where a.answered_at is null and a.kind <> 'account-event'
    and not exists (select 1 from asks b where b.request_id = a.request_id and b.kind = a.kind and b.ask_order > a.ask_order)`;
  const slots = sql`select request_id, state from admissions where state <> 'released'`;
  return [
    ['not delivered', await rowsOf(orm, UNDELIVERED)],
    ['not answered', await rowsOf(orm, asks)],
    ['slot not released', await rowsOf(orm, slots)],
  ];
}
