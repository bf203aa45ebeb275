import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type Answer, type AppOptions, expectProblem, newBody, openApp } from '../../test/support/http.ts';
import { asOwner } from '../../test/support/owner.ts';
import { person, unique } from '../../test/support/service.ts';

describe.each(databases)('limits on calls on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let nowMs = Date.now();
  const limited = (limits: NonNullable<AppOptions['limits']>) =>
    openApp(opened.database, { limits, clock: { now: () => new Date(nowMs) } });
  beforeAll(async () => {
    opened = await open();
    await openApp(opened.database).service.setSnapshot();
  });
  afterAll(() => opened.close());

  const read = (app: ReturnType<typeof limited>, who: ReturnType<typeof person>) =>
    app.call('GET', '/v1/blueprints', { who });
  const plan = (app: ReturnType<typeof limited>, who: ReturnType<typeof person>, team: string) =>
    app.call('POST', '/v1/account-requests?dryRun=true', { who, body: newBody(team) });
  const expectTooMany = (answer: Answer) => {
    expectProblem(answer, 429, 'rate-limited');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  };

  it('a person has so many calls a minute, in every spelling and after a restart; another person has as many', async () => {
    const limits = { callsPerMinute: 3, teamWritesPerMinute: 100 };
    const app = limited(limits);
    const name = `${unique('ana')}@example.com`;
    const ana = person(unique('team'), ['requester'], name);
    for (const left of [2, 1, 0]) {
      const answer = await read(app, ana);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('ratelimit')).toMatch(new RegExp(`limit=3, remaining=${left}\\b`));
    }
    expectTooMany(await read(app, ana));
    expectTooMany(await read(app, { ...ana, subject: ` ${name.toUpperCase()}` }));
    expectTooMany(await read(limited(limits), ana));
    expect((await read(app, person('other', ['requester'], unique('ben')))).status).toBe(200);
    nowMs += 61_000;
    expect((await read(app, ana)).status).toBe(200);
  });

  it('a team has so many writes a minute, whoever of it writes', async () => {
    const app = limited({ callsPerMinute: 100, teamWritesPerMinute: 2 });
    const [team, other] = [unique('team'), unique('team')];
    for (const who of ['ana', 'ben'])
      expect((await plan(app, person(team, ['requester'], unique(who)), team)).status).toBe(200);
    expectTooMany(await plan(app, person(team, ['requester'], unique('cem')), team));
    expect((await plan(app, person(other, ['requester'], unique('dua')), other)).status).toBe(200);
  });

  it('what cannot be counted is read, and not written', async () => {
    const app = limited({ callsPerMinute: 100, teamWritesPerMinute: 100 });
    const team = unique('team');
    const who = person(team, ['requester'], unique('ana'));
    const rename = (from: string, to: string) =>
      asOwner(opened.database.orm, (owner) =>
        owner.execute(sql.raw(`alter table ${from} rename to ${to}`)).then(() => undefined),
      );
    await rename('rate_windows', 'rate_windows_away');
    try {
      expect((await read(app, who)).status).toBe(200);
      expectProblem(await plan(app, who, team), 503, 'database');
    } finally {
      await rename('rate_windows_away', 'rate_windows');
    }
    expect((await plan(app, who, team)).status).toBe(200);
  });

  it('bad tokens and forged callbacks use up nobody’s calls', async () => {
    const app = limited({ callsPerMinute: 2, teamWritesPerMinute: 2 });
    const ana = person(unique('team'), ['requester'], unique('ana'));
    for (let i = 0; i < 20; i++) {
      const answer = await app.call('GET', '/v1/blueprints', {
        headers: { authorization: 'Bearer nonsense' },
      });
      expect(answer.status).toBe(401);
      const hook = await app.call('POST', '/hooks/webhooks/local-chat', { raw: '{}' });
      expect(hook.status).toBe(401);
    }
    expect((await read(app, ana)).status).toBe(200);
  });
});
