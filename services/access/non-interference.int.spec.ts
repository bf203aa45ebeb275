import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Orm } from '../../db/client.ts';
import {
  accountGuardrails,
  accountRequests,
  accounts,
  admissions,
  cancellations,
  compliance,
  driftChecks,
  exceptions,
  facts,
  requestViews,
} from '../../db/schema/index.ts';
import { counted } from '../../test/support/counts.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, openApp } from '../../test/support/http.ts';
import { openService, person } from '../../test/support/service.ts';
import { vendedAccount } from '../../test/support/vended.ts';
import type { Principal } from './principal.ts';

/** The planted bug: the conditions of the queries are forgotten. */
const planted = vi.hoisted(() => ({ noConditions: false }));
vi.mock('./own-rows.pg.ts', async (original) => {
  const real = await original<typeof import('./own-rows.pg.ts')>();
  const always = () => sql`true`;
  return {
    ofOwnTeams: (...of: Parameters<typeof real.ofOwnTeams>) =>
      planted.noConditions ? always() : real.ofOwnTeams(...of),
    ofOwnRequests: (...of: Parameters<typeof real.ofOwnRequests>) =>
      planted.noConditions ? always() : real.ofOwnRequests(...of),
  };
});

const TEAM = 'red';
const UNIT = 'ou-ab12-workloads';
const CONTROL = 'AWS-GR_ENCRYPTED_VOLUMES';
/** Of other teams, when they are there at all. */
const FOREIGN_REQUESTS = ['req-f1', 'req-f2', 'req-f3'];
const FOREIGN_ACCOUNTS = ['000000000001', '200000000002', '999999999999'];

const USERS: Record<string, Omit<Principal, 'subject'>> = {
  requester: { teams: [TEAM], roles: ['requester'] },
  approver: { teams: [TEAM], roles: ['approver'] },
  admin: { teams: [TEAM], roles: ['admin'] },
  member: { teams: [TEAM], roles: [] },
  'approver of nobody': { teams: [], roles: ['requester', 'approver'] },
};

const EXCEPTION = {
  control: CONTROL,
  reason: 'x',
  expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
};

type Probe = { method: 'GET' | 'POST'; path: string; body?: object };

/** Everything that a person can ask which could tell of others. */
function probesOf(own: { requestId: string; waiting: string; accountId: string; cursor: string }): Probe[] {
  const get = (path: string): Probe => ({ method: 'GET', path });
  const post = (path: string, body?: object): Probe => ({ method: 'POST', path, ...(body ? { body } : {}) });
  const requests = '/v1/account-requests';
  const decision = { decision: 'approve', planDigest: `sha256:${'0'.repeat(64)}` };
  return [
    ...[
      '',
      '?limit=1',
      `?limit=1&cursor=${own.cursor}`,
      '?status=QUEUED',
      '?status=ACTIVE',
      '?team=blue',
      '?team=red',
    ].map((query) => get(`${requests}${query}`)),
    ...[own.requestId, own.waiting, ...FOREIGN_REQUESTS].flatMap((id) => [
      get(`${requests}/${id}`),
      get(`${requests}/${id}/plan`),
      get(`${requests}/${id}/timeline`),
    ]),
    ...FOREIGN_REQUESTS.flatMap((id) => [
      get(`${requests}/${id}/events`),
      post(`${requests}/${id}/decisions`, decision),
      post(`${requests}/${id}/cancel`),
    ]),
    ...[
      '',
      '?limit=1',
      '?q=a',
      '?status=ACTIVE',
      `?ou=${UNIT}`,
      '?team=blue',
      `?cursor=${own.accountId}`,
    ].map((query) => get(`/v1/accounts${query}`)),
    ...[own.accountId, ...FOREIGN_ACCOUNTS].flatMap((id) => [
      ...['', '/verification', '/timeline', '/compliance', '/exceptions'].map((part) =>
        get(`/v1/accounts/${id}${part}`),
      ),
      post('/v1/guardrails/simulate', { accountId: id, requests: [] }),
      get(`/v1/guardrails?limit=500&enabledOn=${id}`),
    ]),
    ...FOREIGN_ACCOUNTS.flatMap((id) => [
      post(`/v1/accounts/${id}/drift-checks`),
      post(`/v1/accounts/${id}/exceptions?dryRun=true`, EXCEPTION),
      post(`/v1/accounts/${id}/exceptions/req-e${id}/revocation`, { reason: 'x' }),
      post(`/v1/accounts/${id}/changes?dryRun=true`, { guardrails: [] }),
    ]),
    ...['', '?limit=1', '?status=NON_COMPLIANT', `?control=${CONTROL}`, `?ou=${UNIT}`].map((query) =>
      get(`/v1/compliance${query}`),
    ),
    get('/v1/compliance/summary'),
    ...['', '?limit=1', '?state=ACTIVE', '?team=blue', `?control=${CONTROL}`].map((query) =>
      get(`/v1/exceptions${query}`),
    ),
    get(`/v1/guardrails/${CONTROL}`),
    get('/v1/ledger/facts'),
    get('/v1/ledger/verify'),
  ];
}

const aTeam = fc.constantFrom('blue', 'green', 'RED', 'red2', ' red', '[]', '"red"');
const aTime = fc.integer({ min: -1_000, max: 1_000 }).map((s) => new Date(Date.now() + s * 60_000));
const foreign = fc.record({
  requests: fc.array(
    fc.record({
      team: aTeam,
      name: fc.constantFrom('payments', 'a', '%', 'acc'),
      status: fc.constantFrom('PLANNED', 'AWAITING_APPROVAL', 'QUEUED', 'ACTIVE', 'DENIED'),
      kind: fc.constantFrom('account' as const, 'account-change' as const),
      at: aTime,
      waits: fc.boolean(),
      cancelled: fc.boolean(),
      facts: fc.integer({ min: 0, max: 3 }),
    }),
    { maxLength: 3 },
  ),
  accounts: fc.array(
    fc.record({
      team: fc.option(aTeam),
      name: fc.constantFrom('payments', 'a', '%', 'acc'),
      status: fc.constantFrom('ACTIVE', 'QUARANTINED', 'CLOSED'),
      origin: fc.constantFrom('VENDED', 'FOREIGN'),
      findings: fc.constantFrom('NON_COMPLIANT', 'COMPLIANT', null),
      drift: fc.boolean(),
      excepted: fc.boolean(),
      facts: fc.integer({ min: 0, max: 2 }),
    }),
    { maxLength: 3 },
  ),
});
type Foreign = typeof foreign extends fc.Arbitrary<infer T> ? T : never;

/** As much as there can be, for what has to be found. */
const MUCH: Foreign = {
  requests: FOREIGN_REQUESTS.map(() => ({
    team: 'blue',
    name: 'acc',
    status: 'ACTIVE',
    kind: 'account',
    at: new Date(Date.now() + 60_000),
    waits: true,
    cancelled: true,
    facts: 3,
  })),
  accounts: FOREIGN_ACCOUNTS.map(() => ({
    team: 'blue',
    name: 'acc',
    status: 'ACTIVE',
    origin: 'VENDED',
    findings: 'NON_COMPLIANT',
    drift: true,
    excepted: true,
    facts: 2,
  })),
};

type Like = { request: typeof accountRequests.$inferSelect; view: unknown };

/** Puts other teams' data beside one's own; `like` lends what it takes to look real. */
async function insertForeign(tx: Orm, { requests, accounts: theirs }: Foreign, like: Like): Promise<void> {
  const now = new Date();
  let seq = 900_000;
  const fact = (of: { requestId?: string; accountId?: string }, data: object) => {
    const id = `foreign-${++seq}`;
    const text = {
      id,
      meaning: id,
      type: 'AccountVended',
      source: 'jetway',
      actor: 'eve',
      body: '',
      hash: '',
    };
    return { ...text, ...of, seq, version: seq, occurredAt: now, recordedAt: now, data };
  };
  const newFacts = [
    ...requests.flatMap((r, i) =>
      Array.from({ length: r.facts }, () => fact({ requestId: FOREIGN_REQUESTS[i] ?? '' }, { team: r.team })),
    ),
    ...theirs.flatMap((a, i) =>
      Array.from({ length: a.facts }, () => fact({ accountId: FOREIGN_ACCOUNTS[i] ?? '' }, { verified: [] })),
    ),
  ];
  if (requests.length > 0) {
    const rows = requests.map((r, i) => ({ ...r, id: FOREIGN_REQUESTS[i] ?? '' }));
    await tx.insert(accountRequests).values(
      rows.map(({ id, kind, team, at }) => ({
        ...like.request,
        id,
        kind,
        team,
        idempotencyKey: id,
        createdAt: at,
      })),
    );
    await tx.insert(requestViews).values(
      rows.map(({ id, team, status, name, at }) => ({
        requestId: id,
        team,
        status,
        terminal: status === 'DENIED',
        accountId: null,
        accountName: name,
        organizationalUnitId: UNIT,
        view: like.view,
        createdAt: at,
        updatedAt: at,
      })),
    );
    for (const { id, team, at } of rows.filter(({ waits }) => waits))
      await tx.execute(sql`insert into admissions (request_id, team, state, purpose, asked_at, position)
        overriding system value values (${id}, ${team}, 'waiting', 'admission', ${at.toISOString()}::timestamptz, ${-seq})`);
    const ended = rows.filter(({ cancelled }) => cancelled);
    if (ended.length > 0)
      await tx
        .insert(cancellations)
        .values(ended.map(({ id, at }) => ({ requestId: id, cancelledBy: 'eve', cancelledAt: at })));
  }
  if (theirs.length > 0) {
    const rows = theirs.map((a, i) => ({ ...a, accountId: FOREIGN_ACCOUNTS[i] ?? '' }));
    await tx.insert(accounts).values(
      rows.map(({ accountId, name, team, status, origin }) => ({
        accountId,
        name,
        email: `${name}@example.com`,
        emailCanonical: `${name}@example.com`,
        organizationalUnitId: UNIT,
        team,
        status,
        origin,
        createdAt: now,
        updatedAt: now,
      })),
    );
    await tx.insert(accountGuardrails).values(
      rows.map(({ accountId }) => ({
        accountId,
        control: CONTROL,
        kind: 'detective',
        status: 'ATTACHED',
        version: 1,
      })),
    );
    const found = rows.flatMap(({ accountId, findings }) =>
      findings === null ? [] : [{ accountId, status: findings }],
    );
    if (found.length > 0)
      await tx.insert(compliance).values(
        found.map((row) => ({
          ...row,
          region: 'us-east-1',
          rule: 'a-rule',
          resourceType: 'AWS::EC2::Volume',
          resourceId: 'vol-1',
          control: CONTROL,
          version: 1,
          factId: 'x',
          evaluatedAt: now,
        })),
      );
    const excepted = rows.filter((row) => row.excepted);
    if (excepted.length > 0)
      await tx.insert(exceptions).values(
        excepted.map(({ accountId }) => ({
          requestId: `req-e${accountId}`,
          accountId,
          control: CONTROL,
          owner: 'eve',
          reason: 'x',
          requestedBy: 'eve',
          expiresAt: new Date(now.getTime() + 86_400_000),
          state: 'ACTIVE',
          requestedAt: now,
        })),
      );
    const looked = rows.filter(({ drift }) => drift);
    if (looked.length > 0)
      await tx.insert(driftChecks).values(
        looked.map(({ accountId }) => ({
          accountId,
          version: 1,
          factId: 'x',
          status: 'DRIFTED',
          checkedAt: now,
        })),
      );
  }
  if (newFacts.length > 0) await tx.insert(facts).values(newFacts);
}

/** Stands for whatever database or transaction it is pointed at. */
function movable(first: Orm) {
  let current = first;
  const orm = new Proxy({} as Orm, {
    get: (_, key) => {
      const member = Reflect.get(current, key);
      return typeof member === 'function' ? member.bind(current) : member;
    },
    getPrototypeOf: () => Object.getPrototypeOf(current),
  });
  const pointAt = (next: Orm) => {
    current = next;
  };
  return { orm, pointAt };
}

describe.each(databases)('what other teams do is not seen on $name', ({ name, open }) => {
  let opened: OpenedDatabase;
  let app: App;
  let place: ReturnType<typeof movable>;
  let probes: Probe[];
  let like: Like;
  const baseline = new Map<string, string>();

  beforeAll(async () => {
    opened = await open();
    place = movable(opened.database.orm);
    app = openApp({ ...opened.database, orm: place.orm });
    const service = openService(opened.database);
    await service.setSnapshot();
    const vended = await vendedAccount(service, { team: TEAM });
    const waiting = await service.submit({ team: TEAM });
    await service.submit({ team: TEAM });
    await service.orm.insert(admissions).values({
      requestId: waiting.requestId,
      team: TEAM,
      state: 'waiting',
      purpose: 'admission',
      askedAt: new Date(),
    });
    const [request] = await service.orm.select().from(accountRequests).where(sql`id = ${vended.requestId}`);
    const [view] = await service.orm.select().from(requestViews).where(sql`request_id = ${vended.requestId}`);
    if (!request || !view) throw new Error('the own request is not there');
    like = { request, view: view.view };
    const who = person(TEAM, ['requester']);
    const list = await app.call('GET', '/v1/account-requests?limit=1', { who });
    const { requestId, accountId } = vended;
    probes = probesOf({ requestId, accountId, waiting: waiting.requestId, cursor: list.body.nextCursor });
    await each(async (user, probe) => {
      baseline.set(keyOf(user, probe), await ask(user, probe));
    });
  }, 240_000);
  afterAll(() => opened.close());

  const keyOf = (user: string, { method, path, body }: Probe) =>
    `${user}: ${method} ${path} ${JSON.stringify(body)}`;
  let asked = 0;
  /** Status and text, to the letter. Another subject each time, so that no limit for one person is met. */
  async function ask(user: string, { method, path, body }: Probe): Promise<string> {
    const who = { subject: `u${asked++}@example.com`, ...(USERS[user] as (typeof USERS)[string]) };
    const answer = await app.call(method, path, { who, ...(body ? { body } : {}) });
    return `${answer.status} ${answer.text}`;
  }
  async function each(work: (user: string, probe: Probe) => Promise<void>): Promise<void> {
    for (const user of Object.keys(USERS)) for (const probe of probes) await work(user, probe);
  }
  /** A live stream that is let in by mistake would go on after its database was taken away. */
  const askable = (rowSecurity: boolean): Probe[] =>
    planted.noConditions && !rowSecurity ? probes.filter(({ path }) => !path.endsWith('/events')) : probes;

  const undo = new Error('undo');
  /** With other teams' data beside one's own, which nobody has seen afterwards. */
  async function beside(data: Foreign, work: () => Promise<void>, rowSecurity = true): Promise<void> {
    try {
      await opened.database.orm.transaction(async (tx) => {
        const inside = tx as unknown as Orm;
        if (!rowSecurity) await dropRowSecurity(inside);
        await insertForeign(inside, data, like);
        place.pointAt(inside);
        await work();
        throw undo;
      });
    } catch (error) {
      if (error !== undo) throw error;
    } finally {
      place.pointAt(opened.database.orm);
    }
  }
  async function dropRowSecurity(tx: Orm): Promise<void> {
    await tx.execute(sql`set local role none`);
    for (const table of [
      'account_requests',
      'request_views',
      'accounts',
      'account_guardrails',
      'compliance',
      'drift_checks',
      'exceptions',
      'facts',
      'admissions',
    ])
      await tx.execute(sql`alter table ${sql.identifier(table)} disable row level security`);
    await tx.execute(sql`set local role jetway_app`);
  }
  const withoutConditions = async (work: () => Promise<void>) => {
    planted.noConditions = true;
    try {
      await work();
    } finally {
      planted.noConditions = false;
    }
  };

  /** Random pairs of runs; the one of each is the run beside which nobody else is there, hence any two are equal. */
  const pairs = async (n: number, rowSecurity = true) =>
    fc.assert(
      fc.asyncProperty(
        foreign,
        fc.constantFrom(...Object.keys(USERS)),
        fc.array(fc.nat(), { minLength: 2, maxLength: 2 }),
        async (data, user, picks) => {
          await beside(
            data,
            async () => {
              for (const pick of picks) {
                const usable = askable(rowSecurity);
                const probe = usable[pick % usable.length] as Probe;
                expect(`${keyOf(user, probe)} → ${await ask(user, probe)}`).toBe(
                  `${keyOf(user, probe)} → ${baseline.get(keyOf(user, probe))}`,
                );
              }
            },
            rowSecurity,
          );
        },
      ),
      { numRuns: n },
    );

  /** What a user is told otherwise beside much of others. */
  async function leaks(rowSecurity: boolean): Promise<string[]> {
    const found: string[] = [];
    await beside(
      MUCH,
      async () => {
        for (const probe of askable(rowSecurity))
          if ((await ask('requester', probe)) !== baseline.get(keyOf('requester', probe)))
            found.push(`${probe.method} ${probe.path}`);
      },
      rowSecurity,
    );
    return found;
  }

  it('the probes do tell of one’s own', () => {
    const told = [...baseline].filter(
      ([key, answer]) => key.startsWith('requester') && answer.startsWith('200'),
    );
    expect(told.length).toBeGreaterThan(25);
    expect([...baseline.values()].filter((answer) => answer.startsWith('5'))).toEqual([]);
    expect([...baseline.values()].filter((answer) => answer.startsWith('429'))).toEqual([]);
  });

  // Half of them on each engine.
  it('answers are the same to the letter, whatever is beside one’s own data', async () => {
    await pairs(counted(50_000));
    expect(await leaks(true)).toEqual([]);
  });

  it('they still are without the conditions of the queries: row-level security holds alone', async () => {
    await withoutConditions(async () => {
      await pairs(counted(5_000));
      expect(await leaks(true)).toEqual([]);
    });
  });

  it('they still are without row-level security: the conditions hold alone', async () => {
    await pairs(counted(name === 'PGlite' ? 5_000 : 1_000), false);
    expect(await leaks(false)).toEqual([]);
  });

  it('without both, lists, single reads, numbers and refusals tell of others', async () => {
    await withoutConditions(async () => {
      const found = await leaks(false);
      expect(found).toEqual(
        expect.arrayContaining([
          'GET /v1/account-requests',
          'GET /v1/account-requests?team=blue',
          'GET /v1/account-requests/req-f1',
          'GET /v1/account-requests/req-f1/timeline',
          'GET /v1/accounts',
          'GET /v1/accounts?q=a',
          `GET /v1/accounts/${FOREIGN_ACCOUNTS[0]}`,
          `GET /v1/accounts/${FOREIGN_ACCOUNTS[0]}/compliance`,
          'GET /v1/compliance',
          'GET /v1/compliance/summary',
          'GET /v1/exceptions',
          `GET /v1/accounts/${FOREIGN_ACCOUNTS[0]}/exceptions`,
          `GET /v1/guardrails/${CONTROL}`,
        ]),
      );
      await expect(pairs(200, false)).rejects.toThrow();
    });
  });
});
