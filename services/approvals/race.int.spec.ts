import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../db/client.ts';
import { counted } from '../../test/support/counts.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { openService, type Service, type Vend } from '../../test/support/service.ts';
import type { Problem } from '../kernel/errors.ts';
import { decide } from './approvals.pg.ts';

const REQUESTS = counted(10_000);
const NAMES = ['ben', 'cem', 'dua', 'eva', 'fay', 'gus', 'hal', 'ida'];

/** One writer at a time is no race: this is for a real server. */
describe.each(databases.filter(({ name }) => name === 'Postgres'))(
  'decisions at once on $name',
  ({ open }) => {
    let opened: OpenedDatabase;
    let service: Service;
    let vend: Vend;
    beforeAll(async () => {
      opened = await open();
      service = openService(opened.database);
      await service.setSnapshot();
      vend = await service.submit();
    });
    afterAll(() => opened.close());

    /** As many as are wanted, each a copy of a real one. */
    async function copies(prefix: string, count: number): Promise<string[]> {
      await service.orm.execute(sql`
      insert into account_requests (id, kind, team, requested_by, idempotency_key, body_digest, body, plan_digest,
          plan_text, created_at)
        select ${prefix}::text || n, kind, team, requested_by, ${prefix}::text || n, body_digest, body, plan_digest,
          plan_text, created_at
        from account_requests, generate_series(1, ${count}::int) n where id = ${vend.requestId}`);
      await service.orm.execute(sql`
      insert into request_views (request_id, team, status, terminal, account_id, account_name,
          organizational_unit_id, view, created_at, updated_at)
        select ${prefix}::text || n, team, status, terminal, account_id, account_name, organizational_unit_id, view,
          created_at, updated_at
        from request_views, generate_series(1, ${count}::int) n where request_id = ${vend.requestId}`);
      return Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`);
    }
    const decideAs = (requestId: string, name: string, decision: 'approve' | 'deny') =>
      decide(
        service.deps,
        { subject: `${name}@example.com`, teams: [vend.team], roles: ['approver'] },
        { requestId, planDigest: vend.planDigest, decision, via: 'api' },
      );

    it(`${REQUESTS} requests with eight who decide at once have ${REQUESTS} winners; every loser is told who won`, async () => {
      const ids = await copies('race-', REQUESTS);
      let winners = 0;
      let losers = 0;
      for (const id of ids) {
        const results = await Promise.allSettled(
          NAMES.map((name, i) => decideAs(id, name, i % 2 === 0 ? 'approve' : 'deny')),
        );
        const won = results.flatMap((r) => (r.status === 'fulfilled' ? [r.value] : []));
        expect(won).toHaveLength(1);
        winners += won.length;
        for (const result of results) {
          if (result.status === 'fulfilled') continue;
          const { code, extra } = result.reason as Problem;
          expect({ code, by: extra.decidedBy, at: extra.decidedAt }).toEqual({
            code: 'already-decided',
            by: won[0]?.decidedBy,
            at: won[0]?.decidedAt,
          });
          losers += 1;
        }
      }
      expect({ winners, losers }).toEqual({ winners: REQUESTS, losers: 7 * REQUESTS });
      const [counts] = await rowsOf<Record<string, number>>(
        service.orm,
        sql`select (select count(*)::int from verdicts where request_id like 'race-%') as verdicts,
            (select count(*)::int from decisions where request_id like 'race-%') as decisions,
            (select count(*)::int from facts where request_id like 'race-%' and type = 'ApprovalDecided') as facts,
            (select count(*)::int from facts where type = 'ApprovalAttempted' and data ->> 'requestId' like 'race-%'
              and data ->> 'outcome' = 'allowed') as allowed,
            (select count(*)::int from facts where type = 'ApprovalAttempted' and data ->> 'requestId' like 'race-%'
              and data ->> 'reason' = 'already-decided') as refused`,
      );
      expect(counts).toEqual({
        verdicts: REQUESTS,
        decisions: REQUESTS,
        facts: REQUESTS,
        allowed: REQUESTS,
        refused: 7 * REQUESTS,
      });
    }, 10_800_000);

    it('three of five take exactly three people, however often each of them clicks', async () => {
      await service.setSettings({
        policies: [
          { name: 'three', stages: [{ name: 'team', approvers: [{ requestTeam: true }], quorum: 3 }] },
        ],
      });
      vend = await service.submit();
      for (const id of await copies('quorum-', counted(1_000))) {
        const clicks = NAMES.slice(0, 5).flatMap((name) => [name, name.toUpperCase()]);
        const results = await Promise.allSettled(clicks.map((name) => decideAs(id, name, 'approve')));
        const given = results.flatMap((r) => (r.status === 'fulfilled' ? [r.value] : []));
        expect(new Set(given.map((d) => d.decidedBy.toLowerCase())).size).toBe(3);
        expect(given.map((d) => d.outcome).sort()).toEqual(['approved', 'open', 'open']);
      }
    }, 10_800_000);
  },
);
