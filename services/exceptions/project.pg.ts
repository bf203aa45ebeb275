import { sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import type { Fact } from '../ledger/fact.ts';

type Row = {
  request_id: string;
  account_id: string;
  control: string;
  resource: string | null;
  owner: string;
  reason: string;
  requested_by: string;
  approved_by: string[];
  expires_at: string;
  requested_at: string;
  granted_at: string;
};
type End = {
  request_id: string;
  state: 'EXPIRED' | 'REVOKED' | 'REPLACED';
  ended_at: string;
  ended_by: string | null;
  end_reason: string | null;
};

/**
 * Writes what facts say of exceptions: granted, then over. Whoever ended one early has the last word, whatever the
 * workflow's timer says afterwards.
 */
export async function projectExceptions(tx: Orm, facts: readonly Fact[]): Promise<void> {
  const ends = facts.flatMap(endOf);
  const rows = facts.flatMap(rowOf);
  // Ends first: the database takes no two in force for the same. And again, for one that begins and ends here.
  await writeEnds(tx, ends);
  if (rows.length === 0) return;
  await writeGranted(tx, rows);
  await writeEnds(tx, ends);
}

function rowOf({ type, requestId, accountId, data, occurredAt }: Fact): Row[] {
  if (type !== 'ExceptionGranted' || requestId === undefined || accountId === undefined) return [];
  return [
    {
      request_id: requestId,
      account_id: accountId,
      control: String(data.control),
      resource: data.resource === null ? null : String(data.resource),
      owner: String(data.owner),
      reason: String(data.reason),
      requested_by: String(data.requestedBy),
      approved_by: data.approvedBy as string[],
      expires_at: String(data.expiresAt),
      requested_at: String(data.requestedAt),
      granted_at: occurredAt,
    },
  ];
}

function endOf({ type, requestId, data, occurredAt, actor }: Fact): End[] {
  if (requestId === undefined) return [];
  const common = { request_id: requestId, ended_at: occurredAt, ended_by: actor ?? null };
  if (type === 'ExceptionExpired') return [{ ...common, state: 'EXPIRED', ended_by: null, end_reason: null }];
  if (type !== 'ExceptionRevoked') return [];
  const state = typeof data.replacedBy === 'string' ? 'REPLACED' : 'REVOKED';
  return [{ ...common, state, end_reason: typeof data.reason === 'string' ? data.reason : null }];
}

async function writeGranted(tx: Orm, rows: readonly Row[]): Promise<void> {
  await tx.execute(sql`
    insert into exceptions (request_id, account_id, control, resource, owner, reason, requested_by, approved_by,
      expires_at, state, requested_at, granted_at)
    select request_id, account_id, control, resource, owner, reason, requested_by, approved_by, expires_at, 'ACTIVE',
      requested_at, granted_at
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as v(request_id text, account_id text, control text,
      resource text, owner text, reason text, requested_by text, approved_by jsonb, expires_at timestamptz,
      requested_at timestamptz, granted_at timestamptz)
    order by request_id
    on conflict (request_id) do update set state = 'ACTIVE', approved_by = excluded.approved_by,
      granted_at = excluded.granted_at
    where exceptions.state = 'REQUESTED'`);
}

async function writeEnds(tx: Orm, ends: readonly End[]): Promise<void> {
  if (ends.length === 0) return;
  await tx.execute(sql`
    update exceptions e set state = v.state, ended_at = v.ended_at, ended_by = v.ended_by, end_reason = v.end_reason
    from (select distinct on (request_id) * from jsonb_to_recordset(${JSON.stringify(ends)}::jsonb) as r(
        request_id text, state text, ended_at timestamptz, ended_by text, end_reason text)
      order by request_id, state = 'EXPIRED') v
    where e.request_id = v.request_id and (e.state = 'ACTIVE' or (e.state = 'EXPIRED' and v.state <> 'EXPIRED'))`);
}
