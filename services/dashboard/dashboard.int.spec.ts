import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../db/client.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, HOST, newBody, openApp } from '../../test/support/http.ts';
import { factOf, person, unique } from '../../test/support/service.ts';
import { putSettings } from '../../test/support/settings.ts';
import { vendedAccount } from '../../test/support/vended.ts';

const CONTROL = 'AWS-GR_ENCRYPTED_VOLUMES';
const OPERATOR = { subject: 'ops@example.com', teams: [], roles: ['operator', 'auditor'] as const };

describe.each(databases)('the dashboard on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  let vend: Awaited<ReturnType<typeof vendedAccount>>;
  let foreign: Awaited<ReturnType<typeof vendedAccount>>;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database, { mirrorHub: { targetId: 'tmt-0123456789abcdef0', cidr: null } });
    await app.service.setSnapshot();
    vend = await vendedAccount(app.service, { team: unique('team'), guardrails: [CONTROL] });
    foreign = await vendedAccount(app.service, { team: unique('team') });
  });
  afterAll(() => opened.close());

  const ana = () => person(vend.team, ['requester'], 'ana@example.com');
  const look = async (path: string, who: Parameters<App['signIn']>[0] = ana(), headers = {}) =>
    app.call('GET', path, { headers: { cookie: await app.signIn(who), accept: 'text/html', ...headers } });

  it('counts what the person may see, and nothing of others', async () => {
    const { status, text } = await look('/');
    expect(status).toBe(200);
    expect(text).toMatch(/<b>1<\/b><span>accounts<\/span>/);
    expect(text).not.toContain(foreign.body.account.name);
    const all = await look('/', OPERATOR as never);
    expect(all.text).toContain('The whole organization.');
    expect(all.text).toMatch(/<b>2<\/b><span>accounts<\/span>/);
  });

  it('loads nothing from elsewhere, and nothing inline', async () => {
    const pages = [
      '/',
      '/accounts',
      `/accounts/${vend.accountId}`,
      '/requests',
      `/requests/${vend.requestId}`,
      '/requests/new',
    ];
    for (const path of pages) {
      const { text, headers } = await look(path);
      expect(text).not.toMatch(/(src|href)="(https?:)?\/\//);
      expect(text).not.toMatch(/ style=|<style|<script>|<script [^>]*>[^<]| on[a-z]+="/);
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
      for (const [, asset] of text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
        const answer = await app.call('GET', asset!.replaceAll('&amp;', '&'));
        expect([asset, answer.status, answer.headers.get('cache-control')]).toEqual([
          asset,
          200,
          'public, max-age=31536000, immutable',
        ]);
      }
    }
  });

  it('lists accounts with filters; nothing fits is a page of its own', async () => {
    const named = await look(`/accounts?q=${vend.body.account.name}`);
    expect(named.text).toContain(vend.accountId);
    expect((await look('/accounts?q=nothing-is-called-so')).text).toContain('No account fits');
    expect((await look(`/accounts?status=CLOSED`)).text).not.toContain(vend.accountId);
    expect((await look('/accounts?asOf=2020-01-01T00:00')).text).toContain('No account fits');
    expect((await look('/accounts?asOf=soon')).text).toContain('it is read as UTC');
    const cursors = await look('/accounts?cursor=made-up', ana());
    expect([cursors.status, cursors.text.includes('<main')]).toEqual([422, true]);
  });

  it('tells who, why and when of an account, and how it stood at an instant', async () => {
    const path = `/accounts/${vend.accountId}`;
    const { text } = await look(path);
    for (const words of [vend.body.justification, 'Ana', 'ben@example.com', 'Workloads', CONTROL, 'VPC 10.'])
      expect(text).toContain(words);
    expect(text).toContain('Now: ');
    const before = await look(`${path}?asOf=2020-01-01T00:00`);
    expect(before.text).toContain('As of 2020-01-01 00:00 UTC');
    expect(before.text).toContain('no guardrails on this account');
    const odd = await look(`${path}?asOf=x`);
    expect(odd.text).toContain('aria-invalid="true"');
  });

  it('shows a violation with its resource, in the page and in the export', async () => {
    const { accountId } = vend;
    await app.service.receive(factOf(vend, 'AccountVended', 100, { accountId, data: { verified: [] } }));
    const csv = await look(`/accounts/${accountId}/compliance.csv`);
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(csv.text).toContain(`${accountId},${CONTROL},detective,UNKNOWN`);
    const list = await look('/accounts.csv');
    expect(list.text.split('\r\n')[0]).toContain('accountId,name,email');
    expect(list.text).not.toContain(foreign.accountId);
  });

  it('shows a request with its steps, its plan as approvers read it, and its facts', async () => {
    const { text } = await look(`/requests/${vend.requestId}`);
    // The fixture tells of no slot.
    for (const words of ['7 of 8 steps done', vend.planDigest, 'ben@example.com said yes', 'Account vended'])
      expect(text).toContain(words);
    const waiting = await app.service.submit({ team: vend.team });
    const open = await look(`/requests/${waiting.requestId}`);
    expect(open.text).toContain(`data-live="/requests/${waiting.requestId}/events"`);
    expect(open.text).not.toContain('Approve');
    expect(
      (await look(`/requests/${waiting.requestId}`, person(vend.team, ['approver'], 'ben@example.com'))).text,
    ).toContain('Approve');
    expect((await look('/requests?status=open')).text).toContain(waiting.body.account.name);
    expect((await look(`/requests?q=${vend.requestId}`)).text).not.toContain(waiting.requestId);
  });

  it('cancels by a form of the page, and says why it does not', async () => {
    const body = newBody(vend.team);
    const sent = await app.call('POST', '/v1/account-requests', { who: ana(), body });
    const path = `/requests/${sent.body.id}`;
    const cookie = await app.signIn(ana());
    const stranger = await app.signIn(person(vend.team, ['requester'], 'cem@example.com'));
    const refused = await app.submitForm(`${path}/cancel`, stranger, {});
    expect([refused.status, refused.text.includes('Only the person who asked')]).toEqual([403, true]);
    const done = await app.submitForm(`${path}/cancel`, cookie, {});
    expect([done.status, done.headers.get('location')]).toEqual([303, path]);
    const over = await look(path);
    expect(over.text).toContain('Cancelled');
    // Nothing more is heard of it.
    expect(over.text).not.toContain('data-live');
    const again = await app.submitForm(`${path}/cancel`, cookie, {});
    expect([again.status, again.text.includes('has ended')]).toEqual([409, true]);
  });

  it('lists for an approver what is put to them', async () => {
    const waiting = await app.service.submit({ team: vend.team });
    const ben = await look('/approvals', person(vend.team, ['approver'], 'ben@example.com'));
    expect(ben.text).toContain(waiting.body.account.name);
    const other = await look('/approvals', person(foreign.team, ['approver'], 'eve@example.com'));
    expect(other.text).not.toContain(waiting.body.account.name);
    const refused = await look('/approvals');
    expect([refused.status, refused.text.includes('This needs the role approver')]).toEqual([403, true]);
    const operator = await look('/approvals', { ...OPERATOR, roles: ['operator', 'approver'] } as never);
    expect(operator.text).toContain(waiting.body.account.name);
  });

  describe('the form', () => {
    const fields = (changes: Record<string, string> = {}): Record<string, string> => {
      const { account, owner, justification } = newBody(vend.team);
      return {
        ...{ team: vend.team, justification, key: unique('form-key') },
        ...{ name: account.name, email: account.email, ou: account.organizationalUnitId },
        ...{ ownerEmail: owner.email, ownerFirstName: owner.firstName, ownerLastName: owner.lastName },
        ...{ blueprint: 'standard', guardrail: CONTROL },
        ...changes,
      };
    };
    const send = async (changes: Record<string, string>) =>
      app.submitForm('/requests/new', await app.signIn(ana()), fields(changes));

    it('shows the plan and writes nothing', async () => {
      const asked = fields({ intent: 'preview' });
      const answer = await app.submitForm('/requests/new', await app.signIn(ana()), asked);
      expect([answer.status, answer.text.includes('id="plan"')]).toEqual([200, true]);
      expect(answer.text).toContain('VPC 10.');
      expect((await look(`/requests?q=${asked.name}`)).text).toContain('Nothing fits these filters');
    });

    it('sends the request, once however often it is sent', async () => {
      const asked = fields({ intent: 'submit' });
      const cookie = await app.signIn(ana());
      const first = await app.submitForm('/requests/new', cookie, asked);
      const second = await app.submitForm('/requests/new', cookie, asked);
      expect([first.status, second.headers.get('location')]).toEqual([303, first.headers.get('location')]);
      expect((await look(first.headers.get('location') ?? '')).text).toContain(asked.name);
    });

    it('says at each field what is wrong; while it is filled in, nothing of what is empty', async () => {
      const wrong = await send({ intent: 'submit', name: '<b>', email: '' });
      expect(wrong.status).toBe(422);
      expect(wrong.text).toMatch(/id="f-name-error"[^>]*>May hold printable ASCII/);
      expect(wrong.text).toMatch(/id="f-email-error"[^>]*>Is needed/);
      expect(wrong.text).toContain('&lt;b&gt;');
      const partly = await send({ intent: 'check', name: '<b>', email: '' });
      expect([
        partly.status,
        partly.text.includes('f-name-error'),
        partly.text.includes('f-email-error'),
      ]).toEqual([200, true, false]);
      const unknown = await send({ intent: 'preview', guardrail: 'AWS-GR_NONE' });
      expect([unknown.status, /id="f-guardrail"[^>]*>There is no/.test(unknown.text)]).toEqual([422, true]);
      const taken = await send({ intent: 'submit', email: vend.body.account.email });
      expect([taken.status, taken.text.includes('f-email-error')]).toEqual([422, true]);
    });
  });

  it('maps who violates what, of one’s own accounts, and says it in words', async () => {
    await app.service.orm.execute(sql`insert into compliance (key, account_id, region, rule, resource_type, resource_id,
        control, status, version, fact_id, evaluated_at)
      values (${randomUUID()}, ${vend.accountId}, 'us-east-1', 'jetway-encrypted', 'AWS::EC2::Volume', 'vol-1', ${CONTROL},
        'NON_COMPLIANT', 1, 'x', now())`);
    const { text } = await look('/compliance');
    expect(text).toMatch(/1 accounts by \d+ controls; 1 controls are violated/);
    const csv = await look('/compliance.csv');
    const [names, row, end] = csv.text.split('\r\n').map((line) => line.split(','));
    expect(row?.[names?.indexOf(CONTROL) ?? -1]).toBe('violated');
    expect(end).toEqual(['']);
    expect((await look('/compliance?team=nobody')).text).toContain('No account has guardrails here');
  });

  it('shows the catalogue, one control, and what guardrails would deny', async () => {
    const list = await look('/guardrails?q=encrypted&behavior=detective');
    expect(list.text).toContain(`/guardrails/${CONTROL}`);
    expect((await look('/guardrails?q=zzz')).text).toContain('No control fits');
    const one = await look(`/guardrails/${CONTROL}`);
    expect([one.text.includes(vend.accountId), one.text.includes(foreign.accountId)]).toEqual([true, false]);
    expect((await look('/guardrails/AWS-GR_NONE')).status).toBe(404);
    const root = 'principal=arn:aws:iam::444455556666:root';
    const tried = await look(
      `/guardrails/what-if?controls=AWS-GR_RESTRICT_ROOT_USER&actions=s3:DeleteBucket&${root}`,
    );
    expect(tried.text).toContain('title="denied"');
    const wrong = await look('/guardrails/what-if?controls=AWS-GR_NONE&actions=x');
    expect([wrong.status, wrong.text.includes('f-actions-error')]).toEqual([422, true]);
    const stranger = await look(`/guardrails/what-if?accountId=${foreign.accountId}&actions=s3:GetObject`);
    expect([stranger.status, stranger.text.includes('f-accountId-error')]).toEqual([422, true]);
  });

  it('shows the ledger to who may read it, and verifies it', async () => {
    expect((await look('/ledger')).status).toBe(403);
    const { text } = await look('/ledger?verify=1', OPERATOR as never);
    expect(text).toContain('The ledger is whole');
    const next = await look('/ledger?before=10', OPERATOR as never);
    expect([next.status, next.text.includes('First page')]).toEqual([200, true]);
    expect((await look('/ledger?type=AccountVended', OPERATOR as never)).text).not.toContain(
      '<th scope="row">Account planned',
    );
  });

  it('shows what leaves, and the settings as far as they are one’s own', async () => {
    expect((await look('/deliveries')).status).toBe(403);
    expect((await look('/deliveries', OPERATOR as never)).text).toContain('No outbound endpoints');
    const own = await look('/settings');
    expect([own.text.includes('Approval policies'), own.text.includes('Delegations')]).toEqual([true, false]);
    expect((await look('/settings', OPERATOR as never)).text).toContain('Delegations');
  });

  it('sends a dead letter again by its button, for operators', async () => {
    const siem = { name: 'siem', direction: 'out', url: 'https://siem.example.com/in', keys: ['k1'] };
    await putSettings(app.service, { endpoints: [siem] });
    const id = unique('msg');
    await app.service.orm.execute(sql`insert into webhook_deliveries (id, endpoint, event_type, status, next_at, created_at)
      values (${id}, 'siem', 'Ping', 'failed', now(), now())`);
    const auditor = { ...OPERATOR, roles: ['auditor'] } as never;
    expect((await look('/deliveries?status=failed', auditor)).text).not.toContain('Send again');
    expect((await look('/deliveries?status=failed', OPERATOR as never)).text).toContain('Send again');
    const path = `/deliveries/siem/${id}/redeliver`;
    const done = await app.submitForm(path, await app.signIn(OPERATOR as never), {});
    expect([done.status, done.headers.get('location')]).toEqual([303, `/deliveries?again=${id}`]);
    const waits = await look(`/deliveries?again=${id}`, OPERATOR as never);
    expect(waits.text).toMatch(new RegExp(`${id}</span> is sent again now`));
    const [row] = await rowsOf<{ status: string }>(
      app.service.orm,
      sql`select status from webhook_deliveries where id = ${id}`,
    );
    expect(row?.status).toBe('pending');
    const absent = await app.submitForm(
      '/deliveries/siem/msg-none/redeliver',
      await app.signIn(OPERATOR as never),
      {},
    );
    expect(absent.status).toBe(404);
  });

  it('shows the frozen plan member by member, and the very bytes that were digested', async () => {
    const path = `/requests/${vend.requestId}/plan`;
    const { text } = await look(path);
    for (const words of [vend.planDigest, 'Guardrails', 'ProvisionedProduct', vend.body.account.email])
      expect(text.toLowerCase()).toContain(words.toLowerCase());
    const file = await look(`${path}.json`);
    expect(`sha256:${createHash('sha256').update(file.text).digest('hex')}`).toBe(vend.planDigest);
    expect((await look(`/requests/${foreign.requestId}/plan`)).status).toBe(404);
  });

  describe('the form for a change of an account', () => {
    const send = async (fields: Record<string, string>, who = ana()) =>
      app.submitForm(`/accounts/${vend.accountId}/change`, await app.signIn(who), {
        ...{ blueprint: 'standard', guardrail: 'AWS-GR_RESTRICTED_SSH', key: unique('form-key') },
        ...fields,
      });

    it('begins with what the account has', async () => {
      const { text } = await look(`/accounts/${vend.accountId}/change`);
      expect(text).toMatch(new RegExp(`value="${CONTROL}" checked`));
      // What nobody has said yet is as the blueprint says.
      expect(text).toMatch(/name="vpc\.size"[^>]*><option value="">As the blueprint says: small</);
      expect(text).toMatch(
        /name="budget\.monthlyLimitUsd"[^>]*value=""[^>]*placeholder="As the blueprint says: 1000"/,
      );
      expect((await look(`/accounts/${foreign.accountId}/change`)).status).toBe(404);
    });

    it('changes values of the blueprint, and says at the field what it does not take', async () => {
      const as = { guardrail: CONTROL, intent: 'preview', reason: 'A smaller budget' };
      const preview = await send({ ...as, 'budget.monthlyLimitUsd': '250' });
      expect([preview.status, preview.text.includes('id="plan"')]).toEqual([200, true]);
      expect(preview.text).toMatch(/name="budget\.monthlyLimitUsd"[^>]*value="250"/);
      expect(preview.text).toMatch(/budget[^<]*: changed/);
      const wrong = await send({ ...as, 'budget.monthlyLimitUsd': 'much' });
      expect([wrong.status, wrong.text.includes('f-budget-monthlyLimitUsd-error')]).toEqual([422, true]);
    });

    it('offers mirror profiles, and plans those that are chosen', async () => {
      const { text } = await look(`/accounts/${vend.accountId}/change`);
      expect(text).toMatch(/name="mirror" value="dns-only"\/?>/);
      const as = { guardrail: CONTROL, intent: 'preview', reason: 'Who asks for which names' };
      const preview = await send({ ...as, mirror: 'dns-only' });
      expect([preview.status, preview.text.includes('id="plan"')]).toEqual([200, true]);
      expect(preview.text).toMatch(/name="mirror" value="dns-only" checked/);
      expect(preview.text).toContain('Mirror profile dns-only (session number 200): added.');
      const wrong = await send({ ...as, mirror: 'everything' });
      expect([wrong.status, wrong.text.includes('Is not a mirror profile')]).toEqual([422, true]);
    });

    it('shows the plan in sentences and writes nothing, then sends it', async () => {
      const preview = await send({ intent: 'preview', reason: 'SSH is not for all' });
      expect([preview.status, preview.text.includes('id="plan"')]).toEqual([200, true]);
      expect(preview.text).toContain('AWS-GR_RESTRICTED_SSH');
      const reasonless = await send({ intent: 'submit', reason: '' });
      expect([reasonless.status, reasonless.text.includes('f-reason-error')]).toEqual([422, true]);
      const sent = await send({ intent: 'submit', reason: 'SSH is not for all' });
      expect([sent.status, /^\/requests\/req-/.test(sent.headers.get('location') ?? '')]).toEqual([
        303,
        true,
      ]);
      const second = await send({ intent: 'submit', reason: 'Once more' });
      expect(second.status).toBe(409);
    });
  });

  it('asks for an exception by a form, which knows what is violated', async () => {
    const path = `/accounts/${vend.accountId}/exception`;
    const page = await look(`${path}?control=${CONTROL}&resource=vol-1`);
    expect(page.text).toMatch(new RegExp(`value="${CONTROL}" selected`));
    const expires = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    const fields = { control: CONTROL, resource: 'vol-1', reason: 'The old image', expires, owner: '' };
    const cookie = await app.signIn(ana());
    const preview = await app.submitForm(path, cookie, { ...fields, intent: 'preview' });
    expect([preview.status, preview.text.includes('id="plan"')]).toEqual([200, true]);
    const late = await app.submitForm(path, cookie, { ...fields, expires: '2020-01-01', intent: 'submit' });
    expect([late.status, late.text.includes('Has to be in the future')]).toEqual([422, true]);
    const key = unique('form-key');
    const sent = await app.submitForm(path, cookie, { ...fields, key, intent: 'submit' });
    expect([sent.status, sent.headers.get('location')?.slice(0, 14)]).toEqual([303, '/requests/req-']);
    const again = await app.submitForm(path, cookie, { ...fields, key, intent: 'submit' });
    expect(again.headers.get('location')).toBe(sent.headers.get('location'));
  });

  it('changes the controls of a unit by a form, for operators, with every account that is affected', async () => {
    const path = '/units/ou-ab12-workloads/change';
    expect((await look(path)).status).toBe(403);
    const cookie = await app.signIn(OPERATOR as never);
    const fields = { enable: 'AWS-GR_DISALLOW_VPN_CONNECTIONS', reason: 'No back doors' };
    const preview = await app.submitForm(path, cookie, { ...fields, intent: 'preview' });
    expect(preview.text).toContain(vend.body.account.name);
    expect(preview.text).toMatch(/accounts? (is|are) affected/);
    const nothing = await app.submitForm(path, cookie, { reason: 'No', intent: 'submit' });
    expect([nothing.status, nothing.text.includes('class="problem"')]).toEqual([422, true]);
    const sent = await app.submitForm(path, cookie, { ...fields, intent: 'submit' });
    expect(sent.status).toBe(303);
    expect((await look('/units/ou-none/change', OPERATOR as never)).status).toBe(404);
  });

  describe('news by server-sent events', () => {
    /** What a stream says within a while. @param after the last event that the browser has had */
    const hear = async (path: string, after?: string, meanwhile = async () => {}): Promise<string> => {
      const cookie = await app.signIn(ana());
      const headers = { host: HOST, cookie, ...(after === undefined ? {} : { 'last-event-id': after }) };
      const answer = await app.app.request(`http://${HOST}${path}`, { headers });
      expect(answer.headers.get('content-type')).toBe('text/event-stream');
      const reader = answer.body!.getReader();
      const first = new TextDecoder().decode((await reader.read()).value);
      await meanwhile();
      if (!first.startsWith(':')) {
        await reader.cancel();
        return first;
      }
      const next = new TextDecoder().decode((await reader.read()).value);
      await reader.cancel();
      return next;
    };
    const idOf = (event: string) => /^id: (.+)$/m.exec(event)?.[1] ?? '';

    it('says nothing of what the page shows, and everything that happened since, once', async () => {
      const { text } = await look('/');
      const path = /data-live="([^"]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? '';
      const news = await hear(path, undefined, async () => {
        await app.service.submit({ team: vend.team });
        app.bell.ring('');
      });
      expect(news).toContain('event: news');
      expect(JSON.parse(/^data: (.+)$/m.exec(news)?.[1] ?? '')).toMatchObject({ stuck: 0 });
      // The connection broke, and something happened before it came back.
      const last = idOf(news);
      await app.service.submit({ team: vend.team });
      const missed = await hear(path, last);
      expect(missed).toContain('event: news');
      expect(idOf(missed)).not.toBe(last);
      // What happens to others is no news.
      await app.service.submit({ team: foreign.team });
      const own = await hear('/events', idOf(missed), async () => {
        await app.service.submit({ team: vend.team });
        app.bell.ring('');
      });
      expect(idOf(own)).not.toBe(idOf(missed));
    });
  });

  it('signs in by a form on this machine, and goes on where one wanted to be', async () => {
    const send = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
      app.call('POST', '/dev/sign-in', {
        raw: new URLSearchParams(fields).toString(),
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          ...{ origin: 'null', 'sec-fetch-site': 'same-origin', ...headers },
        },
      });
    const who = { subject: 'ana@example.com', teams: 'payments, search', roles: 'requester' };
    const done = await send({ ...who, next: '/requests?status=open' });
    expect([done.status, done.headers.get('location')]).toEqual([303, '/requests?status=open']);
    const away = await send({ ...who, next: 'https://evil.example/' });
    expect(away.headers.get('location')).toBe('/');
    const wrong = await send({ ...who, roles: 'king' });
    expect([
      wrong.status,
      wrong.text.includes('f-roles-error'),
      wrong.text.includes('payments, search'),
    ]).toEqual([422, true, true]);
    // Another site's page must not sign somebody in.
    for (const headers of [
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'cross-site' },
    ])
      expect((await send(who, headers)).status).toBe(403);
  });

  it('says in a page that the service is in trouble, and nothing of why', async () => {
    const lost = await open();
    const broken = openApp(lost.database);
    const cookie = await broken.signIn(ana());
    await lost.close();
    const { status, text } = await broken.call('GET', '/accounts', {
      headers: { cookie, accept: 'text/html' },
    });
    expect([status >= 500, text.includes('<main'), text.includes('To the overview')]).toEqual([
      true,
      true,
      true,
    ]);
    expect(text).not.toMatch(/pool|select|pglite/i);
  });

  it('answers a person with a page where a program gets a problem', async () => {
    const page = await look('/nowhere');
    expect([page.status, page.text.includes('<main')]).toEqual([404, true]);
    expect((await app.call('GET', '/nowhere')).headers.get('content-type')).toMatch(/problem/);
    const account = await look(`/accounts/${foreign.accountId}`);
    expect([account.status, account.text]).toEqual([404, (await look('/accounts/999999999999')).text]);
    expect((await look('/accounts/12')).status).toBe(404);
  });
});
