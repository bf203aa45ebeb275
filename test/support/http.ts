import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Database } from '../../db/client.ts';
import { type KeyCache, oidcTokens } from '../../services/access/oidc.node.ts';
import type { OidcConfig } from '../../services/access/oidc-config.ts';
import { oidcSignIn } from '../../services/access/oidc-sign-in.node.ts';
import type { Principal } from '../../services/access/principal.ts';
import { issueLocalToken } from '../../services/access/token.ts';
import { createApp } from '../../services/app.ts';
import { openExceptionPlanner } from '../../services/exceptions/planner.pg.ts';
import type { RateLimits } from '../../services/http/limits.ts';
import { PROBLEM_CODES } from '../../services/http/problem-codes.ts';
import type { Clock } from '../../services/kernel/context.ts';
import { opaqueId, systemClock, systemIds } from '../../services/kernel/ids.node.ts';
import { openBell } from '../../services/ledger/bell.ts';
import type { MirrorHub } from '../../services/mirroring/hub.ts';
import { requestWith } from '../../services/requests/request.fixture.ts';
import type { SlackApp } from '../../services/slack/slack.port.ts';
import { checkpointsInMemory } from './checkpoints.ts';
import { openService, person, silent, unique } from './service.ts';

export const HOST = '127.0.0.1:8080';

// biome-ignore lint/suspicious/noExplicitAny: bodies of many routes; each spec knows its own
export type Answer = { status: number; headers: Headers; body: any; text: string };

export type CallOptions = {
  /** Signs in as this person. */
  who?: Principal | undefined;
  body?: unknown;
  /** Sent as it is, in place of `body`. */
  raw?: string;
  headers?: Record<string, string>;
};

export type AppOptions = {
  slack?: SlackApp;
  /** Signing in by an identity provider, in place of the local mode. */
  oidc?: OidcConfig;
  publicUrl?: string;
  metricsToken?: string;
  limits?: RateLimits;
  mirrorHub?: MirrorHub;
  clock?: Clock;
  /** How long keys of the identity provider are kept, and so on; milliseconds. */
  keyCache?: KeyCache;
};

/** Tests call as fast as they can; those of the limits say which. */
const NO_LIMITS: RateLimits = { callsPerMinute: 1_000_000_000, teamWritesPerMinute: 1_000_000_000 };

/** A provider that nobody asks. */
const NO_PROVIDER: OidcConfig = {
  issuer: 'https://idp.example.com',
  audience: 'jetway',
  clientId: 'jetway-dashboard',
  clientSecret: null,
  scopes: 'openid',
  algorithms: ['RS256'],
  claims: { subject: 'sub', teams: 'teams', roles: 'roles' },
};

/** The HTTP application without a socket, over a database of the caller's. */
export function openApp(database: Database, options: AppOptions = {}) {
  const service = openService(database);
  const key = service.secrets.key('local-tokens');
  let peer: string | undefined = '127.0.0.1';
  const bell = openBell();
  const deps = {
    ...service.deps,
    database,
    // Signatures and tokens are checked against real time.
    clock: options.clock ?? systemClock,
    ids: systemIds,
    log: silent,
    bell,
    catalogue: service.assets.catalogue,
    mirroring: service.assets.mirroring,
    mirrorHub: options.mirrorHub ?? null,
    blueprints: service.assets.blueprintCatalogue,
    // Whether an end lies ahead is asked of the clock of the routes.
    planException: openExceptionPlanner({
      orm: database.orm,
      clock: options.clock ?? systemClock,
      catalogue: service.assets.catalogue,
      approvals: service.settings,
      settings: { approvalExpiresAfterSeconds: 604_800 },
    }),
    slack: options.slack ?? null,
    newId: opaqueId,
    metricsToken: options.metricsToken ?? null,
  };
  const publicUrl = options.publicUrl ?? null;
  const openOidc = (oidc: OidcConfig) => {
    const tokens = oidcTokens(oidc, options.keyCache);
    const signIn = oidcSignIn(oidc, publicUrl ?? `http://${HOST}`, service.secrets, tokens);
    return { config: oidc, tokens, signIn };
  };
  const checkpoints = checkpointsInMemory();
  const edge = { checkpoints, peer: () => peer, publicUrl, limits: options.limits ?? NO_LIMITS };
  const app = createApp({ ...deps, ...edge, oidc: options.oidc ? openOidc(options.oidc) : null });
  const tokenOf = (who: Principal) => issueLocalToken(key, who, Date.now());

  async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const headers = new Headers({ host: HOST, ...options.headers });
    if (options.who) headers.set('authorization', `Bearer ${await tokenOf(options.who)}`);
    const body = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    if (options.body !== undefined && !headers.has('content-type')) {
      headers.set('content-type', 'application/json');
    }
    const init = { method, headers, ...(body === undefined ? {} : { body }) };
    const response = await app.request(`http://${HOST}${path}`, init);
    const isStream = (response.headers.get('content-type') ?? '').startsWith('text/event-stream');
    // A live stream may never end.
    if (isStream) await response.body?.cancel();
    const text = isStream ? '' : await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : undefined,
      text,
    };
  }

  return {
    service,
    app,
    checkpoints,
    bell,
    key,
    call,
    tokenOf,
    /** The dashboard's cookie of somebody who has just signed in. */
    async signIn(who: Principal): Promise<string> {
      const answer = await call('POST', '/dev/sessions', { body: who });
      return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    },
    /** A form as a page of ours sends it. */
    submitForm(
      path: string,
      cookie: string,
      fields: Record<string, string>,
      headers: Record<string, string> = {},
    ) {
      const id = createHash('sha256')
        .update(cookie.split('=')[1] ?? '')
        .digest('hex');
      return call('POST', path, {
        raw: new URLSearchParams({ csrf: service.secrets.sign('csrf', id), ...fields }).toString(),
        headers: {
          cookie,
          'content-type': 'application/x-www-form-urlencoded',
          'sec-fetch-site': 'same-origin',
          origin: 'null',
          ...headers,
        },
      });
    },
    /** The same application as it is in front of a real AWS. */
    withoutLocalMode: () => createApp({ ...deps, ...edge, oidc: openOidc(NO_PROVIDER) }),
    /** Where the next calls come from. */
    comeFrom(address: string | undefined) {
      peer = address;
    },
    send: (team: string, body: unknown, headers: Record<string, string> = {}) =>
      call('POST', '/v1/account-requests', { who: person(team, ['requester']), body, headers }),
  };
}
export type App = ReturnType<typeof openApp>;

/** A request that nobody else has sent. */
export const newBody = (team: string, changes: object = {}) => ({
  ...requestWith({ team, access: [] }),
  account: {
    name: unique('acc'),
    email: `${unique('m')}@example.com`,
    organizationalUnitId: 'ou-ab12-workloads',
  },
  ...changes,
});

/** RFC 9457, with a type that leads to words. */
export function expectProblem(answer: Answer, status: number, code?: string): void {
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({
    status,
    title: expect.any(String),
    detail: expect.any(String),
    instance: expect.stringMatching(/^\//),
  });
  expect(answer.status).toBe(status);
  const used = /^\/docs\/problems#(.+)$/.exec(answer.body.type)?.[1] ?? '';
  expect(PROBLEM_CODES).toHaveProperty([used]);
  if (code !== undefined) expect(used).toBe(code);
}
