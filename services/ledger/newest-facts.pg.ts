import { type SQL, sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { LANES } from './fact.ts';

export type NewestFact = {
  lane: number;
  seq: number;
  id: string;
  type: string;
  source: string;
  requestId: string | null;
  accountId: string | null;
  actor: string | null;
  occurredAt: string;
  recordedAt: string;
  hash: string;
};

export type NewestQuery = {
  /** Only facts before this place in the one order of all lanes. */
  before?: number | undefined;
  type?: string | undefined;
  limit: number;
};

/** Facts with the newest first. Each lane is read by its key, so it costs the same however many there are. */
export const newestFacts = (orm: Orm, who: Principal, query: NewestQuery): Promise<NewestFact[]> =>
  readAs(orm, who, async (reader) => {
    const { before, type, limit } = query;
    const ofLane = (
      lane: number,
    ): SQL => sql`(select lane, seq, id, type, source, request_id, account_id, actor, occurred_at,
        recorded_at, hash from facts where lane = ${lane}
        and ${before === undefined ? sql`true` : sql`seq < ${before}`}
        and ${type === undefined ? sql`true` : sql`type = ${type}`} order by seq desc limit ${limit + 1})`;
    const rows = await rowsOf<NewestFact>(
      reader,
      sql`select lane, seq::float8 as seq, id, type, source, request_id as "requestId", account_id as "accountId", actor,
          occurred_at as "occurredAt", recorded_at as "recordedAt", hash
        from (${sql.join(LANES.map(ofLane), sql` union all `)}) f order by f.seq desc limit ${limit + 1}`,
    );
    return rows.map((row) => ({
      ...row,
      seq: Number(row.seq),
      occurredAt: new Date(row.occurredAt).toISOString(),
      recordedAt: new Date(row.recordedAt).toISOString(),
    }));
  });
