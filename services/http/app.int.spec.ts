import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, expectProblem, newBody, openApp } from '../../test/support/http.ts';

describe.each(databases)('the HTTP application on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database);
    await app.service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    app.comeFrom('127.0.0.1');
    await app.service.reset();
  });

  describe('every answer', () => {
    it.each([
      '/',
      '/sign-in',
      '/healthz',
      '/readyz',
      '/docs',
      '/docs/problems',
      '/openapi.json',
      '/v1/accounts',
      '/nothing',
    ])('of %s has the headers that browsers need', async (path) => {
      const { headers } = await app.call('GET', path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('strict-transport-security')).toMatch(/max-age=31536000/);
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
    });

    it('of public paths needs no token', async () => {
      expect((await app.call('GET', '/healthz')).body).toEqual({ status: 'ok' });
      expect((await app.call('GET', '/readyz')).body).toEqual({ status: 'ready' });
      const home = await app.call('GET', '/');
      expect([home.status, home.headers.get('location')]).toEqual([302, '/sign-in']);
      expect((await app.call('GET', '/sign-in')).text).toContain('<main');
    });
  });

  describe('the OpenAPI document', () => {
    // biome-ignore lint/suspicious/noExplicitAny: a document of a foreign schema
    let document: any;
    beforeAll(async () => {
      document = (await app.call('GET', '/openapi.json')).body;
    });

    it('is 3.1 and describes the routes that there are', () => {
      expect(document.openapi).toMatch(/^3\.1/);
      const described = Object.entries<object>(document.paths).flatMap(([path, item]) =>
        Object.keys(item).map((m) => `${m} ${path}`),
      );
      expect(described).toEqual(
        expect.arrayContaining([
          'post /v1/account-requests',
          'get /v1/accounts/{accountId}',
          'get /v1/ledger/verify',
        ]),
      );
      const mounted = new Set(
        app.app.routes
          .filter((r) => r.path.startsWith('/v1/') && r.method !== 'ALL')
          .map((r) => `${r.method.toLowerCase()} ${r.path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`),
      );
      expect([...mounted].sort()).toEqual(described.filter((d) => d.includes(' /v1/')).sort());
    });

    it('and nothing under /v1 answers without a token', async () => {
      for (const route of app.app.routes.filter((r) => r.path.startsWith('/v1/') && r.method !== 'ALL')) {
        const path = route.path.replace(/:\w+(\{[^}]*\})?/g, 'x');
        expectProblem(
          await app.call(route.method, path, route.method === 'GET' ? {} : { body: {} }),
          401,
          'no-token',
        );
      }
      expectProblem(await app.call('GET', '/v1/nothing'), 401);
    });

    it('lets every refusal be a problem', () => {
      for (const [path, item] of Object.entries<
        Record<string, { responses: Record<string, { content?: object }> }>
      >(document.paths)) {
        if (!path.startsWith('/v1/')) continue;
        for (const operation of Object.values(item)) {
          for (const [status, response] of Object.entries(operation.responses)) {
            if (Number(status) >= 400)
              expect(Object.keys(response.content ?? {})).toEqual(['application/problem+json']);
          }
        }
      }
    });

    it('is valid', () => {
      const dir = mkdtempSync(join(tmpdir(), 'jetway-openapi-'));
      const file = join(dir, 'openapi.json');
      writeFileSync(file, JSON.stringify(document));
      const lint = spawnSync(
        process.execPath,
        [
          fileURLToPath(import.meta.resolve('@redocly/cli/bin/cli.js')),
          'lint',
          file,
          '--extends=spec',
          '--format=stylish',
        ],
        {
          encoding: 'utf8',
          cwd: dir,
          env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
        },
      );
      rmSync(dir, { recursive: true, force: true });
      expect(`${lint.stdout}${lint.stderr}`).toMatch(/valid/i);
      expect({ status: lint.status, out: lint.status === 0 ? '' : lint.stdout }).toEqual({
        status: 0,
        out: '',
      });
    });
  });

  it('says what it waits for before the first reading of the organization', async () => {
    await app.service.orm.execute(sql`delete from organization_snapshots`);
    try {
      expect(await app.call('GET', '/readyz')).toMatchObject({ status: 503, body: { status: 'waiting' } });
      const answer = await app.send('x', newBody('x'));
      expectProblem(answer, 503, 'no-snapshot');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    } finally {
      await app.service.setSnapshot();
    }
  });
});
