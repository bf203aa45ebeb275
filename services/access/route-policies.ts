import type { Act } from '../approvals/attempts.schema.ts';
import { Problem } from '../kernel/errors.ts';
import type { Principal, Role } from './principal.ts';

/**
 * Who may call a route at all. `public`: anybody. `signature`: whoever signed the body; the route checks that, and takes
 * no cookie and no token. `local`: whoever is on this machine, in local mode only. `session`: a person who is signed in to
 * the dashboard. `signed-in`: any bearer token. A list: a bearer token with one of these roles.
 */
export type Who = 'public' | 'signature' | 'local' | 'session' | 'signed-in' | readonly Role[];

/**
 * What the caller's teams have to do with it. `none`: nothing. `rows`: the answer holds rows of the caller's teams only
 * (of all teams for operators and auditors). `row`: the path names a row of a team; foreign and absent are the same 404.
 * `body`: the body names the team that is asked for; another team is refused with 403. `organization`: it concerns all.
 */
export type Tenancy = 'none' | 'rows' | 'row' | 'body' | 'organization';

/** What a call counts as: one of a person's reads or writes, one of an address, a signed callback (which is not counted
 * before it was verified), or nothing. */
export type Rate = 'read' | 'write' | 'peer' | 'hook' | 'none';

export type RoutePolicy = {
  who: Who;
  tenancy: Tenancy;
  rate: Rate;
  /** Of a session: one of these has to be among the person's roles. */
  roles?: readonly Role[];
  /** The route is there in this mode of signing in only. */
  mode?: 'local' | 'oidc';
  /** A program may ask where somebody answers for it, and never decides. */
  act?: 'ask' | 'decide';
  /** What somebody wants who calls it: its refusals come into the audit. */
  attempt?: Act;
  /** The person who asked may call it too, whatever the role. */
  orAsker?: true;
  /** The route looks at the settings itself before it does anything, and has `mayStill` say whether the caller may under them. */
  looksAgain?: true;
};

const page = { who: 'public', tenancy: 'none', rate: 'peer' } as const;
const pageOfRows = { who: 'session', tenancy: 'rows', rate: 'read' } as const;
const pageOfRow = { who: 'session', tenancy: 'row', rate: 'read' } as const;
const pageForAll = {
  who: 'session',
  roles: ['operator', 'auditor'],
  tenancy: 'organization',
  rate: 'read',
} as const;
const local = { who: 'local', tenancy: 'none', rate: 'none', mode: 'local' } as const;
const catalogue = { who: 'signed-in', tenancy: 'none', rate: 'read' } as const;
const rows = { who: 'signed-in', tenancy: 'rows', rate: 'read' } as const;
const row = { who: 'signed-in', tenancy: 'row', rate: 'read' } as const;
const ledger = { who: ['operator', 'auditor'], tenancy: 'organization', rate: 'read' } as const;
const operate = { who: ['operator'], tenancy: 'organization', rate: 'write' } as const;
const delegate = {
  who: ['approver'],
  tenancy: 'organization',
  rate: 'write',
  attempt: 'change-settings',
} as const;
const holdKeys = {
  who: ['admin'],
  tenancy: 'organization',
  rate: 'write',
  attempt: 'webhook-key',
} as const;
const ofTheTeam = ['requester', 'approver', 'operator'] as const;
const formOfTeam = { who: 'session', roles: ofTheTeam, tenancy: 'row', rate: 'read' } as const;
const sentByTeam = { ...formOfTeam, rate: 'write', act: 'ask' } as const;

/**
 * Every route of the application, as `METHOD /path/{parameter}`. The application does not start with a route that has no
 * row here, nor with a row that has no route. With `row`, roles are asked for after the row was found, by the route itself:
 * before that they would tell foreign from absent. What is finer than a role (never one's own request, the policy of the
 * request) stays with the route too.
 */
export const ROUTE_POLICIES: Readonly<Record<string, RoutePolicy>> = {
  'GET /healthz': { who: 'public', tenancy: 'none', rate: 'none' },
  'GET /readyz': { who: 'public', tenancy: 'none', rate: 'peer' },
  'GET /metrics': ledger,
  'GET /.well-known/oauth-protected-resource': page,
  'GET /openapi.json': page,
  'GET /docs': page,
  'GET /docs/frame.css': page,
  'GET /docs/problems': page,
  'GET /docs/start.js': page,
  'GET /docs/{asset}': page,
  'GET /assets/{asset}': page,
  'GET /sign-in': page,
  'GET /offline': page,

  'GET /auth/start': { ...page, mode: 'oidc' },
  'GET /auth/callback': { ...page, mode: 'oidc' },

  'GET /': pageOfRows,
  'GET /events': pageOfRows,
  'GET /accounts': pageOfRows,
  'GET /accounts.csv': pageOfRows,
  'GET /accounts/{accountId}': pageOfRow,
  'GET /accounts/{accountId}/compliance.csv': pageOfRow,
  'GET /accounts/{accountId}/change': formOfTeam,
  'POST /accounts/{accountId}/change': sentByTeam,
  'GET /accounts/{accountId}/exception': formOfTeam,
  'POST /accounts/{accountId}/exception': sentByTeam,
  'GET /accounts/{accountId}/exceptions/{exceptionId}/end': formOfTeam,
  'POST /accounts/{accountId}/exceptions/{exceptionId}/end': { ...formOfTeam, rate: 'write' },
  'GET /units/{id}/change': { ...pageForAll, roles: ['operator'] },
  'POST /units/{id}/change': { ...pageForAll, roles: ['operator'], rate: 'write', act: 'ask' },
  'GET /compliance': pageOfRows,
  'GET /compliance.csv': pageOfRows,
  'GET /guardrails': pageOfRows,
  'GET /guardrails/what-if': pageOfRows,
  'GET /guardrails/{id}': pageOfRows,
  'GET /ledger': pageForAll,
  'GET /deliveries': pageForAll,
  'GET /mirror-hub': pageForAll,
  'POST /deliveries/{endpoint}/{deliveryId}/redeliver': { ...pageForAll, roles: ['operator'], rate: 'write' },
  'GET /settings': { who: 'session', tenancy: 'none', rate: 'read' },
  'GET /requests': pageOfRows,
  'GET /requests.csv': pageOfRows,
  'GET /requests/new': { who: 'session', roles: ['requester', 'approver'], tenancy: 'none', rate: 'read' },
  'POST /requests/new': {
    who: 'session',
    roles: ['requester', 'approver'],
    tenancy: 'body',
    rate: 'write',
    act: 'ask',
  },
  'GET /requests/{requestId}': pageOfRow,
  'GET /requests/{requestId}/events': pageOfRow,
  'GET /requests/{requestId}/plan': pageOfRow,
  'GET /requests/{requestId}/plan.json': pageOfRow,
  'POST /requests/{requestId}/cancel': {
    who: 'session',
    roles: ['operator'],
    tenancy: 'row',
    rate: 'write',
    orAsker: true,
    attempt: 'cancel',
  },
  'POST /requests/{requestId}/resume': {
    who: 'session',
    roles: ['operator'],
    tenancy: 'row',
    rate: 'write',
    attempt: 'resume',
  },
  'GET /approvals': { who: 'session', roles: ['approver'], tenancy: 'rows', rate: 'read' },
  'GET /approvals/{requestId}': pageOfRow,
  'POST /approvals/{requestId}': {
    who: 'session',
    roles: ['approver'],
    tenancy: 'row',
    rate: 'write',
    act: 'decide',
    attempt: 'decide',
  },
  'POST /sign-out': { who: 'session', tenancy: 'none', rate: 'write' },

  'GET /dev/chat': local,
  'GET /dev/chat.js': local,
  'GET /dev/chat/messages': local,
  'POST /dev/chat/callbacks': local,
  'POST /dev/sessions': local,
  'POST /dev/sign-in': local,
  'POST /dev/tokens': local,

  'POST /hooks/slack': { who: 'signature', tenancy: 'row', rate: 'hook', act: 'decide' },
  'POST /hooks/teams': { who: 'signature', tenancy: 'none', rate: 'hook', act: 'decide' },
  'POST /hooks/webhooks/{endpoint}': { who: 'signature', tenancy: 'row', rate: 'hook', act: 'decide' },

  'GET /v1/account-requests': rows,
  'POST /v1/account-requests': {
    who: ['requester', 'approver'],
    tenancy: 'body',
    rate: 'write',
    act: 'ask',
    looksAgain: true,
  },
  'GET /v1/account-requests/{requestId}': row,
  'GET /v1/account-requests/{requestId}/events': row,
  'GET /v1/account-requests/{requestId}/plan': row,
  'GET /v1/account-requests/{requestId}/timeline': row,
  'POST /v1/account-requests/{requestId}/cancel': {
    who: ['operator'],
    tenancy: 'row',
    rate: 'write',
    orAsker: true,
    attempt: 'cancel',
  },
  'POST /v1/account-requests/{requestId}/decisions': {
    who: ['approver'],
    tenancy: 'row',
    rate: 'write',
    act: 'decide',
    attempt: 'decide',
  },
  'POST /v1/account-requests/{requestId}/resume': {
    who: ['operator'],
    tenancy: 'row',
    rate: 'write',
    attempt: 'resume',
  },

  'GET /v1/accounts': rows,
  'GET /v1/accounts/{accountId}': row,
  'GET /v1/accounts/{accountId}/compliance': row,
  'GET /v1/accounts/{accountId}/timeline': row,
  'GET /v1/accounts/{accountId}/verification': row,
  'POST /v1/accounts/{accountId}/changes': { who: ofTheTeam, tenancy: 'row', rate: 'write', act: 'ask' },
  'GET /v1/accounts/{accountId}/exceptions': row,
  'POST /v1/accounts/{accountId}/exceptions': { who: ofTheTeam, tenancy: 'row', rate: 'write', act: 'ask' },
  'POST /v1/accounts/{accountId}/exceptions/{exceptionId}/revocation': {
    who: ofTheTeam,
    tenancy: 'row',
    rate: 'write',
  },
  'POST /v1/accounts/{accountId}/drift-checks': { who: ofTheTeam, tenancy: 'row', rate: 'write' },

  'GET /v1/approvals/attempts': { who: ['auditor'], tenancy: 'organization', rate: 'read' },

  'GET /v1/blueprints': catalogue,
  'GET /v1/blueprints/{name}': catalogue,
  'GET /v1/guardrails': catalogue,
  'GET /v1/guardrails/{id}': catalogue,
  'POST /v1/guardrails/simulate': catalogue,
  'GET /v1/organizational-units': catalogue,
  'POST /v1/organizational-units/{id}/changes': {
    who: ['operator'],
    tenancy: 'organization',
    rate: 'write',
    act: 'ask',
  },

  'GET /v1/exceptions': rows,

  'GET /v1/compliance': rows,
  'GET /v1/compliance/accounts': rows,
  'GET /v1/compliance/blueprints': rows,
  'GET /v1/compliance/changes': rows,
  'GET /v1/compliance/summary': rows,
  'GET /v1/compliance/trend': rows,

  'GET /v1/ledger/facts': ledger,
  'GET /v1/ledger/verify': ledger,
  'GET /v1/settings': catalogue,
  'GET /v1/settings/versions': {
    who: ['operator', 'auditor', 'admin'],
    tenancy: 'organization',
    rate: 'read',
  },
  'POST /v1/settings/changes': {
    who: ['admin'],
    tenancy: 'organization',
    rate: 'write',
    act: 'ask',
    attempt: 'change-settings',
  },
  'GET /v1/delegations': catalogue,
  'POST /v1/delegations': delegate,
  'POST /v1/delegations/retractions': delegate,
  'GET /v1/webhooks': { who: ['operator', 'auditor', 'admin'], tenancy: 'organization', rate: 'read' },
  'GET /v1/webhooks/{endpoint}/deliveries': ledger,
  'POST /v1/webhooks/{endpoint}/deliveries/{deliveryId}/redeliver': operate,
  'POST /v1/webhooks/{endpoint}/test': operate,
  'POST /v1/webhooks/{endpoint}/keys/{key}/reveal': holdKeys,
  'POST /v1/webhooks/{endpoint}/keys/{key}/revoke': holdKeys,
  'POST /v1/webhooks/{endpoint}/keys/{key}/set': holdKeys,

  'GET /v1/traffic-mirroring/profiles': catalogue,
  'GET /v1/traffic-mirroring/sessions': rows,
  'GET /v1/traffic-mirroring/coverage': rows,
  'GET /v1/traffic-mirroring/samples': ledger,
  'POST /v1/traffic-mirroring/evaluate': catalogue,
  'POST /v1/traffic-mirroring/samples': operate,

  'POST /v1/reconciliations': { who: ['operator'], tenancy: 'organization', rate: 'write' },
};

/** The row's name of a route as the router knows it: `GET /a/:b{c|d}` is `GET /a/{b}`. */
export const policyKey = (method: string, path: string): string =>
  `${method} ${path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`;

/** What differs between the routes that are mounted and the rows for this mode; empty when every one has its other. */
export function policyGaps(
  mounted: readonly { method: string; path: string }[],
  mode: 'local' | 'oidc',
  policies: Readonly<Record<string, RoutePolicy>> = ROUTE_POLICIES,
): string[] {
  // ALL is how the router calls a middleware.
  const routes = new Set(mounted.filter((r) => r.method !== 'ALL').map((r) => policyKey(r.method, r.path)));
  const wanted = Object.keys(policies).filter((key) => (policies[key]?.mode ?? mode) === mode);
  return [
    ...[...routes].filter((key) => !wanted.includes(key)).map((key) => `${key} has no row`),
    ...wanted.filter((key) => !routes.has(key)).map((key) => `the row ${key} has no route`),
  ];
}

/**
 * What can be said before any row is read. @throws Problem forbidden: the role is missing, or a program wants to do what
 * is for people
 */
export function admit(policy: RoutePolicy, who: Principal): void {
  const roles = rolesOf(policy);
  if (!roles || policy.tenancy === 'row' || policy.tenancy === 'body') return;
  if (roles.some((role) => who.roles.includes(role))) return;
  throw new Problem('forbidden', codeFor(roles), `This needs the role ${roles.join(' or ')}.`);
}

/** One of these is needed; undefined where any will do, none too. */
export const rolesOf = ({ who, roles }: RoutePolicy): readonly Role[] | undefined =>
  typeof who === 'string' ? roles : who;

function codeFor(roles: readonly Role[]): string {
  if (roles.includes('auditor')) return 'not-an-auditor';
  return roles.includes('operator') ? 'not-an-operator' : 'role-needed';
}
