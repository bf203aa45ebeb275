import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accountGuardrails, exceptions } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, expectProblem, openApp } from '../../test/support/http.ts';
import { evaluation } from '../../test/support/messages.ts';
import { askOf, factOf, person, unique } from '../../test/support/service.ts';
import { planOf, vendedAccount } from '../../test/support/vended.ts';
import type { Principal, Role } from '../access/principal.ts';
import { receive } from '../inbox/inbox.pg.ts';
import { systemClock } from '../kernel/ids.node.ts';
import { accountList } from '../ledger/account-list.pg.ts';
import { heatMap } from '../ledger/heat-map.pg.ts';
import { factsOfRequests } from '../ledger/ledger.pg.ts';
import { overview } from '../ledger/overview.pg.ts';
import { DEFAULT_SETTINGS } from '../settings/defaults.ts';
import { sweepExceptions } from './end.pg.ts';

const CONTROL = 'AWS-GR_ENCRYPTED_VOLUMES';
const DAY = 24 * 3_600_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY).toISOString();

type Made = { id: string; plan: { digest: string } };
type Account = { accountId: string; team: string; rule: string };

describe.each(databases)('exceptions on $name', ({ name, open }) => {
  let opened: OpenedDatabase;
  let app: App;
  let account: Account;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database);
    await app.service.setSnapshot();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    await app.service.reset();
    account = await newAccount();
  });

  const inTeam = (roles: Role[], subject: string, team = account.team) => person(team, roles, subject);
  const ana = () => inTeam(['requester'], 'ana@example.com');
  const ben = () => inTeam(['approver'], 'ben@example.com');
  const ops = person('', ['operator'], 'ops@example.com');

  /** An account with two volumes in violation of the control. */
  async function newAccount(team = unique('team')): Promise<Account> {
    const vend = await vendedAccount(app.service, { team });
    const { guardrails } = await planOf(app.service, vend.requestId);
    const rule = guardrails.detective.find(({ control }) => control === CONTROL)?.ruleName ?? '';
    const found = { accountId: vend.accountId, rule, status: 'NON_COMPLIANT' as const };
    await app.service.receive(
      evaluation({ ...found, resourceId: 'vol-1', at: '2026-03-04T09:00:00.000Z', annotation: 'in clear' }),
      evaluation({ ...found, resourceId: 'vol-2', at: '2026-03-04T09:30:00.000Z' }),
    );
    return { accountId: vend.accountId, team, rule };
  }
  const pathOf = (of: Account = account) => `/v1/accounts/${of.accountId}/exceptions`;
  const BODY = () => ({
    control: CONTROL,
    resource: 'vol-1',
    reason: 'The vendor image cannot be encrypted yet',
    expiresAt: inDays(30),
  });
  const ask = (changes: object = {}, more: Parameters<App['call']>[2] = {}, query = '') =>
    app.call('POST', `${pathOf()}${query}`, { who: ana(), body: { ...BODY(), ...changes }, ...more });
  const decide = (made: Made, by: Principal = ben(), decision = 'approve') =>
    app.call('POST', `/v1/account-requests/${made.id}/decisions`, {
      who: by,
      body: { decision, planDigest: made.plan.digest },
    });
  const vend = (made: Made) => ({ requestId: made.id, planDigest: made.plan.digest });
  /** What the workflow does, at the time of the routes. */
  const says = (...batch: Parameters<typeof receive>[1]) =>
    receive({ ...app.service.deps, clock: systemClock }, batch);
  const confirm = async (made: Made, order = 2) => {
    await says(askOf(vend(made), 'confirm-approval', order));
    return app.service.answer(vend(made), order);
  };
  const waitForEnd = (made: Made, order = 3) => says(askOf(vend(made), 'exception-end', order));
  const runOut = (made: Made, order = 4) =>
    says(
      factOf(vend(made), 'ExceptionExpired', order, { accountId: account.accountId, occurredAt: inDays(0) }),
    );
  /** Asked for, approved and in force. */
  async function bring(changes: object = {}): Promise<Made> {
    const { status, body } = await ask(changes);
    expect({ status, body }).toMatchObject({ status: 202 });
    expect((await decide(body)).status).toBe(200);
    expect(await confirm(body)).toEqual({ outcome: 'confirmed' });
    await waitForEnd(body);
    return body;
  }
  const revoke = ({ id }: Pick<Made, 'id'>, by: Principal = ana(), of = account) =>
    app.call('POST', `${pathOf(of)}/${id}/revocation`, { who: by, body: { reason: 'Mended' } });
  const endPage = ({ id }: Pick<Made, 'id'>) => `/accounts/${account.accountId}/exceptions/${id}/end`;
  const endByForm = async (made: Pick<Made, 'id'>, fields: Record<string, string>, by: Principal = ana()) =>
    app.submitForm(endPage(made), await app.signIn(by), fields);
  const list = async (query = '', who: Principal = ana(), path = pathOf()) =>
    (await app.call('GET', `${path}${query}`, { who })).body;
  const statesOf = async () =>
    Object.fromEntries(
      (await list()).items.map((i: { requestId: string; state: string }) => [i.requestId, i.state]),
    );
  const compliance = async () =>
    (await app.call('GET', `/v1/accounts/${account.accountId}/compliance`, { who: ana() })).body;
  const status = async (made: Made) =>
    (await app.call('GET', `/v1/account-requests/${made.id}`, { who: ana() })).body.status;

  describe('the page that ends one', () => {
    const look = async (path: string, by: Principal = ana()) =>
      app.call('GET', path, { headers: { cookie: await app.signIn(by), accept: 'text/html' } });

    it('is led to from the account by who may, asks once more, and ends it', async () => {
      const made = await bring();
      const accountPage = `/accounts/${account.accountId}`;
      expect((await look(accountPage)).text).toContain(`href="${endPage(made)}"`);
      const auditor = person('', ['auditor'], 'audit@example.com');
      expect((await look(accountPage, auditor)).text).not.toContain(endPage(made));
      const page = await look(endPage(made));
      for (const words of ['vol-1', BODY().reason, 'End the exception', 'Keep it'])
        expect(page.text).toContain(words);
      const empty = await endByForm(made, { reason: ' ' });
      expect([empty.status, empty.text.includes('id="f-reason-error">Is needed')]).toEqual([422, true]);
      expect(await statesOf()).toEqual({ [made.id]: 'ACTIVE' });
      const ended = await endByForm(made, { reason: 'The image is encrypted now' });
      expect([ended.status, ended.headers.get('location')]).toEqual([303, `${accountPage}#exceptions`]);
      expect((await list()).items).toMatchObject([
        { state: 'REVOKED', endedBy: 'ana@example.com', endReason: 'The image is encrypted now' },
      ]);
      const after = await look(accountPage);
      expect(after.text).toContain('The image is encrypted now');
      expect(after.text).not.toContain(endPage(made));
    });

    it('says of one that is over, or not in force yet, why there is nothing to end', async () => {
      const made = await bring();
      await revoke(made);
      const over = await endByForm(made, { reason: 'Once more' });
      expect([over.status, /over already/.test(over.text), /Mended/.test(over.text)]).toEqual([
        409,
        true,
        true,
      ]);
      expect((await look(endPage(made))).text).not.toContain('End the exception');
      const { body: asked } = await ask();
      const early = await endByForm(asked, { reason: 'Not wanted' });
      expect([early.status, /Cancel its request instead/.test(early.text)]).toEqual([409, true]);
    });

    it('refuses a form of another session, and who may not', async () => {
      const made = await bring();
      const forged = await endByForm(made, { csrf: 'x', reason: 'Gone' });
      expect([forged.status, await statesOf()]).toEqual([403, { [made.id]: 'ACTIVE' }]);
      const stranger = person(unique('team'), ['requester'], 'eve@example.com');
      expect((await endByForm(made, { reason: 'Gone' }, stranger)).status).toBe(404);
      const auditor = person('', ['auditor'], 'audit@example.com');
      expect((await endByForm(made, { reason: 'Gone' }, auditor)).status).toBe(403);
      expect((await endByForm({ id: 'req-none' }, { reason: 'Gone' })).status).toBe(404);
      const operator = await endByForm(made, { reason: 'The audit is over' }, ops);
      expect([operator.status, await statesOf()]).toEqual([303, { [made.id]: 'REVOKED' }]);
    });
  });

  it('are planned in words, approved by somebody else, in force with the confirmation, seen with the violation', async () => {
    const { status: code, body, headers } = await ask();
    expect(code).toBe(202);
    expect(headers.get('location')).toBe(`/v1/account-requests/${body.id}`);
    expect(body).toMatchObject({
      kind: 'control-exception',
      status: 'PLANNED',
      accountId: account.accountId,
      control: CONTROL,
      resource: 'vol-1',
      owner: 'ana@example.com',
    });
    const words = body.summary.join('\n');
    expect(words).toContain('ana@example.com asks for an exception from AWS-GR_ENCRYPTED_VOLUMES');
    expect(words).toContain('strongly-recommended, detective');
    expect(words).toContain('30 days; then it ends by itself');
    expect(words).toContain('Today it covers one violation');
    expect(words).toContain('Covers AWS::EC2::Volume vol-1');
    expect(words).toContain('since 2026-03-04T09:00:00.000Z: in clear');
    expect(words).not.toContain('vol-2');
    expect(await statesOf()).toEqual({ [body.id]: 'REQUESTED' });
    expect((await compliance()).violations).toMatchObject([{ count: 2, excepted: 0 }]);

    expectProblem(await decide(body, inTeam(['approver'], ' Ana@Example.com')), 403, 'self-approval');
    expect((await decide(body)).status).toBe(200);
    expect(await confirm(body)).toEqual({ outcome: 'confirmed' });
    expect(await status(body)).toBe('ACTIVE');
    expect((await list()).items).toMatchObject([
      {
        state: 'ACTIVE',
        control: CONTROL,
        resource: 'vol-1',
        requestedBy: 'ana@example.com',
        approvedBy: ['ben@example.com'],
        owner: 'ana@example.com',
      },
    ]);
    const seen = await compliance();
    const item = seen.items.find((i: { control: string }) => i.control === CONTROL);
    const note = { requestId: body.id, reason: BODY().reason, expiresAt: body.expiresAt };
    expect(item).toMatchObject({
      status: 'NON_COMPLIANT',
      resources: [
        { resourceId: 'vol-1', status: 'NON_COMPLIANT', exception: note },
        { resourceId: 'vol-2', status: 'NON_COMPLIANT' },
      ],
    });
    expect(item.resources[1]).not.toHaveProperty('exception');
    expect(seen.violations).toEqual([
      {
        rule: account.rule,
        control: CONTROL,
        count: 2,
        excepted: 1,
        resources: [
          {
            region: 'us-east-1',
            resourceType: 'AWS::EC2::Volume',
            resourceId: 'vol-1',
            since: '2026-03-04T09:00:00.000Z',
            annotation: 'in clear',
            exception: note,
          },
          {
            region: 'us-east-1',
            resourceType: 'AWS::EC2::Volume',
            resourceId: 'vol-2',
            since: '2026-03-04T09:30:00.000Z',
          },
        ],
      },
    ]);
    const types = (await factsOfRequests(app.service.orm, [body.id])).map((f) => f.type);
    expect(types).toEqual([
      'ChangeRequested',
      'ChangePlanned',
      'ApprovalDecided',
      'ApprovalConfirmed',
      'ExceptionGranted',
    ]);
    // It is the account's story too.
    const timeline = await app.call('GET', `/v1/accounts/${account.accountId}/timeline`, { who: ana() });
    expect(timeline.body.items.map((f: { type: string }) => f.type)).toContain('ExceptionGranted');
  });

  it('are granted once, however often the confirmation is asked for', async () => {
    const made = await bring();
    expect(await confirm(made, 7)).toEqual({ outcome: 'confirmed' });
    const types = (await factsOfRequests(app.service.orm, [made.id])).map((f) => f.type);
    expect(types.filter((t) => t === 'ExceptionGranted')).toHaveLength(1);
  });

  it('that come to nothing leave no row, and can be asked for again', async () => {
    for (const end of ['deny', 'cancel', 'expire'] as const) {
      const { body } = await ask();
      if (end === 'deny') await decide(body, ben(), 'deny');
      if (end === 'cancel') await app.call('POST', `${body.links.self}/cancel`, { who: ana() });
      if (end === 'expire') await says(factOf(vend(body), 'RequestExpired', 2));
      expect(await statesOf()).toEqual({});
      expect(await confirm(body, 9)).not.toMatchObject({ outcome: 'confirmed' });
      expect((await compliance()).violations).toMatchObject([{ excepted: 0 }]);
    }
  });

  it('end when the workflow says that the time is up', async () => {
    const made = await bring();
    await runOut(made);
    expect(await statesOf()).toEqual({ [made.id]: 'EXPIRED' });
    expect(await status(made)).toBe('CLOSED');
    expect((await compliance()).violations).toMatchObject([{ count: 2, excepted: 0 }]);
    expectProblem(await revoke(made), 409, 'exception-over');
  });

  it('end by their time alone, and the sweep writes it down when the workflow is gone', async () => {
    const made = await bring();
    const past = new Date(Date.now() - 1_000);
    await app.service.orm
      .update(exceptions)
      .set({ expiresAt: past })
      .where(eq(exceptions.requestId, made.id));
    expect((await compliance()).violations).toMatchObject([{ excepted: 0 }]);
    expect(await statesOf()).toEqual({ [made.id]: 'EXPIRED' });
    expect((await list('?state=ACTIVE')).items).toEqual([]);
    expect((await list('?state=EXPIRED')).items).toHaveLength(1);
    expectProblem(await revoke(made), 409, 'exception-over');
    expect(await status(made)).toBe('ACTIVE');
    // Not yet: the workflow is given its time.
    await sweepExceptions(app.service.orm, new Date());
    expect(await status(made)).toBe('ACTIVE');
    await sweepExceptions(app.service.orm, new Date(Date.now() + 10 * 60_000));
    expect(await status(made)).toBe('CLOSED');
    expect(await app.service.answer(vend(made), 3)).toEqual({ outcome: 'over' });
  });

  it('are revoked by the team or an operator, at once, and the workflow is told', async () => {
    for (const by of [ana(), ben(), ops]) {
      const made = await bring();
      const { status: code, body } = await revoke(made, by);
      expect({ code, body }).toMatchObject({
        code: 200,
        body: { state: 'REVOKED', endedBy: by.subject, endReason: 'Mended' },
      });
      expect(await app.service.answer(vend(made), 3)).toEqual({ outcome: 'over' });
      expect(await status(made)).toBe('CLOSED');
      expect((await compliance()).violations).toMatchObject([{ excepted: 0 }]);
      expectProblem(await revoke(made, by), 409, 'exception-over');
      // The timer may have rung in that very moment; whoever revoked keeps the word.
      await runOut(made);
      expect((await statesOf())[made.id]).toBe('REVOKED');
    }
  });

  it('that were revoked before the workflow asked for the end let it end at once', async () => {
    const { body } = await ask();
    await decide(body);
    await confirm(body);
    await revoke(body);
    await waitForEnd(body);
    expect(await app.service.answer(vend(body), 3)).toEqual({ outcome: 'over' });
  });

  it('cannot be revoked before they are in force, nor by strangers', async () => {
    const { body } = await ask();
    expectProblem(await revoke(body), 409, 'exception-not-granted');
    expectProblem(await revoke(body, person('other', ['requester'])), 404, 'not-found');
    expectProblem(await revoke(body, inTeam(['auditor'], 'max@example.com')), 403, 'not-your-team');
    const other = await newAccount(account.team);
    expectProblem(await revoke(body, ana(), other), 404, 'not-found');
  });

  it('are renewed by another request, which takes the place of the first without a gap', async () => {
    const first = await bring();
    const { body: second } = await ask({ expiresAt: inDays(60) });
    expect(second.summary.join('\n')).toContain(`It takes the place of the exception ${first.id}`);
    await decide(second);
    expect(await statesOf()).toEqual({ [first.id]: 'ACTIVE', [second.id]: 'REQUESTED' });
    expect(await confirm(second)).toEqual({ outcome: 'confirmed' });
    expect(await statesOf()).toEqual({ [first.id]: 'REPLACED', [second.id]: 'ACTIVE' });
    expect(await app.service.answer(vend(first), 3)).toEqual({ outcome: 'over' });
    expect(await status(first)).toBe('CLOSED');
    expect((await compliance()).violations).toMatchObject([
      { excepted: 1, resources: [{ exception: { requestId: second.id } }, {}] },
    ]);
  });

  it('are counted apart, and alike in numbers, per account, per unit, by finding, and at every instant', async () => {
    const read = async (path: string) => (await app.call('GET', path, { who: ana() })).body;
    /** What each of the questions says, of now or of an instant. */
    const told = async (at?: string) => {
      const asOf = at === undefined ? '' : `asOf=${at}`;
      const { state, open, excepted } = await read(`/v1/accounts/${account.accountId}/compliance?${asOf}`);
      const { compliance: counted } = await read(`/v1/compliance/summary?${asOf}`);
      const found = async (which: boolean) =>
        (await read(`/v1/compliance?status=NON_COMPLIANT&excepted=${which}&${asOf}`)).items
          .map(
            (one: { resourceId: string; exception?: { requestId: string } }) =>
              `${one.resourceId}${one.exception === undefined ? '' : ` by ${one.exception.requestId}`}`,
          )
          // Findings come in the order of their fingerprints.
          .sort();
      return { state, open, excepted, counted, covered: await found(true), rest: await found(false) };
    };
    const stands = (excepted: number, covered: string[], rest: string[]) => {
      const whole = excepted === 2;
      return {
        state: whole ? 'excepted' : 'nonCompliant',
        open: 2,
        excepted,
        counted: { compliant: 0, nonCompliant: whole ? 0 : 1, excepted: whole ? 1 : 0, unknown: 0 },
        covered,
        rest,
      };
    };
    const instants: [string, ReturnType<typeof stands>][] = [];
    const note = async (wanted: ReturnType<typeof stands>) => {
      expect(await told()).toEqual(wanted);
      await new Promise((resolve) => setTimeout(resolve, 5));
      instants.push([new Date().toISOString(), wanted]);
      await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await note(stands(0, [], ['vol-1', 'vol-2']));
    const first = await bring();
    await note(stands(1, [`vol-1 by ${first.id}`], ['vol-2']));
    const second = await bring({ resource: 'vol-2' });
    await note(stands(2, [`vol-1 by ${first.id}`, `vol-2 by ${second.id}`], []));

    const open = await read('/v1/compliance/accounts');
    expect(open.items).toMatchObject([{ violations: 2, excepted: 2 }]);
    const unit = open.items[0].organizationalUnitId;
    expect((await read(`/v1/compliance/accounts?ou=${unit}`)).items).toEqual(open.items);
    const { units } = await overview(app.service.orm, ana(), new Date());
    expect(units).toMatchObject([{ unit, nonCompliant: 0, excepted: 1 }]);
    const map = await heatMap(app.service.orm, ana(), { limit: 10 }, new Date());
    expect(map.controls.find((one) => one.control === CONTROL)).toMatchObject({ cells: 'e', violated: 0 });
    const list = async (state: string) =>
      (await accountList(app.service.orm, ana(), { compliance: state, limit: 10 }, new Date())).total;
    expect([await list('excepted'), await list('nonCompliant')]).toEqual([1, 0]);
    const [from, to] = [instants[0]![0], instants[2]![0]];
    expect((await read(`/v1/compliance/trend?from=${from}&to=${to}`)).items.at(-1)).toMatchObject({
      nonCompliant: 0,
      excepted: 1,
    });
    // Other people's numbers say nothing of it.
    const { compliance: theirs } = (
      await app.call('GET', '/v1/compliance/summary', { who: person('other', ['requester']) })
    ).body;
    expect(theirs).toEqual({ compliant: 0, nonCompliant: 0, excepted: 0, unknown: 0 });

    await revoke(second);
    await note(stands(1, [`vol-1 by ${first.id}`], ['vol-2']));
    for (const [at, wanted] of instants) expect({ at, told: await told(at) }).toEqual({ at, told: wanted });
  });

  it('for the same are asked for once at a time', async () => {
    const { body } = await ask();
    const again = await ask({ reason: 'another' });
    expectProblem(again, 409, 'exception-open');
    expect(again.body.detail).toContain(body.id);
    expect((await ask({ resource: 'vol-2' })).status).toBe(202);
    expect((await ask({ resource: undefined })).status).toBe(202);
    expectProblem(await ask({ resource: undefined, reason: 'x' }), 409, 'exception-open');
  });

  it('for the whole control cover whatever it finds', async () => {
    await bring({ resource: undefined });
    expect((await compliance()).violations).toMatchObject([{ count: 2, excepted: 2 }]);
    const plan = await ask({ resource: undefined }, {}, '?dryRun=true');
    expect(plan.body.warnings).toEqual([expect.stringContaining('those that are yet to come too')]);
  });

  it('are one request for one key', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const body = BODY();
    const first = await ask(body, { headers, body });
    const again = await ask(body, { headers, body });
    expect(again.body.id).toBe(first.body.id);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expectProblem(
      await ask({}, { headers, body: { ...body, reason: 'other' } }),
      422,
      'idempotency-key-reused',
    );
  });

  it.each<[string, object, string]>([
    ['a mandatory control', { control: 'AWS-GR_CLOUDTRAIL_ENABLED' }, '/control'],
    ['a preventive control', { control: 'AWS-GR_RESTRICT_ROOT_USER' }, '/control'],
    ['a control that the account does not have', { control: 'AWS-GR_RESTRICTED_SSH' }, '/control'],
    ['a control that nobody knows', { control: 'AWS-GR_NOTHING' }, '/control'],
    ['the past', { expiresAt: inDays(-1) }, '/expiresAt'],
    ['more than a year', { expiresAt: inDays(366) }, '/expiresAt'],
    ['no time', { expiresAt: 'tomorrow' }, '/expiresAt'],
    ['no reason', { reason: '  ' }, '/reason'],
    ['a novel', { reason: 'x'.repeat(1_001) }, '/reason'],
    ['an unknown field', { force: true }, '/force'],
  ])('refuse %s', async (_what, changes, pointer) => {
    const answer = await ask(changes);
    expectProblem(answer, 422, 'validation');
    expect(answer.body.errors.map((e: { pointer: string }) => e.pointer)).toEqual([pointer]);
    expect(await statesOf()).toEqual({});
  });

  it('that fit no longer when they are confirmed are refused', async () => {
    const { body } = await ask();
    await decide(body);
    await app.service.orm.delete(accountGuardrails).where(eq(accountGuardrails.accountId, account.accountId));
    expect(await confirm(body)).toMatchObject({ outcome: 'refused', code: 'plan-outdated' });
    const late = await newAccount(account.team);
    account = late;
    const short = await ask({ expiresAt: new Date(Date.now() + 1_500).toISOString() });
    await decide(short.body);
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    expect(await confirm(short.body)).toMatchObject({ outcome: 'refused', code: 'plan-outdated' });
    expect(await statesOf()).toEqual({ [short.body.id]: 'REQUESTED' });
    await says(factOf(vend(short.body), 'RequestRejected', 5, { data: { code: 'plan-outdated' } }));
    expect(await statesOf()).toEqual({});
  });

  it('are signed by whom the policies name, a team of their own too', async () => {
    await app.service.setSettings({
      policies: [
        {
          name: 'exceptions',
          when: { guardrailExceptions: true },
          stages: [
            { name: 'team', approvers: [{ requestTeam: true }] },
            { name: 'security', approvers: [{ team: 'security' }] },
          ],
        },
        ...DEFAULT_SETTINGS.policies,
      ],
    });
    const { body } = await ask();
    await decide(body);
    expect(await confirm(body)).toMatchObject({ outcome: 'refused', code: 'approval-incomplete' });
    expect((await decide(body, person('security', ['approver'], 'sam@example.com'))).status).toBe(200);
    expect(await confirm(body, 5)).toEqual({ outcome: 'confirmed' });
    expect((await list()).items[0].approvedBy).toEqual(['ben@example.com', 'sam@example.com']);
  });

  it('are listed for the teams, with filters and pages that do not move', async () => {
    const mine = await bring();
    const { body: open } = await ask({ resource: 'vol-2' });
    const foreign = await newAccount();
    await app.call('POST', pathOf(foreign), {
      who: person(foreign.team, ['requester']),
      body: BODY(),
    });
    const idsOf = (page: { items: { requestId: string }[] }) => page.items.map((i) => i.requestId);
    expect(idsOf(await list('', ana(), '/v1/exceptions'))).toEqual([open.id, mine.id]);
    expect((await list('', ops, '/v1/exceptions')).items).toHaveLength(3);
    expect(idsOf(await list(`?team=${account.team}`, ops, '/v1/exceptions'))).toEqual([open.id, mine.id]);
    expect(idsOf(await list('?state=ACTIVE', ana(), '/v1/exceptions'))).toEqual([mine.id]);
    expect(idsOf(await list('?control=AWS-GR_OTHER', ana(), '/v1/exceptions'))).toEqual([]);
    const page = await list('?limit=1', ana(), '/v1/exceptions');
    const { body: newer } = await ask({ resource: 'vol-3' });
    const rest = await list(`?limit=5&cursor=${page.nextCursor}`, ana(), '/v1/exceptions');
    expect([idsOf(page), idsOf(rest), rest.nextCursor]).toEqual([[open.id], [mine.id], null]);
    expect(idsOf(await list('?limit=1'))).toEqual([newer.id]);
    const bad = await app.call('GET', '/v1/exceptions?cursor=x', { who: ana() });
    expectProblem(bad, 422, 'cursor');
  });

  describe.runIf(name === 'Postgres')('at once', () => {
    it('two approvers grant it once; two requests for the same are one', async () => {
      for (let i = 0; i < 10; i++) {
        const asked = await Promise.all([
          ask({ resource: `vol-${i}` }),
          ask({ resource: `vol-${i}`, reason: 'y' }),
        ]);
        expect(asked.map((a) => a.status).sort()).toEqual([202, 409]);
        const { body } = asked.find((a) => a.status === 202) ?? { body: {} };
        const decided = await Promise.all([
          decide(body),
          decide(body, inTeam(['approver'], 'cleo@example.com')),
        ]);
        expect(decided.map((a) => a.status).sort()).toEqual([200, 409]);
        const confirmed = await Promise.all([confirm(body, 2), confirm(body, 3)]);
        expect(confirmed).toEqual([{ outcome: 'confirmed' }, { outcome: 'confirmed' }]);
        const types = (await factsOfRequests(app.service.orm, [body.id])).map((f) => f.type);
        expect(types.filter((t) => t === 'ExceptionGranted')).toHaveLength(1);
      }
    });

    it('expiry and revocation leave one end, whichever comes first', async () => {
      for (let i = 0; i < 12; i++) {
        const made = await bring();
        const rush = [() => runOut(made), () => revoke(made)];
        if (i % 2) rush.reverse();
        const results = await Promise.all(rush.map((act) => act()));
        const answer = results.find((r) => r !== undefined);
        const state = (await statesOf())[made.id];
        expect(state).toBe(answer?.status === 200 ? 'REVOKED' : 'EXPIRED');
        expect(await status(made)).toBe('CLOSED');
        const facts = await factsOfRequests(app.service.orm, [made.id]);
        expect(facts.some((f) => f.type === 'ExceptionRevoked')).toBe(state === 'REVOKED');
      }
    });
  });
});
