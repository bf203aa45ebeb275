import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rowsOf } from '../../db/client.ts';
import { accounts } from '../../db/schema/index.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type Answer, type App, expectProblem, newBody, openApp } from '../../test/support/http.ts';
import { newAccountId } from '../../test/support/messages.ts';
import { person, unique } from '../../test/support/service.ts';
import { exampleSnapshot, MANAGEMENT_ACCOUNT } from '../reconciliation/snapshot.fixture.ts';

const UNIT = 'ou-ab12-workloads';
const operator = person('', ['operator'], 'olga@example.com');

/** Of each kind that Control Tower puts on organizational units alone, one control and what it is called. */
const ONLY_ON_UNITS = [
  ['CT.S3.PV.5', 'is a resource control policy'],
  ['CT.EC2.PV.7', 'is a declarative policy of EC2'],
  ['CT.ACM.PR.1', 'is a CloudFormation hook'],
] as const;

/** As Control Catalog tells them; without one a unit cannot have the control. */
const ARNS = ONLY_ON_UNITS.map(([id]) => [id, `arn:aws:controlcatalog:::control/${id.toLowerCase()}`]);

describe.each(databases)('a control at the wrong target on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database);
    await app.service.setSnapshot({ ...exampleSnapshot, controlArns: Object.fromEntries(ARNS) });
  });
  afterAll(() => opened.close());
  beforeEach(() => app.service.reset());

  const addAccount = (accountId: string, more: { organizationalUnitId: string; requestId?: string }) => {
    const at = app.service.clock.now();
    return app.service.orm.insert(accounts).values({
      accountId,
      name: accountId,
      email: `${accountId}@example.com`,
      emailCanonical: `${accountId}@example.com`,
      team: 'payments',
      status: 'ACTIVE',
      origin: more.requestId === undefined ? 'FOREIGN' : 'VENDED',
      createdAt: at,
      updatedAt: at,
      ...more,
    });
  };
  const count = () =>
    rowsOf<{ facts: number; requests: number; outbox: number; holds: number }>(
      app.service.orm,
      sql`select (select count(*)::int from facts) as facts, (select count(*)::int from account_requests) as requests,
        (select count(*)::int from outbox) as outbox, (select count(*)::int from email_holds) as holds`,
    );

  /** Refused with this pointer and these words, and nothing is there that was not there before. */
  async function refuses(pointer: string, words: string, ask: () => Promise<Answer>): Promise<void> {
    const before = await count();
    const answer = await ask();
    expectProblem(answer, 422);
    expect(answer.body.errors).toEqual([{ pointer, message: expect.stringContaining(words) }]);
    expect(await count()).toEqual(before);
  }
  const changeUnit = (body: object, unit = UNIT) =>
    app.call('POST', `/v1/organizational-units/${unit}/changes`, {
      who: operator,
      body: { reason: 'x', ...body },
    });

  it.each(ONLY_ON_UNITS)('is %s for an account that is asked for', async (control, words) => {
    const team = unique('team');
    const guardrails = ['AWS-GR_RESTRICTED_SSH', control];
    await refuses('/guardrails/1', words, () => app.send(team, newBody(team, { guardrails })));
    await refuses('/guardrails/0/id', `POST /v1/organizational-units/{id}/changes`, () =>
      app.send(team, newBody(team, { guardrails: [{ id: control }] })),
    );
  });

  it.each(ONLY_ON_UNITS)('is %s for a change of an account', async (control, words) => {
    const { requestId } = await app.service.submit();
    const accountId = newAccountId();
    await addAccount(accountId, { organizationalUnitId: UNIT, requestId });
    for (const query of ['', '?dryRun=true'])
      await refuses('/guardrails/0', words, () =>
        app.call('POST', `/v1/accounts/${accountId}/changes${query}`, {
          who: operator,
          body: { guardrails: [control] },
        }),
      );
  });

  it.each(ONLY_ON_UNITS)('is not %s for an organizational unit', async (control) => {
    const { status, body } = await changeUnit({ enable: [control] });
    expect(status).toBe(202);
    expect(body).toMatchObject({ status: 'PLANNED', enable: [control] });
  });

  it.each([
    ['a mandatory control that is to be disabled', { disable: ['AWS-GR_CLOUDTRAIL_ENABLED'] }, 'mandatory'],
    ['a setting of the landing zone', { disable: ['AWS-GR_REGION_DENY'] }, 'setting of the landing zone'],
    ['a rule of our own', { disable: ['JETWAY-GR_ROLE_TRUST'] }, 'ask for it with an account'],
  ])('is %s, on a unit', async (_what, change, words) => {
    await refuses('/disable/0', words, () => changeUnit(change));
    await refuses('/enable/0', words, () => changeUnit({ enable: change.disable }));
  });

  it('is any control where the management account lies', async () => {
    const VPN = 'AWS-GR_DISALLOW_VPN_CONNECTIONS';
    await addAccount(MANAGEMENT_ACCOUNT, { organizationalUnitId: 'ou-ab12-sandboxes' });
    await refuses('', 'which controls never bind', () => changeUnit({ enable: [VPN] }, 'ou-ab12-sandboxes'));
  });

  it('is any control on the management account itself', async () => {
    await addAccount(MANAGEMENT_ACCOUNT, { organizationalUnitId: 'r-ab12' });
    const before = await count();
    const answer = await app.call('POST', `/v1/accounts/${MANAGEMENT_ACCOUNT}/changes`, {
      who: operator,
      body: { guardrails: ['AWS-GR_RESTRICTED_SSH'] },
    });
    expectProblem(answer, 409, 'not-active');
    expect(answer.body.detail).toContain('an active account that was vended here');
    expect(await count()).toEqual(before);
  });
});
