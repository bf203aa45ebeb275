import { createRoute, z } from '@hono/zod-openapi';
import type { Orm } from '../../db/client.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { router } from '../http/env.ts';
import { json, ListQueryShape, Page, refusals } from '../http/schemas.ts';
import type { Clock } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';
import { type AttemptQuery, listAttempts, recordRefusedMinutes } from './attempts.pg.ts';
import { AttemptBody } from './attempts.schema.ts';
import { csvHeader, csvLine } from './attempts-csv.ts';

/** Lines that are read at once for an export. */
const EXPORT_PAGE = 1_000;

const Day = z.iso.datetime({ offset: true });

const readAttempts = createRoute({
  method: 'get',
  path: '/v1/approvals/attempts',
  summary: 'Everything that somebody tried to decide, cancel, confirm, resume or change, allowed or refused',
  description: 'With `Accept: text/csv` or `?format=csv` all of it as one file.',
  tags: ['ledger'],
  security: [{ bearer: [] }],
  request: {
    query: z.strictObject({
      ...ListQueryShape,
      from: Day.optional(),
      to: Day.optional(),
      format: z.enum(['json', 'csv']).optional(),
    }),
    headers: z.looseObject({ accept: z.string().optional() }),
  },
  responses: {
    200: {
      description: 'In the order of the ledger',
      content: {
        'application/json': json('', Page(AttemptBody)).content['application/json'],
        'text/csv': { schema: z.string() },
      },
    },
    ...refusals,
  },
});

export function attemptRoutes(deps: { orm: Orm; clock: Clock }) {
  const app = router();
  app.openapi(readAttempts, async (c) => {
    const who = c.get('who');
    if (!who.roles.includes('auditor'))
      throw new Problem('forbidden', 'not-an-auditor', 'Who tried what is for the role auditor.');
    const { limit, cursor, from, to, format } = c.req.valid('query');
    // Callbacks of this minute are still being counted.
    await recordRefusedMinutes(deps);
    const query = { after: position(cursor), from, to };
    if (format === 'csv' || (format === undefined && prefersCsv(c.req.header('accept')))) {
      c.header('content-type', 'text/csv; charset=utf-8');
      c.header('content-disposition', 'attachment; filename="approval-attempts.csv"');
      c.header('cache-control', 'no-store');
      return c.body(exported(deps.orm, who, query)) as never;
    }
    const items = await readAs(deps.orm, who, (reader) => listAttempts(reader, { ...query, limit }));
    const nextCursor = items.length === limit ? `p${items.at(-1)?.seq}` : null;
    return c.json({ items, nextCursor }, 200);
  });
  return app;
}

const prefersCsv = (accept = ''): boolean => /^\s*text\/csv\b/i.test(accept);

/** The cursor is opaque to clients; today it is a position in the chain. */
function position(cursor: string | undefined): number {
  const match = /^p(\d{1,15})$/.exec(cursor ?? 'p0');
  if (match) return Number(match[1]);
  throw new Problem('invalid', 'cursor', 'The cursor is not one of ours.', {
    errors: [{ pointer: '/cursor', message: 'is not a cursor of this list' }],
  });
}

/** Page after page as they are asked for, so that a long ledger fits into little memory. */
function exported(orm: Orm, who: Principal, query: Omit<AttemptQuery, 'limit'>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let after = query.after;
  return new ReadableStream({
    start: (stream) => stream.enqueue(encoder.encode(csvHeader)),
    async pull(stream) {
      const page = await readAs(orm, who, (reader) =>
        listAttempts(reader, { ...query, after, limit: EXPORT_PAGE }),
      );
      if (page.length > 0) stream.enqueue(encoder.encode(page.map(csvLine).join('')));
      after = page.at(-1)?.seq ?? after;
      if (page.length < EXPORT_PAGE) stream.close();
    },
  });
}
