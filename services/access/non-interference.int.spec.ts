import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Orm } from '../../db/client.ts';
import { admissions } from '../../db/schema/index.ts';
import { counted } from '../../test/support/counts.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, openApp } from '../../test/support/http.ts';
import { asOwner } from '../../test/support/owner.ts';
import { openService, person } from '../../test/support/service.ts';
import { vendedAccount } from '../../test/support/vended.ts';
import type { NewFact } from '../ledger/fact.ts';
import { appendFacts } from '../ledger/ledger.pg.ts';
import type { Principal } from './principal.ts';

// Another spec may have loaded the service already, without what is planted here.
vi.hoisted(() => vi.resetModules());
/** The planted bug: the conditions of the queries are forgotten. */
const TEAMS = vi.hoisted(() => ['red', 'blue', 'green', 'RED', 'red2', ' red']);
const planted = vi.hoisted(() => ({ noConditions: false }));
vi.mock('./own-rows.pg.ts', async (original) => {
  const real = await original<typeof import('./own-rows.pg.ts')>();
  const always = () => sql`true`;
  return {
    ofOwnTeams: (...of: Parameters<typeof real.ofOwnTeams>) =>
      planted.noConditions ? always() : real.ofOwnTeams(...of),
    ofOwnScopes: (...of: Parameters<typeof real.ofOwnScopes>) =>
      planted.noConditions ? always() : real.ofOwnScopes(...of),
    // Of everybody, and of every team.
    ownTeams: (...of: Parameters<typeof real.ownTeams>) =>
      planted.noConditions ? null : real.ownTeams(...of),
    ownScopes: (...of: Parameters<typeof real.ownScopes>) =>
      planted.noConditions ? ['*', ...TEAMS.map((team) => `team:${team}`)] : real.ownScopes(...of),
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
    get('/v1/compliance/blueprints'),
    get('/v1/accounts?blueprint=standard'),
    get('/v1/compliance/summary?asOf=2026-03-04T10:00:00Z'),
    ...['', `?ou=${UNIT}`, `?control=${CONTROL}`, '?team=blue'].map((query) =>
      get(`/v1/compliance/accounts${query}`),
    ),
    ...[own.accountId, ...FOREIGN_ACCOUNTS].flatMap((id) => [
      get(`/v1/accounts/${id}/timeline?limit=2`),
      get(`/v1/accounts/${id}/compliance?asOf=2026-03-04T10:00:00Z`),
    ]),
    get('/v1/compliance/trend?from=2026-03-01T00:00:00Z&to=2026-03-04T00:00:00Z'),
    get('/v1/compliance?asOf=2026-03-04T10:00:00Z'),
    get('/v1/accounts?asOf=2026-03-04T10:00:00Z'),
    get('/v1/accounts?without=AWS-GR_RESTRICTED_SSH'),
    get('/v1/accounts?without=AWS-GR_RESTRICTED_SSH&asOf=2026-03-04T10:00:00Z'),
    get('/v1/account-requests?quietSince=2036-01-01T00:00:00Z'),
    get('/v1/compliance?drift=true'),
    get('/v1/compliance/changes?from=2020-01-01T00:00:00Z&to=2036-01-01T00:00:00Z'),
    ...['', '?limit=1', '?state=ACTIVE', '?team=blue', `?control=${CONTROL}`].map((query) =>
      get(`/v1/exceptions${query}`),
    ),
    get('/v1/traffic-mirroring/coverage'),
    get('/v1/traffic-mirroring/sessions'),
    get(`/v1/guardrails/${CONTROL}`),
    ...['', ...[own.requestId, own.waiting, ...FOREIGN_REQUESTS].map((id) => `approvals/${id}`)].map((path) =>
      get(`/${path}`),
    ),
    ...[
      'approvals/attempts',
      'delegations',
      'ledger/facts',
      'ledger/verify',
      'organizational-units',
      'settings',
      'settings/versions',
      'webhooks',
    ].map((path) => get(`/v1/${path}`)),
  ];
}

const aTeam = fc.constantFrom<string>('blue', 'green', 'RED', 'red2', ' red', '[]', '"red"');
const aTime = fc.integer({ min: -1_000, max: 1_000 }).map((s) => new Date(Date.now() + s * 60_000));
/** Whom a request is put to for approval; the last two are approvers of ours. */
const aWord = fc.constantFrom<string>(
  ...['team:blue', 'team:RED', 'team: red', 'team:*', 'person:eve@example.com', 'person:red', 'anyone '],
  ...['anyone', `team:${TEAM}`],
);
const putToOurs = (word: string): boolean => word === 'anyone' || word === `team:${TEAM}`;

/** A request of another team at one of the places for them, or that there is none. */
const aRequest = fc.record({
  id: fc.constantFrom(...FOREIGN_REQUESTS),
  gone: fc.boolean(),
  team: aTeam,
  name: fc.constantFrom<string>('payments', 'a', '%', 'acc'),
  status: fc.constantFrom<string>('PLANNED', 'AWAITING_APPROVAL', 'QUEUED', 'ACTIVE', 'DENIED'),
  kind: fc.constantFrom('account' as const, 'account-change' as const),
  at: aTime,
  waits: fc.boolean(),
  cancelled: fc.boolean(),
  asked: fc.uniqueArray(aWord, { maxLength: 2 }),
  facts: fc.integer({ min: 0, max: 3 }),
});
/** The same with an account. */
const anAccount = fc.record({
  id: fc.constantFrom(...FOREIGN_ACCOUNTS),
  gone: fc.boolean(),
  team: fc.option(aTeam),
  name: fc.constantFrom<string>('payments', 'a', '%', 'acc'),
  status: fc.constantFrom<string>('ACTIVE', 'QUARANTINED', 'CLOSED'),
  origin: fc.constantFrom<string>('VENDED', 'FOREIGN'),
  findings: fc.constantFrom('NON_COMPLIANT', 'COMPLIANT', null),
  drift: fc.boolean(),
  excepted: fc.boolean(),
  facts: fc.integer({ min: 0, max: 2 }),
});
type Change =
  | { request: typeof aRequest extends fc.Arbitrary<infer T> ? T : never }
  | { account: typeof anAccount extends fc.Arbitrary<infer T> ? T : never };
const aChange: fc.Arbitrary<Change> = fc.oneof(
  aRequest.map((request) => ({ request })),
  anAccount.map((account) => ({ account })),
);

/** As much as there can be, for what has to be found. */
const MUCH: readonly Change[] = [
  ...FOREIGN_REQUESTS.map((id) => ({
    request: {
      id,
      gone: false,
      team: 'blue',
      name: 'acc',
      status: 'ACTIVE',
      kind: 'account' as const,
      at: new Date(Date.now() + 60_000),
      waits: true,
      cancelled: true,
      asked: ['team:blue'],
      facts: 3,
    },
  })),
  ...FOREIGN_ACCOUNTS.map((id) => ({
    account: {
      id,
      gone: false,
      team: 'blue',
      name: 'acc',
      status: 'ACTIVE',
      origin: 'VENDED',
      findings: 'NON_COMPLIANT' as const,
      drift: true,
      excepted: true,
      facts: 2,
    },
  })),
];

/**
 * One change of what other teams have is one statement, with the rights of the owner: this is tried a hundred thousand
 * times. A request looks like the one of ours that it is a copy of.
 */
const MAKE_CHANGE = sql.raw(`
create function change_foreign(change jsonb, copied text) returns void language plpgsql security definer as $$
declare
  r jsonb := change -> 'request';
  a jsonb := change -> 'account';
begin
  if r is not null then
    delete from account_requests where id = r ->> 'id';
    delete from request_views where request_id = r ->> 'id';
    delete from admissions where request_id = r ->> 'id';
    delete from cancellations where request_id = r ->> 'id';
    delete from asked_approvers where request_id = r ->> 'id';
    if (r ->> 'gone')::boolean then return; end if;
    insert into account_requests (id, kind, team, requested_by, idempotency_key, body_digest, body, plan_digest, plan_text,
        created_at)
      select r ->> 'id', r ->> 'kind', r ->> 'team', 'eve', r ->> 'id', body_digest, body, plan_digest, plan_text,
        (r ->> 'at')::timestamptz from account_requests where id = copied;
    insert into request_views (request_id, team, status, terminal, account_id, account_name, organizational_unit_id, view,
        created_at, updated_at)
      select r ->> 'id', r ->> 'team', r ->> 'status', r ->> 'status' = 'DENIED', null, r ->> 'name', '${UNIT}', view,
        (r ->> 'at')::timestamptz, (r ->> 'at')::timestamptz from request_views where request_id = copied;
    insert into admissions (request_id, team, state, purpose, asked_at, position) overriding system value
      select r ->> 'id', r ->> 'team', 'waiting', 'admission', now(), -right(r ->> 'id', 1)::int
      where (r ->> 'waits')::boolean;
    insert into cancellations (request_id, cancelled_by, cancelled_at)
      select r ->> 'id', 'eve', now() where (r ->> 'cancelled')::boolean;
    insert into asked_approvers (request_id, asked, requested_by)
      select r ->> 'id', word, 'eve' from jsonb_array_elements_text(r -> 'asked') word;
  else
    delete from accounts where account_id = a ->> 'id';
    delete from account_guardrails where account_id = a ->> 'id';
    delete from compliance where account_id = a ->> 'id';
    delete from drift_checks where account_id = a ->> 'id';
    delete from mirror_accounts where account_id = a ->> 'id';
    delete from mirror_interfaces where account_id = a ->> 'id';
    delete from exceptions where account_id = a ->> 'id';
    delete from account_posture where account_id = a ->> 'id';
    delete from account_spans where account_id = a ->> 'id';
    delete from account_identities where account_id = a ->> 'id';
    delete from tallies where scope = 'team:' || (a ->> 'team') and lane = 1 + right(a ->> 'id', 1)::int % 4;
    if (a ->> 'gone')::boolean then return; end if;
    insert into accounts (account_id, name, email, email_canonical, organizational_unit_id, team, status, origin, created_at,
        updated_at)
      values (a ->> 'id', a ->> 'name', 'x@example.com', 'x@example.com', '${UNIT}', a ->> 'team', a ->> 'status',
        a ->> 'origin', now(), now());
    insert into account_guardrails (account_id, control, kind, status, version)
      values (a ->> 'id', '${CONTROL}', 'detective', 'ATTACHED', 1);
    insert into compliance (key, account_id, region, rule, resource_type, resource_id, control, status, version, fact_id,
        evaluated_at)
      select gen_random_uuid(), a ->> 'id', 'us-east-1', 'a-rule', 'AWS::EC2::Volume', 'vol-1', '${CONTROL}', a ->> 'findings', 1, 'x', now()
      where a ->> 'findings' is not null;
    insert into account_posture (account_id, team, organizational_unit_id, open, passed, detective, guardrails)
      values (a ->> 'id', a ->> 'team', '${UNIT}', case when a ->> 'findings' = 'NON_COMPLIANT' then 1 else 0 end, 0, 1, 1);
    insert into account_spans (account_id, from_at, status, organizational_unit_id, team, known_at)
      values (a ->> 'id', 1, a ->> 'status', '${UNIT}', a ->> 'team', now());
    insert into account_identities (account_id, from_at, name, email, organizational_unit_id, team, known_at)
      values (a ->> 'id', 1, a ->> 'name', 'x@example.com', '${UNIT}', a ->> 'team', now());
    insert into tallies (scope, measure, level, start, key, lane, n)
      select 'team:' || (a ->> 'team'), 'accounts', level, 0, a ->> 'status', 1 + right(a ->> 'id', 1)::int % 4, 1
      from generate_series(0, 1) level where a ->> 'team' is not null
      on conflict (scope, measure, level, start, key, lane) do update set n = tallies.n + 1;
    insert into drift_checks (account_id, version, fact_id, status, checked_at)
      select a ->> 'id', 1, 'x', 'DRIFTED', now() where (a ->> 'drift')::boolean;
    insert into mirror_accounts (account_id, version, status, looked_at)
      select a ->> 'id', 1, 'MIRRORING', now() where (a ->> 'drift')::boolean;
    insert into mirror_interfaces (account_id, network_interface_id, instance_id, instance_type, state, session_id, target_id,
        profile, version, fact_id)
      select a ->> 'id', 'eni-' || (a ->> 'id'), 'i-1', 'm5.large', 'MIRRORING', 'tms-1', 'tmt-1', 'x', 1, 'x'
      where (a ->> 'drift')::boolean;
    insert into exceptions (request_id, account_id, control, owner, reason, requested_by, expires_at, state, requested_at)
      select 'req-e' || (a ->> 'id'), a ->> 'id', '${CONTROL}', 'eve', 'x', 'eve', now() + interval '1 day', 'ACTIVE', now()
      where (a ->> 'excepted')::boolean;
  end if;
end $$`);

let told = 0;
/** What the ledger hears of it besides. */
function newFacts(change: Change): NewFact[] {
  const { facts, of } =
    'request' in change
      ? { facts: change.request.facts, of: { requestId: change.request.id } }
      : { facts: change.account.facts, of: { accountId: change.account.id } };
  return Array.from({ length: facts }, () => {
    const id = `foreign-${++told}`;
    const occurredAt = new Date().toISOString();
    const what = { type: 'AccountVended', source: 'jetway', actor: 'eve', data: { verified: [] } } as const;
    return { id, meaning: id, version: told, occurredAt, ...what, ...of };
  });
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

/** The database is taken back after so many changes. */
const CHANGES_IN_A_ROW = 250;

describe.each(databases)('what other teams do is not seen on $name', ({ name, open }) => {
  let opened: OpenedDatabase;
  let app: App;
  let place: ReturnType<typeof movable>;
  let probes: Probe[];
  let copied: string;
  const cookies = new Map<string, string>();
  const baseline = new Map<string, string>();

  beforeAll(async () => {
    opened = await open();
    place = movable(opened.database.orm);
    // Its clock stands still: a session of an hour lasts through pairs that take longer.
    const began = new Date();
    app = openApp({ ...opened.database, orm: place.orm }, { clock: { now: () => began } });
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
    await asOwner(service.orm, (owner) => owner.execute(MAKE_CHANGE));
    copied = vended.requestId;
    for (const user of Object.keys(USERS)) cookies.set(user, await app.signIn(whoIs(user)));
    const who = person(TEAM, ['requester']);
    const list = await app.call('GET', '/v1/account-requests?limit=1', { who });
    const { requestId, accountId } = vended;
    probes = probesOf({ requestId, accountId, waiting: waiting.requestId, cursor: list.body.nextCursor });
    for (const user of Object.keys(USERS))
      for (const probe of probes) baseline.set(keyOf(user, probe), await ask(user, probe));
  }, 240_000);
  afterAll(() => opened.close());

  const whoIs = (user: string): Principal => ({
    subject: `${user.replaceAll(' ', '-')}@example.com`,
    ...(USERS[user] as (typeof USERS)[string]),
  });
  const keyOf = (user: string, { method, path, body }: Probe) =>
    `${user}: ${method} ${path} ${JSON.stringify(body)}`;
  /** Status and text, to the letter: of the API by token, of the dashboard by cookie. */
  async function ask(user: string, { method, path, body }: Probe): Promise<string> {
    const identified = path.startsWith('/v1/')
      ? { who: whoIs(user) }
      : { headers: { cookie: cookies.get(user) ?? '' } };
    const answer = await app.call(method, path, { ...identified, ...(body ? { body } : {}) });
    return `${answer.status} ${answer.text}`;
  }
  /** A live stream that is let in by mistake would go on after its database was taken away. */
  const askable = (rowSecurity: boolean): Probe[] =>
    planted.noConditions && !rowSecurity ? probes.filter(({ path }) => !path.endsWith('/events')) : probes;

  const undo = new Error('undo');
  /** In a transaction of its own, which nobody has seen afterwards. */
  async function aside(work: (tx: Orm) => Promise<void>, rowSecurity: boolean): Promise<void> {
    try {
      await opened.database.orm.transaction(async (tx) => {
        const inside = tx as unknown as Orm;
        if (!rowSecurity) await dropRowSecurity(inside);
        place.pointAt(inside);
        await work(inside);
        throw undo;
      });
    } catch (error) {
      if (error !== undo) throw error;
    } finally {
      place.pointAt(opened.database.orm);
    }
  }
  async function change(tx: Orm, made: Change): Promise<void> {
    await tx.execute(sql`select change_foreign(${JSON.stringify(made)}::jsonb, ${copied})`);
    const facts = newFacts(made);
    if (facts.length > 0) await appendFacts(tx, facts, new Date());
  }
  async function dropRowSecurity(tx: Orm): Promise<void> {
    await tx.execute(sql`set local role none`);
    for (const table of [
      'account_requests',
      'request_views',
      'asked_approvers',
      'accounts',
      'account_guardrails',
      'compliance',
      'compliance_history',
      'account_posture',
      'account_spans',
      'account_identities',
      'tallies',
      'drift_checks',
      'mirror_accounts',
      'mirror_interfaces',
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

  const users = Object.keys(USERS);
  const noApprovers = users.filter((user) => !USERS[user]?.roles.includes('approver'));
  const aStep = fc.record({ made: aChange, user: fc.nat(), picks: fc.tuple(fc.nat(), fc.nat()) });

  /**
   * Random pairs of runs: the one of each is the run beside which nobody else is there, the other one is beside what the
   * changes so far have come to, a different state of the other teams for each pair. Hence any two are equal. What is put
   * to our approvers is theirs to see, so meanwhile those are asked who are none.
   */
  async function pairs(n: number, rowSecurity = true): Promise<void> {
    const row = fc.array(aStep, {
      minLength: Math.min(n, CHANGES_IN_A_ROW),
      maxLength: Math.min(n, CHANGES_IN_A_ROW),
    });
    const walk = (steps: typeof row extends fc.Arbitrary<infer T> ? T : never) =>
      aside(async (tx) => {
        const usable = askable(rowSecurity);
        const theirs = new Map<string, readonly string[]>();
        for (const { made, user: of, picks } of steps) {
          await change(tx, made);
          if ('request' in made) theirs.set(made.request.id, made.request.gone ? [] : made.request.asked);
          const some = [...theirs.values()].flat().some(putToOurs) ? noApprovers : users;
          const user = some[of % some.length] as string;
          for (const pick of picks) {
            const key = usable[pick % usable.length] as Probe;
            expect(`${keyOf(user, key)} → ${await ask(user, key)}`).toBe(
              `${keyOf(user, key)} → ${baseline.get(keyOf(user, key))}`,
            );
          }
        }
      }, rowSecurity);
    // A shorter row would have other states: the first failure says enough.
    await fc.assert(fc.asyncProperty(row, walk), {
      numRuns: Math.ceil(n / CHANGES_IN_A_ROW),
      endOnFailure: true,
    });
  }

  /** What a user is told otherwise beside much of others. */
  async function leaks(rowSecurity: boolean): Promise<string[]> {
    const found: string[] = [];
    await aside(async (tx) => {
      for (const made of MUCH) await change(tx, made);
      for (const probe of askable(rowSecurity))
        if ((await ask('requester', probe)) !== baseline.get(keyOf('requester', probe)))
          found.push(`${probe.method} ${probe.path}`);
    }, rowSecurity);
    return found;
  }

  it('the probes do tell of one’s own', () => {
    const told = [...baseline].filter(
      ([key, answer]) => key.startsWith('requester') && answer.startsWith('200'),
    );
    expect(told.length).toBeGreaterThan(30);
    expect([...baseline.values()].filter((answer) => /^(5|429|302)/.test(answer))).toEqual([]);
  });

  it('answers are the same to the letter, whatever is beside one’s own data', async () => {
    await pairs(counted(name === 'Postgres' ? 100_000 : 10_000));
    expect(await leaks(true)).toEqual([]);
  });

  it('they still are without the conditions of the queries: row-level security holds alone', async () => {
    await withoutConditions(async () => {
      await pairs(counted(5_000));
      expect(await leaks(true)).toEqual([]);
    });
  });

  it('they still are without row-level security: the conditions hold alone', async () => {
    await pairs(counted(5_000), false);
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
          'GET /v1/compliance/accounts',
          'GET /v1/accounts?asOf=2026-03-04T10:00:00Z',
          'GET /v1/exceptions',
          'GET /v1/traffic-mirroring/coverage',
          'GET /v1/traffic-mirroring/sessions',
          `GET /v1/accounts/${FOREIGN_ACCOUNTS[0]}/exceptions`,
          `GET /v1/guardrails/${CONTROL}`,
          'GET /',
          'GET /approvals/req-f1',
        ]),
      );
      await expect(pairs(200, false)).rejects.toThrow();
    });
  });
});
