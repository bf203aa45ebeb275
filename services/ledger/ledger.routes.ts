import { createRoute, z } from '@hono/zod-openapi';
import type { Orm } from '../../db/client.ts';
import { mayReadLedger } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { router } from '../http/env.ts';
import { AccountBody, AccountTimelineBody, json, ListQueryShape, Page, refusals } from '../http/schemas.ts';
import type { Clock } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';
import { accountComplianceAsOf } from './account-as-of.pg.ts';
import { accountCompliance } from './account-compliance.pg.ts';
import { accountsAsOf, findingsAsOf, type Instant } from './as-of.pg.ts';
import { blueprintSpread } from './blueprints.pg.ts';
import { changesBetween } from './changes.pg.ts';
import type { CheckpointDeps } from './checkpoints.pg.ts';
import { AccountVerification } from './evidence.ts';
import { listCompliance } from './findings.pg.ts';
import { factsAfter } from './ledger.pg.ts';
import { nonCompliantAccounts } from './open-accounts.pg.ts';
import { placesAfter, readPlaces, writePlaces } from './places.ts';
import {
  accountAnswer,
  accountTimeline,
  accountVerification,
  getAccount,
  listAccounts,
} from './queries.pg.ts';
import { complianceSummary, complianceTrend } from './summary.pg.ts';
import { timelineItem } from './timeline.ts';
import { verifyFor } from './verify-for.pg.ts';

export type LedgerRouteDeps = {
  orm: Orm;
  clock: Clock;
  guidanceOf: (control: string) => string;
  /** The version of a blueprint now. */
  blueprintVersionOf: (name: string) => string | undefined;
  custody: CheckpointDeps;
};

const MONTH_MS = 30 * 86_400_000;
const LONGEST_TREND_MS = 400 * 86_400_000;

const Time = z.iso.datetime({ offset: true, error: 'is not a time (RFC 3339, as in 2026-03-04T10:00:00Z)' });
/** `asOf`: what was true then. `knownAt`: as far as the ledger knew at that time; only together with `asOf`. */
const AsOfShape = { asOf: Time.optional(), knownAt: Time.optional() };

/** @throws Problem for a `knownAt` alone */
function instantOf(asOf: string | undefined, knownAt: string | undefined): Instant | undefined {
  if (asOf !== undefined)
    return { asOf: new Date(asOf), ...(knownAt === undefined ? {} : { knownAt: new Date(knownAt) }) };
  if (knownAt === undefined) return undefined;
  throw new Problem(
    'invalid',
    'known-at',
    'What was known at a time is asked about an instant: give `asOf` too.',
    {
      errors: [{ pointer: '/knownAt', message: 'needs asOf' }],
    },
  );
}

const yesOrNo = (word: 'true' | 'false' | undefined): boolean | undefined =>
  word === undefined ? undefined : word === 'true';

const AccountId = z.object({ accountId: z.string().regex(/^\d{12}$/, 'is not an account id (12 digits)') });

export function ledgerRoutes({ orm, clock, guidanceOf, blueprintVersionOf, custody }: LedgerRouteDeps) {
  const app = router();

  app.openapi(
    get('/v1/accounts', 'Accounts of your teams', 'accounts', Page(AccountBody), {
      query: z.strictObject({
        ...ListQueryShape,
        status: z.string().optional(),
        ou: z.string().optional(),
        team: z.string().optional(),
        q: z.string().max(100).optional(),
        /** A control: accounts that do not have it. */
        without: z.string().min(1).max(128).optional(),
        /** The blueprint that it was made of, as `standard`, or one of its versions, as `standard@1.3.0`. */
        blueprint: z
          .string()
          .regex(/^[a-z0-9-]{1,64}(@\d+\.\d+\.\d+)?$/, 'is not a blueprint, as in standard or standard@1.3.0')
          .optional(),
        ...AsOfShape,
      }),
    }),
    async (c) => {
      const { asOf, knownAt, ...query } = c.req.valid('query');
      const instant = instantOf(asOf, knownAt);
      const list = instant
        ? accountsAsOf(orm, c.get('who'), query, instant)
        : listAccounts(orm, c.get('who'), query);
      return c.json(await list, 200);
    },
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
    get('/v1/accounts/{accountId}/timeline', 'What happened to it', 'accounts', AccountTimelineBody, {
      params: AccountId,
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(1_000).optional(),
        cursor: z.string().max(64).optional(),
      }),
    }),
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const page = { places: readPlaces(cursor, '/cursor'), ...(limit === undefined ? {} : { limit }) };
      const { accountId } = c.req.valid('param');
      const { facts, next } = await accountTimeline(orm, c.get('who'), accountId, page);
      return c.json({ items: facts.map(timelineItem), nextCursor: next && writePlaces(next) } as never, 200);
    },
  );
  app.openapi(
    get(
      '/v1/accounts/{accountId}/compliance',
      'Its guardrails and what they found',
      'compliance',
      z.unknown(),
      { params: AccountId, query: z.strictObject(AsOfShape) },
    ),
    async (c) => {
      const { accountId } = c.req.valid('param');
      const { asOf, knownAt } = c.req.valid('query');
      const instant = instantOf(asOf, knownAt);
      const answer = instant
        ? accountComplianceAsOf(orm, c.get('who'), accountId, instant)
        : accountCompliance(orm, c.get('who'), accountId, clock.now());
      return c.json(await answer, 200);
    },
  );
  app.openapi(
    get('/v1/compliance', 'Findings of detective guardrails', 'compliance', Page(FindingBody), {
      query: z.strictObject({
        ...ListQueryShape,
        status: z.enum(['COMPLIANT', 'NON_COMPLIANT', 'NOT_APPLICABLE', 'INSUFFICIENT_DATA']).optional(),
        control: z.string().max(128).optional(),
        ou: z.string().max(80).optional(),
        drift: z.enum(['true', 'false']).optional(),
        /** Violations that stand by an approved exception, or everything else. */
        excepted: z.enum(['true', 'false']).optional(),
        ...AsOfShape,
      }),
    }),
    async (c) => {
      const { asOf, knownAt, drift, excepted, ...rest } = c.req.valid('query');
      const query = { ...rest, drift: yesOrNo(drift), excepted: yesOrNo(excepted) };
      const instant = instantOf(asOf, knownAt);
      const list = instant
        ? findingsAsOf(orm, c.get('who'), query, instant)
        : listCompliance(orm, c.get('who'), query, clock.now());
      return c.json(await list, 200);
    },
  );
  app.openapi(
    get(
      '/v1/compliance/accounts',
      'Accounts with violations of guardrails, those with most first',
      'compliance',
      Page(OpenAccountBody),
      {
        query: z.strictObject({
          ...ListQueryShape,
          ou: z.string().max(80).optional(),
          team: z.string().max(64).optional(),
          control: z.string().max(128).optional(),
        }),
      },
    ),
    async (c) =>
      c.json(await nonCompliantAccounts(orm, c.get('who'), c.req.valid('query'), clock.now()), 200),
  );
  app.openapi(
    get(
      '/v1/compliance/blueprints',
      'How the versions of blueprints are spread over accounts',
      'compliance',
      z.object({ items: z.array(BlueprintUseBody) }),
      {},
    ),
    async (c) => c.json({ items: await blueprintSpread(orm, c.get('who'), blueprintVersionOf) }, 200),
  );
  app.openapi(
    get(
      '/v1/compliance/changes',
      'What changed between two instants: accounts, their guardrails, their state of compliance, in the order of time',
      'compliance',
      Page(ChangeBody),
      {
        query: z.strictObject({
          ...ListQueryShape,
          from: Time,
          to: Time.optional(),
          accountId: AccountId.shape.accountId.optional(),
          /** Every finding that turned, too. */
          findings: z.enum(['true', 'false']).optional(),
        }),
      },
    ),
    async (c) => {
      const { from, to, findings, ...rest } = c.req.valid('query');
      const query = { ...rest, findings: yesOrNo(findings) };
      const period = { from: new Date(from), to: to === undefined ? clock.now() : new Date(to) };
      if (period.from > period.to)
        throw new Problem('invalid', 'period', 'Changes go from one instant to a later one.', {
          errors: [{ pointer: '/from', message: 'is not before `to`' }],
        });
      return c.json(await changesBetween(orm, c.get('who'), { ...query, ...period }), 200);
    },
  );
  app.openapi(
    get(
      '/v1/compliance/trend',
      'Accounts by their state of compliance, day by day',
      'compliance',
      z.object({ items: z.array(TrendBody) }),
      { query: z.strictObject({ from: Time.optional(), to: Time.optional(), knownAt: Time.optional() }) },
    ),
    async (c) => {
      const { from, to, knownAt } = c.req.valid('query');
      const end = to === undefined ? clock.now() : new Date(to);
      const start = from === undefined ? new Date(end.getTime() - MONTH_MS) : new Date(from);
      if (start > end || end.getTime() - start.getTime() > LONGEST_TREND_MS)
        throw new Problem(
          'invalid',
          'period',
          'A trend goes from one instant to a later one, over 400 days at most.',
          {
            errors: [{ pointer: '/from', message: 'is not before `to`, or more than 400 days before it' }],
          },
        );
      const known = knownAt === undefined ? undefined : new Date(knownAt);
      return c.json({ items: await complianceTrend(orm, c.get('who'), start, end, known) }, 200);
    },
  );
  app.openapi(
    get('/v1/compliance/summary', 'Accounts, guardrails, compliance in numbers', 'compliance', SummaryBody, {
      query: z.strictObject(AsOfShape),
    }),
    async (c) => {
      const { asOf, knownAt } = c.req.valid('query');
      const when = instantOf(asOf, knownAt) ?? { now: clock.now() };
      return c.json(await complianceSummary(orm, c.get('who'), guidanceOf, when), 200);
    },
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
      const places = readPlaces(after);
      const facts = await readAs(orm, who, (reader) => factsAfter(reader, places, limit));
      const items = facts.map((f) => ({
        ...timelineItem(f),
        source: f.source,
        ...(f.requestId === undefined ? {} : { requestId: f.requestId }),
        ...(f.accountId === undefined ? {} : { accountId: f.accountId }),
        hash: f.hash,
      }));
      return c.json(
        {
          items,
          nextCursor: facts.length === limit ? writePlaces(placesAfter(places, facts)) : null,
        } as never,
        200,
      );
    },
  );
  app.openapi(get('/v1/ledger/verify', 'Walks the hash chain', 'ledger', VerifyBody, {}), async (c) => {
    const who = c.get('who');
    guard(who);
    return c.json(await verifyFor(orm, who, custody), 200);
  });
  return app;
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
  /** The approved exception by which a violation stands. */
  exception: z.object({ requestId: z.string(), expiresAt: z.string(), reason: z.string() }).optional(),
});
const OpenAccountBody = z.object({
  accountId: z.string(),
  name: z.string(),
  organizationalUnitId: z.string().nullable(),
  team: z.string().nullable(),
  violations: z.number().int(),
  /** As many of them stand by an approved exception. */
  excepted: z.number().int(),
});
const ChangeBody = z.looseObject({
  at: z.string(),
  accountId: z.string(),
  name: z.string(),
  what: z.enum(['account', 'identity', 'guardrail', 'compliance', 'finding']),
});
/** Accounts with guardrails by how they stand. `excepted`: every violation of theirs stands by an approved exception. */
const StatesShape = {
  compliant: z.number().int(),
  nonCompliant: z.number().int(),
  excepted: z.number().int(),
  unknown: z.number().int(),
};
const TrendBody = z.object({ at: z.string(), ...StatesShape });
const FactBody = z.looseObject({ seq: z.number().int(), id: z.string(), type: z.string(), hash: z.string() });
const VerifyBody = z.object({
  ok: z.boolean(),
  facts: z.number().int(),
  head: z.string(),
  brokenAt: z.number().int().optional(),
  /** Signed statements of what the ledger was, kept outside of the database; `refused` are not of our key. */
  checkpoints: z.object({
    held: z.number().int(),
    refused: z.number().int(),
    newest: z.string().optional(),
  }),
  /** Facts of months that are in the archive: what stands for them is signed and fits the chain. Their files were not read. */
  archive: z
    .object({ months: z.array(z.string()), facts: z.number().int(), refused: z.number().int() })
    .optional(),
});
const BlueprintUseBody = z.object({
  name: z.string(),
  /** Null: the account follows a plan from before versions were written down, or its vend is not over. */
  version: z.string().nullable(),
  accounts: z.number().int(),
  /** Whether the blueprint has this version now; null where the version is not known. */
  newest: z.boolean().nullable(),
});
const SummaryBody = z.object({
  accounts: z.object({ total: z.number().int(), byStatus: z.record(z.string(), z.number().int()) }),
  guardrails: z.object({ enabled: z.number().int(), byGuidance: z.record(z.string(), z.number().int()) }),
  compliance: z.object(StatesShape),
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
