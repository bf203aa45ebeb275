import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Orm } from '../../db/client.ts';
import { mayReadSettings, type Principal } from '../access/principal.ts';
import { type AppEnv, router } from '../http/env.ts';
import { json, ListQueryShape, Page, precondition, RequestBody, refusals } from '../http/schemas.ts';
import type { Clock, Ids } from '../kernel/context.ts';
import { Problem } from '../kernel/errors.ts';
import { canonicalSubject, sharePerson } from '../people/person.ts';
import { idempotencyKey } from '../requests/idempotency.ts';
import type { Intake } from '../requests/intake.ts';
import { requestAnswer } from '../requests/request-answer.ts';
import { getRequest } from '../requests/requests.pg.ts';
import { submit } from '../requests/submit.pg.ts';
import { settingsHistory } from './history.pg.ts';
import { type SettingsChangePlanner, settingsChangeIntake } from './intake.ts';
import type { SettingsStore } from './settings.pg.ts';
import { Delegation, Settings } from './settings.schema.ts';
import { DelegationBody, SettingsChangeBody, SettingsChangePlan } from './settings-change.schema.ts';

export type SettingsRouteDeps = {
  orm: Orm;
  clock: Clock;
  ids: Ids;
  settings: SettingsStore;
  planSettingsChange: SettingsChangePlanner;
};

export function settingsRoutes(deps: SettingsRouteDeps) {
  const { orm, settings, ids, planSettingsChange } = deps;
  const app = router();

  app.openapi(readSettings, async (c) => {
    const current = await settings.current(orm);
    c.header('ETag', `"${current.version}"`);
    const { policies, ...rest } = current.settings;
    const seen = mayReadSettings(c.get('who')) ? rest : {};
    return c.json({ version: current.version, policies, ...seen }, 200);
  });

  app.openapi(readVersions, async (c) => c.json(await settingsHistory(orm, c.req.valid('query')), 200));

  app.openapi(changeSettings, async (c) => {
    const version = expectedVersion(c.req.header('if-match'));
    const change = c.req.valid('json');
    if (c.req.valid('query').dryRun === 'true')
      return c.json(await planSettingsChange(`dry-run-${ids.uuid()}`, change, version), 200);
    return accept(c, deps, settingsChangeIntake(planSettingsChange, change, version));
  });

  app.openapi(readDelegations, async (c) => {
    const { settings: document } = await settings.current(orm);
    const own = document.delegations.filter((d) =>
      [d.from, d.to].some((s) => isSelf(s, c.get('who'), document)),
    );
    return c.json({ items: own, nextCursor: null }, 200);
  });

  app.openapi(delegate, async (c) => {
    const { reason, ...absence } = c.req.valid('json');
    const delegation = { from: canonicalSubject(c.get('who').subject), ...absence };
    return accept(c, deps, settingsChangeIntake(planSettingsChange, { delegation, reason }));
  });

  app.openapi(retract, async (c) => {
    const { reason, ...absence } = c.req.valid('json');
    const { settings: document } = await settings.current(orm);
    const written = document.delegations.find(
      (one) => isSelf(one.from, c.get('who'), document) && sameAbsence(one, absence),
    );
    const retraction = written ?? { from: canonicalSubject(c.get('who').subject), ...absence };
    return accept(c, deps, settingsChangeIntake(planSettingsChange, { retraction, reason }));
  });
  return app;
}

/** The same deputy for the same time, however it is written. */
const sameAbsence = (a: Omit<Delegation, 'from'>, b: Omit<Delegation, 'from'>): boolean =>
  canonicalSubject(a.to) === canonicalSubject(b.to) &&
  Date.parse(a.startsAt) === Date.parse(b.startsAt) &&
  Date.parse(a.endsAt) === Date.parse(b.endsAt);

const isSelf = (subject: string, who: Principal, document: Settings): boolean =>
  sharePerson(document, subject, who.subject);

async function accept(c: Context<AppEnv>, deps: SettingsRouteDeps, intake: Intake) {
  const who = c.get('who');
  const key = idempotencyKey(c.req.header('idempotency-key'), deps.ids);
  const { requestId, replayed } = await submit(deps, who, intake, key);
  c.header('Location', `/v1/account-requests/${requestId}`);
  if (replayed) c.header('Idempotent-Replayed', 'true');
  return c.json(requestAnswer(await getRequest(deps.orm, who, requestId)), 202);
}

/** @throws Problem precondition when the caller does not say which version it has read, stale for none of ours */
function expectedVersion(header: string | undefined): number {
  if (header === undefined || header.trim() === '*')
    throw new Problem(
      'precondition',
      'if-match',
      'Say in If-Match which version of the settings the change starts from: the ETag of GET /v1/settings.',
    );
  const [, version] = /^\s*"(0|[1-9]\d{0,8})"\s*$/.exec(header) ?? [];
  if (version === undefined)
    throw new Problem(
      'stale',
      'stale',
      'The If-Match is no ETag of GET /v1/settings. Read the settings again.',
    );
  return Number(version);
}

const security = [{ bearer: [] }];
const tags = ['settings'];
const key = { 'idempotency-key': z.string().max(255).optional() };
const followed = 'Accepted; follow it under /v1/account-requests';

const readSettings = createRoute({
  method: 'get',
  path: '/v1/settings',
  summary: 'Who may ask, who may say yes and where they are asked; the policies alone for most callers',
  tags,
  security,
  responses: {
    200: json(
      'The settings in force; the ETag is their version',
      z.object({
        version: z.number().int(),
        ...Settings.partial().shape,
        policies: Settings.shape.policies,
      }),
    ),
    ...refusals,
  },
});

const readVersions = createRoute({
  method: 'get',
  path: '/v1/settings/versions',
  summary: 'What the settings were changed to, by whom and why, newest first',
  tags,
  security,
  request: { query: z.strictObject(ListQueryShape) },
  responses: {
    200: json(
      'A page of versions; what the installation began with is version 0 and not among them',
      Page(
        z.object({
          version: z.number().int(),
          digest: z.string(),
          requestId: z.string(),
          appliedAt: z.string(),
          requestedBy: z.string(),
          approvedBy: z.array(z.string()),
          reason: z.string(),
          differences: z.array(z.string()),
        }),
      ),
    ),
    ...refusals,
  },
});

const changeSettings = createRoute({
  method: 'post',
  path: '/v1/settings/changes',
  summary: 'Ask for other settings: sections are replaced whole; somebody else approves',
  tags,
  security,
  request: {
    query: z.strictObject({ dryRun: z.enum(['true', 'false']).optional() }),
    headers: z.looseObject({ ...key, 'if-match': z.string().max(64).optional() }),
    body: {
      required: true,
      content: { 'application/json': { schema: SettingsChangeBody.openapi('SettingsChange') } },
    },
  },
  responses: {
    200: json('Dry run: the plan, nothing written', SettingsChangePlan.openapi('SettingsChangePlan')),
    202: json(followed, RequestBody),
    ...refusals,
    ...precondition,
  },
});

const readDelegations = createRoute({
  method: 'get',
  path: '/v1/delegations',
  summary: 'Your own: who decides in your place, and in whose place you do',
  tags,
  security,
  responses: { 200: json('All of them, those of the past too', Page(Delegation)), ...refusals },
});

const delegate = createRoute({
  method: 'post',
  path: '/v1/delegations',
  summary: 'Have somebody else decide while you are away; another approver has to agree',
  tags,
  security,
  request: {
    headers: z.looseObject(key),
    body: {
      required: true,
      content: { 'application/json': { schema: DelegationBody.openapi('Delegation') } },
    },
  },
  responses: { 202: json(followed, RequestBody), ...refusals },
});

const retract = createRoute({
  method: 'post',
  path: '/v1/delegations/retractions',
  summary: 'Take back an absence of your own, as GET /v1/delegations shows it; another approver has to agree',
  tags,
  security,
  request: {
    headers: z.looseObject(key),
    body: {
      required: true,
      content: { 'application/json': { schema: DelegationBody.openapi('DelegationRetraction') } },
    },
  },
  responses: { 202: json(followed, RequestBody), ...refusals },
});
