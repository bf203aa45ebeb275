import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { ofOwnRequests } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';

/** How many requests are open, and a mark that is another one as soon as any of them has moved, come or gone. */
export type Pulse = { underWay: number; waiting: number; stuck: number; mark: string };

/** Of the requests that the person may see, in one statement. */
export const requestPulse = (orm: Orm, who: Principal): Promise<Pulse> =>
  readAs(orm, who, async (reader) => {
    const [row] = await rowsOf<Pulse>(
      reader,
      sql`select count(*) filter (where v.status not in ('AWAITING_APPROVAL', 'QUARANTINED'))::int as "underWay",
          count(*) filter (where v.status = 'AWAITING_APPROVAL')::int as waiting,
          count(*) filter (where v.status = 'QUARANTINED')::int as stuck,
          coalesce(md5(string_agg(v.request_id || v.status || v.updated_at, ',' order by v.request_id)), 'none') as mark
        from request_views v join account_requests r on r.id = v.request_id
        where not v.terminal and v.status <> 'ACTIVE'
          and ${ofOwnRequests(who, { id: sql`v.request_id`, team: sql`v.team`, kind: sql`r.kind` })}`,
    );
    return row!;
  });
