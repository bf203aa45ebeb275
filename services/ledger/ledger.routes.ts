import { createRoute, z } from '@hono/zod-openapi';
import type { Orm } from '../../db/client.ts';
import { mayReadLedger } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { router } from '../http/env.ts';
import { AccountBody, json, ListQueryShape, Page, refusals, TimelineBody } from '../http/schemas.ts';
import type { Clock } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';
import { AccountVerification } from './evidence.ts';
import { factsAfter, verifyLedger } from './ledger.pg.ts';
import {
  accountAnswer,
  accountCompliance,
  accountTimeline,
  accountVerification,
  complianceSummary,
  getAccount,
  listAccounts,
  listCompliance,
} from './queries.pg.ts';
import { timelineItem } from './timeline.ts';

export type LedgerRouteDeps = { orm: Orm; clock: Clock; guidanceOf: (control: string) => string };

/** Facts of the chain that are read at once. */
const PAGE_OF_LINKS = 1_000;

const AccountId = z.object({ accountId: z.string().regex(/^\d{12}$/, 'is not an account id (12 digits)') });

export function ledgerRoutes({ orm, clock, guidanceOf }: LedgerRouteDeps) {
  const app = router();

  app.openapi(
    get('/v1/accounts', 'Accounts of your teams', 'accounts', Page(AccountBody), {
      query: z.strictObject({
        ...ListQueryShape,
        status: z.string().optional(),
        ou: z.string().optional(),
        team: z.string().optional(),
        q: z.string().max(100).optional(),
      }),
    }),
    async (c) => c.json(await listAccounts(orm, c.get('who'), c.req.valid('query')), 200),
  );
  app.openapi(
    get('/v1/accounts/{accountId}', 'One account', 'accounts', AccountBody, { params: AccountId }),
    async (c) =>
      c.json(accountAnswer(await getAccount(orm, c.get('who'), c.req.valid('param').accountId)), 200),
  );
  app.openapi(
    get(
      '/v1/accounts/{accountId}/verification',
      'What was read back of it before it was called ACTIVE, thing by thing',
      'accounts',
      AccountVerification,
      { params: AccountId },
    ),
    async (c) => c.json(await accountVerification(orm, c.get('who'), c.req.valid('param').accountId), 200),
  );
  app.openapi(
    get('/v1/accounts/{accountId}/timeline', 'What happened to it', 'accounts', TimelineBody, {
      params: AccountId,
    }),
    async (c) => {
      const facts = await accountTimeline(orm, c.get('who'), c.req.valid('param').accountId);
      return c.json({ items: facts.map(timelineItem) }, 200);
    },
  );
  app.openapi(
    get(
      '/v1/accounts/{accountId}/compliance',
      'Its guardrails and what they found',
      'compliance',
      z.unknown(),
      { params: AccountId },
    ),
    async (c) =>
      c.json(await accountCompliance(orm, c.get('who'), c.req.valid('param').accountId, clock.now()), 200),
  );
  app.openapi(
    get('/v1/compliance', 'Findings of detective guardrails', 'compliance', Page(FindingBody), {
      query: z.strictObject({
        ...ListQueryShape,
        status: z.enum(['COMPLIANT', 'NON_COMPLIANT', 'NOT_APPLICABLE', 'INSUFFICIENT_DATA']).optional(),
        control: z.string().max(128).optional(),
        ou: z.string().max(80).optional(),
      }),
    }),
    async (c) => c.json(await listCompliance(orm, c.get('who'), c.req.valid('query')), 200),
  );
  app.openapi(
    get(
      '/v1/compliance/summary',
      'Accounts, guardrails, compliance in numbers',
      'compliance',
      SummaryBody,
      {},
    ),
    async (c) => c.json(await complianceSummary(orm, c.get('who'), guidanceOf), 200),
  );
  app.openapi(
    get('/v1/ledger/facts', 'Facts in ingest order', 'ledger', Page(FactBody), {
      query: z.strictObject({
        after: z.string().max(64).optional(),
        limit: z.coerce.number().int().min(1).max(1_000).default(100),
      }),
    }),
    async (c) => {
      const who = c.get('who');
      guard(who);
      const { after, limit } = c.req.valid('query');
      const facts = await readAs(orm, who, (reader) => factsAfter(reader, position(after), limit));
      const items = facts.map((f) => ({
        ...timelineItem(f),
        source: f.source,
        ...(f.requestId === undefined ? {} : { requestId: f.requestId }),
        ...(f.accountId === undefined ? {} : { accountId: f.accountId }),
        hash: f.hash,
      }));
      return c.json(
        { items, nextCursor: facts.length === limit ? `p${facts.at(-1)!.seq}` : null } as never,
        200,
      );
    },
  );
  app.openapi(get('/v1/ledger/verify', 'Walks the hash chain', 'ledger', VerifyBody, {}), async (c) => {
    const who = c.get('who');
    guard(who);
    return c.json(await verifyLedger(orm, PAGE_OF_LINKS, (read) => readAs(orm, who, read)), 200);
  });
  return app;
}

/** The cursor is opaque to clients; today it is a position in the chain. */
function position(after: string | undefined): number {
  if (after === undefined) return 0;
  const match = /^p?(\d{1,15})$/.exec(after);
  if (!match)
    throw new Problem('invalid', 'cursor', 'The cursor is not one of ours.', {
      errors: [{ pointer: '/after', message: 'is not a cursor of the ledger' }],
    });
  return Number(match[1]);
}

function guard(who: Parameters<typeof mayReadLedger>[0]): void {
  if (!mayReadLedger(who))
    throw new Problem(
      'forbidden',
      'not-an-auditor',
      'The whole ledger is for the roles operator and auditor; a request has its own timeline.',
    );
}

const FindingBody = z.object({
  accountId: z.string(),
  accountName: z.string(),
  organizationalUnitId: z.string().nullable(),
  region: z.string(),
  rule: z.string(),
  control: z.string().nullable(),
  resourceType: z.string(),
  resourceId: z.string(),
  status: z.string(),
  evaluatedAt: z.string(),
  annotation: z.string().optional(),
});
const FactBody = z.looseObject({ seq: z.number().int(), id: z.string(), type: z.string(), hash: z.string() });
const VerifyBody = z.object({
  ok: z.boolean(),
  facts: z.number().int(),
  head: z.string(),
  brokenAt: z.number().int().optional(),
});
const SummaryBody = z.object({
  accounts: z.object({ total: z.number().int(), byStatus: z.record(z.string(), z.number().int()) }),
  guardrails: z.object({ enabled: z.number().int(), byGuidance: z.record(z.string(), z.number().int()) }),
  compliance: z.object({
    compliant: z.number().int(),
    nonCompliant: z.number().int(),
    unknown: z.number().int(),
  }),
});

function get<P extends string, T extends z.ZodType, R extends object>(
  path: P,
  summary: string,
  tag: string,
  schema: T,
  request: R,
) {
  return createRoute({
    method: 'get',
    path,
    summary,
    tags: [tag],
    security: [{ bearer: [] }],
    request,
    responses: { 200: json(summary, schema), ...refusals },
  });
}
