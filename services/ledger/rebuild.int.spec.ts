import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Orm, rowsOf, transact } from '../../db/client.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { evaluation } from '../../test/support/messages.ts';
import { asOwner } from '../../test/support/owner.ts';
import { askOf, factOf, openService, person, type Service } from '../../test/support/service.ts';
import { changeFacts, planOf, vendedAccount } from '../../test/support/vended.ts';
import type { AccountChangePlan } from '../account-changes/account-change.schema.ts';
import { accountChangeIntake } from '../account-changes/intake.ts';
import { driftChecked, openedGroup, stackFound } from '../drift/check.fixture.ts';
import { projectExceptions } from '../exceptions/project.pg.ts';
import type { Incoming } from '../inbox/incoming.ts';
import { mirroredItem, mirrorTold } from '../mirroring/told.fixture.ts';
import type { Part } from '../reconciliation/assemble.ts';
import { partsOf } from '../reconciliation/parts.fixture.ts';
import { requestReconcile } from '../reconciliation/reconciliation.pg.ts';
import { requestWith } from '../requests/request.fixture.ts';
import { submit } from '../requests/submit.pg.ts';
import { laneOf, type NewFact } from './fact.ts';
import { ingest } from './ingest.pg.ts';
import { appendFacts, lockLanes } from './ledger.pg.ts';
import { NOT_PROJECTIONS, PROJECTIONS, TALLIES } from './projection-tables.ts';
import { getAccount } from './queries.pg.ts';
import { checkProjections, MissingFacts, type Rebuilt, rebuildProjections } from './rebuild.pg.ts';

const nobody = { requestId: '', planDigest: '' };
const unbound = { requestId: undefined, planDigest: undefined };

describe.each(databases)('projections rebuilt from facts on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let orm: Orm;
  let service: Service;
  let account: string;
  beforeAll(async () => {
    opened = await open();
    orm = opened.database.orm;
    service = openService(opened.database);
    await service.setSnapshot();
    await live();
  }, 180_000);
  afterAll(() => opened.close());

  /** A bit of everything that facts are folded into. */
  async function live(): Promise<void> {
    const calm = await vendedAccount(service);
    const denied = await service.submit();
    await service.decide(denied, 'deny');
    const vend = await vendedAccount(service);
    account = vend.accountId;
    const { guardrails } = await planOf(service, vend.requestId);
    const { ruleName: rule, control } = guardrails.detective[0]!;
    const found = (accountId: string, n: number, status: 'COMPLIANT' | 'NON_COMPLIANT', minute: number) =>
      evaluation({ accountId, rule, resourceId: `vol-${n}`, status, at: `2026-03-04T09:${minute}:00.000Z` });
    await service.receive(found(account, 1, 'NON_COMPLIANT', 30), found(calm.accountId, 1, 'COMPLIANT', 20));
    // Late, and of an instant that is known already.
    await service.receive(found(account, 1, 'COMPLIANT', 10), found(account, 1, 'COMPLIANT', 30));
    await service.receive(found(account, 2, 'NON_COMPLIANT', 40), found('999900001111', 1, 'COMPLIANT', 10));
    await events(rule, calm.accountId);
    await look(account, 1_000, { stacks: [stackFound({ resources: [openedGroup], changed: 1 })] });
    await look(account, 900);
    await look(calm.accountId, 1_000, { policies: [{ ...driftChecked().policies[0]!, state: 'MISSING' }] });
    await look(calm.accountId, 2_000);
    await mirrored(account);
    await mirrored(calm.accountId);
    await exceptions(account, control);
    await reconcile([]);
    await reconcile([{ id: '555500001111' }, { id: account, name: 'renamed', unit: 'ou-ab12-workloads' }]);
    await reconcile([{ id: '555500001111', unit: 'ou-ab12-security1', state: 'SUSPENDED' }]);
    await change(account);
    // What a control that is gone still says.
    await service.receive(found(account, 1, 'NON_COMPLIANT', 50));
    await look(account, 3_000);
    await reconcile([]);
    await reconcile([]);
  }

  async function events(rule: string, accountId: string): Promise<void> {
    const facts = Array.from({ length: 40 }, (_, i): NewFact => {
      const version = Date.parse('2026-02-28T22:00:00.000Z') + ((i * 7_919) % 40) * 600_000;
      const id = `aws:${randomUUID()}`;
      return {
        id,
        meaning: id,
        type: 'ComplianceChanged',
        source: 'aws.config',
        accountId,
        version,
        occurredAt: new Date(version).toISOString(),
        data: {
          region: 'us-east-1',
          rule: i % 7 === 0 ? 'of-nobody' : rule,
          resourceType: 'T',
          resourceId: `r${i % 5}`,
          status: i % 3 === 0 ? 'NON_COMPLIANT' : 'COMPLIANT',
          before: null,
        },
      };
    });
    for (let i = 0; i < facts.length; i += 10)
      await ingest(orm, laneOf(facts[0]!), facts.slice(i, i + 10), service.clock.now());
  }

  const look = (accountId: string, order: number, changes: Parameters<typeof driftChecked>[0] = {}) =>
    service.receive(
      factOf(nobody, 'DriftChecked', order, {
        ...unbound,
        id: `drift-${accountId}-${order}:${order}`,
        accountId,
        data: driftChecked(changes),
      }),
    );

  const gap = (n: number) =>
    mirroredItem(n, { state: 'LIMIT', reason: 'three sessions of others', sessionId: undefined });

  async function mirrored(accountId: string): Promise<void> {
    for (const [order, told] of [
      mirrorTold({ look: 2_000 }),
      mirrorTold({ look: 1_000, items: [] }),
      mirrorTold({ look: 3_000, whole: false, instanceId: 'i-2', items: [] }),
      mirrorTold({ look: 4_000, status: 'NOT_ARMED', reason: 'the target is gone', items: [] }),
      mirrorTold({ look: 5_000, items: [gap(1), gap(2), gap(5)] }),
      // Late: it changes nothing that is known of now.
      mirrorTold({ look: 4_500, items: [gap(4)] }),
      mirrorTold({ look: 6_000, items: [mirroredItem(1), { ...gap(2), reason: 'throttled' }] }),
      mirrorTold({ look: 6_500, whole: false, instanceId: 'i-5', items: [gap(5)] }),
    ].entries())
      await service.receive(
        factOf(nobody, 'MirrorSessionChanged', order, {
          ...unbound,
          id: `mirror-${accountId}-${order}:${order}`,
          accountId,
          data: told,
        }),
      );
  }

  const exceptions = (accountId: string, control: string) =>
    transact(orm, async (tx) => {
      await lockLanes(tx);
      const base = (n: number, type: NewFact['type'], data: NewFact['data']): NewFact => ({
        id: `${type}:${n}`,
        meaning: `${type}:${n}`,
        type,
        source: 'jetway',
        requestId: `req-exception-${n}`,
        accountId,
        version: 0,
        actor: 'ana@example.com',
        occurredAt: service.clock.now().toISOString(),
        data,
      });
      const granted = (n: number) =>
        base(n, 'ExceptionGranted', {
          control,
          resource: null,
          owner: 'ana@example.com',
          reason: 'for a while',
          requestedBy: 'ana@example.com',
          approvedBy: ['ben@example.com'],
          requestedAt: '2026-03-04T09:00:00.000Z',
          expiresAt: '2027-03-04T09:00:00.000Z',
        });
      const replaced = base(1, 'ExceptionRevoked', { replacedBy: 'req-exception-2' });
      await projectExceptions(tx, await appendFacts(tx, [granted(1)], service.clock.now()));
      await projectExceptions(tx, await appendFacts(tx, [replaced, granted(2)], service.clock.now()));
    });

  /** A reading of the organization with these accounts besides. */
  async function reconcile(
    seen: readonly { id: string; unit?: string; state?: string; name?: string }[],
  ): Promise<void> {
    const parts: Part[] = [
      ...partsOf(),
      ...seen.map(
        ({ id, unit = 'ou-ab12-sandboxes', state = 'ACTIVE', name = 'somebody' }): Part => ({
          kind: 'accounts',
          value: {
            ParentId: unit,
            Accounts: [{ Id: id, Name: name, Email: `${id}@example.com`, State: state }],
          },
        }),
      ),
    ];
    const snapshotId = await transact(orm, (tx) =>
      requestReconcile(tx, service.ids, 'on demand', service.clock.now(), 'anew'),
    );
    const say = (type: 'SnapshotPart' | 'SnapshotCompleted', order: number, data: object): Incoming =>
      factOf(nobody, type, order, {
        ...unbound,
        id: `${snapshotId}:${order}`,
        data: { snapshotId, ...data },
      });
    await service.receive(
      ...parts.map((part, i) => say('SnapshotPart', i + 1, { part: i + 1, ...part })),
      say('SnapshotCompleted', parts.length + 1, { parts: parts.length }),
    );
  }

  /** The account gives its detective guardrails away. */
  async function change(accountId: string): Promise<void> {
    const olga = person('', ['operator'], 'olga@example.com');
    const row = await getAccount(orm, olga, accountId);
    const guardrails = ['AWS-GR_RESTRICT_ROOT_USER'];
    const plan = async (id: string) => (await service.planAccountChange(id, row, { guardrails })).plan;
    const team = row.team ?? '';
    const intake = accountChangeIntake(plan, team, { guardrails, accountId });
    const { requestId } = await submit(service.deps, olga, intake, randomUUID());
    const { digest } = await planOf<AccountChangePlan>(service, requestId);
    const asked = { requestId, planDigest: digest, team, body: requestWith() };
    await service.decide(asked);
    await service.receive(askOf(asked, 'confirm-approval', 3));
    for (const fact of await changeFacts(service, asked)) await service.receive(fact);
  }

  const differing = ({ tables }: Rebuilt) =>
    tables.filter((t) => t.differing > 0).map(({ table, sample, differing: n }) => ({ table, n, sample }));

  it('are the live ones, row by row and in every hash', async () => {
    const checked = await checkProjections(orm);
    expect(differing(checked)).toEqual([]);
    for (const { table, rows, hash } of checked.tables) {
      expect(rows.rebuilt, table).toBeGreaterThan(0);
      expect(hash.rebuilt, table).toBe(hash.live);
    }
    const [removed] = await rowsOf<{ n: number }>(
      orm,
      sql`select count(*)::int as n from compliance where status = 'REMOVED'`,
    );
    expect(removed?.n).toBeGreaterThan(0);
  });

  it('leave nothing behind, and change nothing while they are compared', async () => {
    const rows = () => rowsOf(orm, sql`select ctid::text, * from request_views order by request_id`);
    const before = await rows();
    await checkProjections(orm);
    expect(await rows()).toEqual(before);
    const left = await rowsOf(orm, sql`select relname from pg_class where relname like 'rebuilt%'`);
    expect(left).toEqual([]);
  });

  const TAMPERINGS: Record<string, string> = {
    request_views: `update request_views set status = 'ACTIVE' where status = 'DENIED'`,
    accounts: `delete from accounts where origin = 'FOREIGN'`,
    account_spans: `update account_spans set from_at = from_at + 1`,
    account_identities: `update account_identities set name = 'x'`,
    account_guardrails: `update account_guardrails set carrier = 'x' where kind = 'preventive'`,
    guardrail_spans: `insert into guardrail_spans values ('1', 'C', 'detective', 1, null, now())`,
    observations: `update observations set value = '{}' where kind = 'account-state'`,
    exceptions: `delete from exceptions where state = 'REPLACED'`,
    drift_checks: `update drift_checks set status = 'UNKNOWN'`,
    mirror_accounts: `update mirror_accounts set profile = 'another'`,
    mirror_interfaces: `update mirror_interfaces set state = 'MIRRORING' where state <> 'MIRRORING'`,
    compliance: `update compliance set status = 'COMPLIANT' where status <> 'COMPLIANT'`,
    compliance_history: `delete from compliance_history where status = 'NON_COMPLIANT'`,
    posture_steps: `update posture_steps set open = open + 1`,
    posture_flips: `delete from posture_flips`,
    account_posture: `update account_posture set open = open + 1`,
    tallies: `update tallies set n = n + 1 where level = 0`,
  };

  it.each([...PROJECTIONS, TALLIES].map(({ name }) => name))(
    'finds and repairs what was changed in %s',
    async (table) => {
      await asOwner(orm, (owner) => owner.execute(sql.raw(TAMPERINGS[table]!)));
      const rebuilt = await rebuildProjections(orm);
      expect(rebuilt).toMatchObject({ repaired: true });
      expect(differing(rebuilt)).toMatchObject([
        { table, sample: expect.arrayContaining([expect.any(String)]) },
      ]);
    },
  );

  it('repairs the tables that are named and no other', async () => {
    expect(differing(await checkProjections(orm))).toEqual([]);
    await asOwner(orm, (owner) => owner.execute(sql`update tallies set n = n + 1 where level = 3`));
    await asOwner(orm, (owner) => owner.execute(sql`update account_posture set passed = passed + 1`));
    await rebuildProjections(orm, [TALLIES.name]);
    expect(differing(await checkProjections(orm)).map((t) => t.table)).toEqual(['account_posture']);
    expect(await rebuildProjections(orm)).toMatchObject({ repaired: true });
    expect(await rebuildProjections(orm)).toMatchObject({ repaired: false });
  });

  it('know every table: folded, or kept beside the ledger', async () => {
    expect(Object.keys(TAMPERINGS)).toEqual([...PROJECTIONS, TALLIES].map(({ name }) => name));
    const tables = await rowsOf<{ name: string }>(
      orm,
      sql`select relname as name from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
    );
    const known = [
      ...PROJECTIONS.map(({ name }) => name),
      TALLIES.name,
      ...Object.keys(NOT_PROJECTIONS).flatMap((names) => names.split(', ')),
    ];
    expect(known.sort()).toEqual(tables.map(({ name }) => name).sort());
  });

  it('are not made of less than all facts', async () => {
    await asOwner(orm, (owner) =>
      owner.execute(sql`update ledger_lanes set facts = facts + 1 where lane = 0`),
    );
    await expect(checkProjections(orm)).rejects.toThrow(MissingFacts);
  });
});
