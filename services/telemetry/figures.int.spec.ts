import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { openApp } from '../../test/support/http.ts';
import { askOf, factOf, person } from '../../test/support/service.ts';
import { readFigures } from './figures.pg.ts';

const TOKEN = 'collects-metrics-and-nothing-else';

describe.each(databases)('how the installation stands, on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: ReturnType<typeof openApp>;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database, { metricsToken: TOKEN });
  });
  afterAll(() => opened.close());

  it('is nothing yet on a new database, and counts what comes', async () => {
    const { service } = app;
    const before = await readFigures(service.orm, service.clock.now());
    expect(before).toMatchObject({ requests: {}, stuck: 0, readingAgeSeconds: null, differences: 0 });

    await service.setSnapshot();
    const [asked, provisioning] = [await service.submit(), await service.submit()];
    await service.receive(askOf(provisioning, 'approval', 1), factOf(provisioning, 'ProvisioningStarted', 3));
    const statuses = [await service.status(asked), await service.status(provisioning)];
    expect(statuses).toEqual(['PLANNED', 'PROVISIONING']);
    const now = service.clock.now();
    const figures = await readFigures(service.orm, now);
    expect(figures.requests).toEqual({ PLANNED: 1, PROVISIONING: 1 });
    expect(figures.stuck).toBe(0);
    expect(figures.readingAgeSeconds).toBeGreaterThanOrEqual(0);
    expect(figures.outbox.waiting).toBeGreaterThan(0);

    const later = await readFigures(service.orm, new Date(now.getTime() + 91 * 60_000));
    // What waits for people is not stuck.
    expect(later.stuck).toBe(1);
    expect(later.readingAgeSeconds).toBeGreaterThan(5_400);
    expect(later.outbox.behindSeconds).toBeGreaterThan(5_400);
  });

  it('counts what has failed often, and accounts that differ from their plan while they stand', async () => {
    const { orm, clock } = app.service;
    await orm.execute(sql`update outbox set attempts = 8 where id = (select min(id) from outbox)`);
    for (const [id, status, drift] of [
      ['100000000001', 'ACTIVE', 'DRIFTED'],
      ['100000000002', 'ACTIVE', 'UNKNOWN'],
      ['100000000003', 'CLOSED', 'DRIFTED'],
    ]) {
      await orm.execute(sql`insert into accounts
        (account_id, name, email, email_canonical, status, origin, created_at, updated_at)
        values (${id}, ${id}, ${id}, ${id}, ${status}, 'VENDED', now(), now())`);
      await orm.execute(sql`insert into drift_checks (account_id, status) values (${id}, ${drift})`);
    }
    const figures = await readFigures(orm, clock.now());
    expect(figures).toMatchObject({ drifted: 1, driftUnknown: 1, accounts: { ACTIVE: 2, CLOSED: 1 } });
    expect(figures.outbox.failing).toBe(1);
  });

  it('is read by operators and auditors, and by who has the token, who reads nothing else', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const collected = await app.call('GET', '/metrics', { headers });
    expect(collected.status).toBe(200);
    expect(collected.text).toContain('jetway_requests{status="PROVISIONING"} 1\n');
    expect((await app.call('GET', '/metrics', { who: person('x', ['auditor']) })).status).toBe(200);
    expect((await app.call('GET', '/metrics', { who: person('x', ['requester']) })).status).toBe(403);
    expect((await app.call('GET', '/metrics')).status).toBe(401);
    expect((await app.call('POST', '/metrics', { headers })).status).toBe(404);
    for (const path of ['/v1/accounts', '/v1/ledger/facts', '/metrics/x'])
      expect((await app.call('GET', path, { headers })).status, path).not.toBe(200);
    // Refusals are counted as well as answers.
    const text = (await app.call('GET', '/metrics', { headers })).text;
    expect(text).toMatch(
      /^jetway_http_answers_total\{method="GET",route="\/v1\/accounts",status="401"\} 1$/m,
    );
    expect(text).toMatch(/^jetway_http_answer_seconds_count\{method="GET",route="\/metrics"\} \d+$/m);
  });
});
