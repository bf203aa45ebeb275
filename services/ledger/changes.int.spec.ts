import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestViews } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, expectProblem, openApp } from '../../test/support/http.ts';
import { evaluation } from '../../test/support/messages.ts';
import { person } from '../../test/support/service.ts';
import { planOf, vendedAccount } from '../../test/support/vended.ts';
import type { Change } from './changes.pg.ts';

const OPERATOR = person('', ['operator'], 'olga@example.com');
const ALWAYS = 'from=2020-01-01T00:00:00Z&to=2036-01-01T00:00:00Z';

describe.each(databases)('what changed, and what is missing, on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  let ours: { accountId: string; requestId: string };
  let theirs: { accountId: string; requestId: string };
  let detective: { control: string; ruleName: string };
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database);
    const { service } = app;
    await service.setSnapshot();
    ours = await vendedAccount(service, { team: 'ours' });
    theirs = await vendedAccount(service, { team: 'theirs' });
    const { guardrails } = await planOf(service, ours.requestId);
    detective = guardrails.detective[0]!;
    const found = { accountId: ours.accountId, rule: detective.ruleName, resourceId: 'vol-1' };
    // It turns, is found again while it stands so, is mended, turns once more and is found again.
    await service.receive(
      ...(
        [
          ['NON_COMPLIANT', '2030-03-04T09:00:00.000Z'],
          ['NON_COMPLIANT', '2030-03-04T10:00:00.000Z'],
          ['COMPLIANT', '2030-03-04T11:00:00.000Z'],
          ['NON_COMPLIANT', '2030-03-04T12:00:00.000Z'],
          ['NON_COMPLIANT', '2030-03-04T13:00:00.000Z'],
        ] as const
      ).map(([status, at]) => evaluation({ ...found, status, at })),
    );
  });
  afterAll(() => opened.close());

  const ask = async (path: string, who = OPERATOR) => {
    const { status, body } = await app.call('GET', path, { who });
    expect(status).toBe(200);
    return body;
  };
  const changes = async (query: string, who = OPERATOR): Promise<Change[]> =>
    (await ask(`/v1/compliance/changes?${query}`, who)).items;

  it('tells what an account became, what it got, and how it stood, in the order of time', async () => {
    const all = await changes(`${ALWAYS}&accountId=${ours.accountId}`);
    expect([...all].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))).toEqual(all);
    const states = all.flatMap((one) => (one.what === 'account' ? [one.status] : []));
    expect(states.at(-1)).toBe('ACTIVE');
    const got = all.flatMap((one) => (one.what === 'guardrail' && one.attached ? [one.control] : []));
    expect(got).toContain(detective.control);
    expect(
      all.flatMap((one) =>
        one.what === 'compliance' && one.at > '2030-03-04' ? [`${one.at.slice(11, 16)} ${one.state}`] : [],
      ),
    ).toEqual(['09:00 nonCompliant', '11:00 compliant', '12:00 nonCompliant']);
  });

  it('after one instant and up to another', async () => {
    const within = await changes('from=2030-03-04T09:00:00Z&to=2030-03-04T11:00:00Z');
    expect(within).toMatchObject([
      { at: '2030-03-04T11:00:00.000Z', accountId: ours.accountId, what: 'compliance', state: 'compliant' },
    ]);
  });

  it('finding by finding, each turn with what it was before, of all accounts and of one', async () => {
    const period = 'from=2030-03-04T08:00:00Z&to=2030-03-04T12:00:00Z&findings=true';
    for (const of of ['', `&accountId=${ours.accountId}`]) {
      const turns = (await changes(`${period}${of}`)).filter((one) => one.what === 'finding');
      const turn = { control: detective.control, rule: detective.ruleName, resourceId: 'vol-1' };
      // What was found again is no change.
      expect(turns).toMatchObject([
        { at: '2030-03-04T09:00:00.000Z', ...turn, before: null, status: 'NON_COMPLIANT' },
        { at: '2030-03-04T11:00:00.000Z', ...turn, before: 'NON_COMPLIANT', status: 'COMPLIANT' },
        { at: '2030-03-04T12:00:00.000Z', ...turn, before: 'COMPLIANT', status: 'NON_COMPLIANT' },
      ]);
    }
    expect(await changes(`${period}&accountId=${theirs.accountId}`)).toEqual([]);
    expect(await changes(period, person('theirs', ['requester']))).toEqual([]);
    const first = await ask(`/v1/compliance/changes?${period}&limit=4`);
    const rest = await ask(`/v1/compliance/changes?${period}&limit=4&cursor=${first.nextCursor}`);
    expect([...first.items, ...rest.items]).toEqual(await changes(period));
  });

  it('page by page it is the same, without a gap and nothing twice', async () => {
    const whole = await changes(ALWAYS);
    const pages: Change[] = [];
    for (let cursor = ''; ; ) {
      const page = await ask(`/v1/compliance/changes?${ALWAYS}&limit=3${cursor}`);
      expect(page.items.length).toBeLessThanOrEqual(3);
      pages.push(...page.items);
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(whole.length).toBeGreaterThan(10);
    expect(pages).toEqual(whole);
  });

  it('to a team its own', async () => {
    const seen = await changes(ALWAYS, person('theirs', ['requester']));
    expect(new Set(seen.map((one) => one.accountId))).toEqual(new Set([theirs.accountId]));
    expect(await changes(ALWAYS, person('nobody', ['requester']))).toEqual([]);
  });

  it.each([
    ['a period backwards', 'from=2030-03-05T00:00:00Z&to=2030-03-04T00:00:00Z', 'period'],
    [
      'a cursor of something else',
      `${ALWAYS}&cursor=${Buffer.from('[1,2]').toString('base64url')}`,
      'cursor',
    ],
    ['no instant', 'from=yesterday', 'validation'],
    ['an account that is none', `${ALWAYS}&accountId=12`, 'validation'],
    ['something unknown', `${ALWAYS}&form=x`, 'validation'],
  ])('refuses %s', async (_what, query, code) => {
    expectProblem(await app.call('GET', `/v1/compliance/changes?${query}`, { who: OPERATOR }), 422, code);
  });

  it('a violation stands since it turned, however often it was found again', async () => {
    const { violations } = await ask(`/v1/accounts/${ours.accountId}/compliance`);
    expect(violations).toMatchObject([{ resources: [{ since: '2030-03-04T12:00:00.000Z' }] }]);
  });

  it('accounts without a control, now and at an instant', async () => {
    const idsOf = async (query: string): Promise<string[]> =>
      (await ask(`/v1/accounts?${query}`)).items.map((one: { accountId: string }) => one.accountId);
    const everyone = await idsOf('');
    expect(everyone).toEqual(expect.arrayContaining([ours.accountId, theirs.accountId]));
    const without = `without=${encodeURIComponent(detective.control)}`;
    const both = new Set([ours.accountId, theirs.accountId]);
    expect(await idsOf(without)).toEqual(everyone.filter((id) => !both.has(id)));
    expect(await idsOf('without=AWS-GR_NEVER_HEARD_OF')).toEqual(everyone);
    expect(await idsOf(`${without}&asOf=2035-01-01T00:00:00Z`)).not.toContain(ours.accountId);
    const [start] = (await changes(`${ALWAYS}&accountId=${ours.accountId}`)).filter(
      (one) => one.what === 'account',
    );
    // As soon as it was there; its guardrails came later or with it.
    const then = await idsOf(`asOf=${start?.at}`);
    expect(then).toContain(ours.accountId);
  });

  it('findings of ours apart from those of Config', async () => {
    const ofConfig = (await ask('/v1/compliance?drift=false')).items;
    expect(ofConfig).toMatchObject([{ rule: detective.ruleName }]);
    expect((await ask('/v1/compliance?drift=true')).items).toEqual([]);
    expect((await ask('/v1/compliance?drift=true&asOf=2035-01-01T00:00:00Z')).items).toEqual([]);
    expect((await ask('/v1/compliance?drift=false&asOf=2035-01-01T00:00:00Z')).items).toHaveLength(1);
  });

  it('requests under way of which nothing was heard', async () => {
    const waiting = await app.service.submit({ team: 'ours' });
    const quiet = async (since: string): Promise<string[]> =>
      (await ask(`/v1/account-requests?quietSince=${since}`)).items.map((one: { id: string }) => one.id);
    await app.service.orm
      .update(requestViews)
      .set({ updatedAt: new Date('2026-03-04T10:00:00Z') })
      .where(sql`true`);
    // Those that have ended are not waited for.
    expect(await quiet('2026-03-04T10:00:00Z')).toEqual([waiting.requestId]);
    expect(await quiet('2026-03-04T09:59:59Z')).toEqual([]);
    expectProblem(
      await app.call('GET', '/v1/account-requests?quietSince=lately', { who: OPERATOR }),
      422,
      'validation',
    );
  });

  it('how blueprint versions are spread, for everybody and for a team', async () => {
    const { name, version } = (await planOf(app.service, ours.requestId)).blueprint!;
    const spread = async (who = OPERATOR) => (await ask('/v1/compliance/blueprints', who)).items;
    expect(await spread()).toEqual([{ name, version, accounts: 2, newest: true }]);
    // As if it had been made by an older one.
    await app.service.orm.execute(sql`update accounts set blueprint = blueprint || '{"version":"0.9.0"}'
      where account_id = ${theirs.accountId}`);
    expect(await spread()).toEqual([
      { name, version: '0.9.0', accounts: 1, newest: false },
      { name, version, accounts: 1, newest: true },
    ]);
    expect(await spread(person('ours', ['requester']))).toEqual([
      { name, version, accounts: 1, newest: true },
    ]);
    const ids = async (query: string) =>
      (await ask(`/v1/accounts?${query}`)).items.map((one: { accountId: string }) => one.accountId);
    expect(await ids(`blueprint=${name}@0.9.0`)).toEqual([theirs.accountId]);
    expect(await ids(`blueprint=${name}@0.9.0&asOf=2036-01-01T00:00:00Z`)).toEqual([theirs.accountId]);
    expect(await ids(`blueprint=${name}`)).toHaveLength(2);
    expectProblem(await app.call('GET', '/v1/accounts?blueprint=A!', { who: OPERATOR }), 422);
  });
});
