import { ROUTE_POLICIES } from '../../services/access/route-policies.ts';

/** What pages are about: ids of requests, an account and an exception. */
export type Things = Record<'accountId' | 'exceptionId' | 'vended' | 'stuck' | 'open', string>;

/** Every page by a name; several of one route where it looks different. */
export const pagesOf = ({ accountId, exceptionId, vended, stuck, open }: Things): [string, string][] =>
  Object.entries({
    ...{
      home: '/',
      accounts: '/accounts',
      past: '/accounts?asOf=2020-01-01T10:00',
      nothing: '/accounts?q=nothing-is-called-so',
      account: `/accounts/${accountId}`,
      absent: '/accounts/999999999999',
      change: `/accounts/${accountId}/change`,
      exception: `/accounts/${accountId}/exception`,
      'exception-end': `/accounts/${accountId}/exceptions/${exceptionId}/end`,
      unit: '/units/ou-ab12-workloads/change',
    },
    ...{
      requests: '/requests',
      new: '/requests/new',
      vended: `/requests/${vended}`,
      stuck: `/requests/${stuck}`,
      open: `/requests/${open}`,
      excepted: `/requests/${exceptionId}`,
      plan: `/requests/${vended}/plan`,
      approvals: '/approvals',
      decide: `/approvals/${open}`,
    },
    ...{
      compliance: '/compliance',
      guardrails: '/guardrails',
      guardrail: '/guardrails/AWS-GR_RESTRICTED_SSH',
      'what-if': '/guardrails/what-if?controls=AWS-GR_RESTRICT_ROOT_USER&actions=s3:DeleteBucket',
      'mirror-hub': '/mirror-hub',
      ledger: '/ledger?verify=1',
      deliveries: '/deliveries',
      settings: '/settings',
    },
    ...{ chat: '/dev/chat', nowhere: '/nowhere', offline: '/offline', problems: '/docs/problems' },
    'sign-in': '/sign-in',
  });

/** Routes for GET that answer with something else than a page. */
const NO_PAGES = [
  /^\/v1\//,
  /^\/auth\//,
  /^\/(healthz|readyz|metrics|openapi\.json|events)$/,
  /^\/\.well-known\//,
  /^\/assets\//,
  /\.(csv|json)$/,
  /\/events$/,
  /^\/dev\/chat(\.js|\/messages)$/,
  // The reference is Swagger UI; it has a test of its own.
  /^\/docs$|^\/docs\/(frame\.css|start\.js|\{asset\})$/,
];

/** Pages that have a route and are not in the list. */
export function unlistedPages(): string[] {
  const id = 'x';
  const listed = pagesOf({ accountId: id, exceptionId: id, vended: id, stuck: id, open: id });
  const paths = listed.map(([, path]) => path.split('?')[0] ?? '');
  const routes = Object.keys(ROUTE_POLICIES)
    .filter((key) => key.startsWith('GET '))
    .map((key) => key.slice('GET '.length))
    .filter((route) => !NO_PAGES.some((pattern) => pattern.test(route)));
  // What is spelled out in another route is that one's page.
  const named = new Set(routes.filter((route) => !route.includes('{')));
  return routes.filter((route) => {
    const shape = new RegExp(`^${route.replace(/\{\w+\}/g, '[^/]+')}$`);
    return !paths.some((path) => shape.test(path) && (path === route || !named.has(path)));
  });
}
