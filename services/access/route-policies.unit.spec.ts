import { describe, expect, it } from 'vitest';
import { ROLES } from './principal.ts';
import { admit, policyGaps, policyKey, ROUTE_POLICIES, type RoutePolicy } from './route-policies.ts';

const read = { who: 'signed-in', tenancy: 'rows', rate: 'read' } as const satisfies RoutePolicy;

describe('the table of routes', () => {
  it('names a route as the OpenAPI document does', () => {
    expect(policyKey('GET', '/docs/:asset{a\\.css|b\\.js}')).toBe('GET /docs/{asset}');
    expect(policyKey('POST', '/v1/a/:id/b/:other')).toBe('POST /v1/a/{id}/b/{other}');
  });

  it('misses a route without a row, and a row without a route', () => {
    const rows = { 'GET /a': read, 'GET /b/{id}': read };
    const a = { method: 'GET', path: '/a' };
    const b = { method: 'GET', path: '/b/:id' };
    const middleware = { method: 'ALL', path: '/*' };
    expect(policyGaps([a, b, b, middleware], 'local', rows)).toEqual([]);
    expect(policyGaps([a], 'local', rows)).toEqual(['the row GET /b/{id} has no route']);
    expect(policyGaps([a, b, { method: 'POST', path: '/a' }], 'local', rows)).toEqual(['POST /a has no row']);
  });

  it('wants the routes of the local mode there and nowhere else', () => {
    const rows = { 'POST /dev/x': { ...read, mode: 'local' } } as const;
    const mounted = [{ method: 'POST', path: '/dev/x' }];
    expect(policyGaps(mounted, 'local', rows)).toEqual([]);
    expect(policyGaps([], 'oidc', rows)).toEqual([]);
    expect(policyGaps(mounted, 'oidc', rows)).toEqual(['POST /dev/x has no row']);
  });

  it('has no route of the API that is open, nor one that changes something and counts as nothing', () => {
    for (const [key, { who, rate }] of Object.entries(ROUTE_POLICIES)) {
      if (key.includes(' /v1/'))
        expect([key, ['public', 'local', 'session', 'signature']]).not.toContain(who);
      if (key.includes(' /hooks/')) expect([key, who]).toEqual([key, 'signature']);
      if (key.includes(' /v1/') && !key.startsWith('GET ')) expect(['read', 'write']).toContain(rate);
    }
  });

  it.each(ROLES)('lets %s in where the role is listed and no row has to be found first', (role) => {
    const who = { subject: 'x', teams: [], roles: [role] };
    const may = (policy: RoutePolicy) => {
      try {
        admit(policy, who);
        return true;
      } catch {
        return false;
      }
    };
    const listed: RoutePolicy = { who: ['auditor', 'operator'], tenancy: 'organization', rate: 'read' };
    expect(may(listed)).toBe(role === 'auditor' || role === 'operator');
    expect(may({ ...listed, tenancy: 'row' })).toBe(true);
    expect(may(read)).toBe(true);
  });
});
