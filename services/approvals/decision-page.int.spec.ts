import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decisions, verdicts } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, openApp } from '../../test/support/http.ts';
import { person, type Vend } from '../../test/support/service.ts';
import { cancel } from './cancel.pg.ts';

const HOUR = 3_600_000;

describe.each(databases)('the page where approvers decide, on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  let nowMs = Date.now();
  let vend: Vend;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database, { clock: { now: () => new Date(nowMs) } });
    await app.service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    await app.service.reset();
    vend = await app.service.submit();
  });

  const ben = () => person(vend.team, ['approver'], 'ben@example.com');
  const path = () => `/approvals/${vend.requestId}`;
  const look = (cookie: string) => app.call('GET', path(), { headers: { cookie } });
  const decided = async () => ({
    decisions: await app.service.orm.select().from(decisions).where(eq(decisions.requestId, vend.requestId)),
    verdicts: await app.service.orm.select().from(verdicts).where(eq(verdicts.requestId, vend.requestId)),
  });
  const nobodyDecided = async () => expect(await decided()).toEqual({ decisions: [], verdicts: [] });
  const send = (cookie: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}) =>
    app.submitForm(path(), cookie, { decision: 'approve', planDigest: vend.planDigest, ...fields }, headers);

  it('shows what is asked for, whole and escaped; looking at it decides nothing', async () => {
    vend = await app.service.submit({ justification: '<script>alert(1)</script> & more' });
    const answer = await look(await app.signIn(ben()));
    expect(answer.status).toBe(200);
    expect(answer.text).toContain(vend.body.account.name);
    expect(answer.text).toContain(vend.planDigest);
    expect(answer.text).toContain('&lt;script&gt;');
    expect(answer.text).not.toContain('<script>alert');
    expect(
      (
        await app.call('GET', `${path()}?decision=approve&planDigest=${vend.planDigest}`, {
          headers: { cookie: await app.signIn(ben()) },
        })
      ).status,
    ).toBe(200);
    await nobodyDecided();
  });

  it('takes a yes, says so on the page, and is settled for the next one', async () => {
    const cookie = await app.signIn(ben());
    const answer = await send(cookie);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, path()]);
    expect((await decided()).decisions).toMatchObject([
      { decision: 'approve', decidedBy: 'ben@example.com', via: 'dashboard', planDigest: vend.planDigest },
    ]);
    expect((await look(cookie)).text).toContain('ben@example.com said yes');
    const late = await send(await app.signIn(person(vend.team, ['approver'], 'cem@example.com')), {
      decision: 'deny',
      comment: 'no',
    });
    expect(late.status).toBe(409);
    expect(late.text).toContain('ben@example.com already chose to approve it');
  });

  it('takes a no with its reason, and none without', async () => {
    const cookie = await app.signIn(ben());
    const bare = await send(cookie, { decision: 'deny', comment: '  ' });
    expect([bare.status, bare.text.includes('Say why it is denied')]).toEqual([422, true]);
    await nobodyDecided();
    expect((await send(cookie, { decision: 'deny', comment: 'use the shared account' })).status).toBe(303);
    expect((await decided()).decisions).toMatchObject([
      { decision: 'deny', comment: 'use the shared account' },
    ]);
  });

  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['without the token of the session', { csrf: '' }, {}],
    ['with the token of another session', { csrf: 'x'.repeat(43) }, {}],
    ['from another site', {}, { 'sec-fetch-site': 'cross-site' }],
    ['from another site of an old browser', {}, { 'sec-fetch-site': '', origin: 'https://evil.example.com' }],
  ])('takes no form %s', async (_what, fields, headers) => {
    expect((await send(await app.signIn(ben()), fields, headers)).status).toBe(403);
    await nobodyDecided();
  });

  it('is the same 404 for who may not see it and for what there is not', async () => {
    const stranger = await app.signIn(person('others', ['approver'], 'eve@example.com'));
    const foreign = await look(stranger);
    const absent = await app.call('GET', '/approvals/req-none', { headers: { cookie: stranger } });
    expect([foreign.status, absent.status]).toEqual([404, 404]);
    expect(foreign.text).toBe(absent.text);
    expect((await send(stranger)).status).toBe(404);
    await nobodyDecided();
  });

  it('has no buttons for the person who asked and without the role, and takes nothing from them', async () => {
    for (const who of [
      person(vend.team, ['approver', 'requester']),
      person(vend.team, ['requester'], 'dua@example.com'),
    ]) {
      const cookie = await app.signIn(who);
      expect((await look(cookie)).text).not.toContain('value="approve"');
      expect((await send(cookie)).status).toBe(403);
    }
    await nobodyDecided();
  });

  it('refuses another plan, and what was cancelled meanwhile', async () => {
    const cookie = await app.signIn(ben());
    expect((await send(cookie, { planDigest: `sha256:${'0'.repeat(64)}` })).status).toBe(422);
    await cancel(app.service.deps, person(vend.team, ['requester']), vend.requestId);
    const late = await send(cookie);
    expect(late.status).toBe(409);
    expect(late.text).toContain('cancelled');
    await nobodyDecided();
  });

  it('leads to the sign-in without a session, after an idle hour, after twelve hours, and after signing out', async () => {
    const leadsAway = (answer: { status: number; headers: Headers }) => {
      expect(answer.status).toBe(302);
      expect(answer.headers.get('location')).toMatch(/^\/sign-in/);
    };
    leadsAway(await app.call('GET', path()));
    const idle = await app.signIn(ben());
    nowMs += 0.9 * HOUR;
    expect((await look(idle)).status).toBe(200);
    nowMs += 1.1 * HOUR;
    leadsAway(await look(idle));
    const busy = await app.signIn(ben());
    for (let half = 0; half < 23; half++) {
      nowMs += HOUR / 2;
      expect((await look(busy)).status).toBe(200);
    }
    nowMs += HOUR;
    leadsAway(await look(busy));
    const leaving = await app.signIn(ben());
    expect((await app.submitForm('/sign-out', leaving, {})).status).toBe(303);
    leadsAway(await look(leaving));
    await nobodyDecided();
  });
});
