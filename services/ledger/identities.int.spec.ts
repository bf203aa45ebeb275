import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf, transact } from '../../db/client.ts';
import { databases, type OpenedDatabase } from '../../test/support/databases.ts';
import { type App, openApp } from '../../test/support/http.ts';
import { evaluation } from '../../test/support/messages.ts';
import { asOwner } from '../../test/support/owner.ts';
import { factOf, person } from '../../test/support/service.ts';
import { planOf, vendedAccount } from '../../test/support/vended.ts';
import type { Incoming } from '../inbox/incoming.ts';
import type { Part } from '../reconciliation/assemble.ts';
import { partsOf } from '../reconciliation/parts.fixture.ts';
import { requestReconcile } from '../reconciliation/reconciliation.pg.ts';

const OPERATOR = person('', ['operator'], 'olga@example.com');
const [FIRST, SECOND] = ['ou-ab12-workloads', 'ou-ab12-sandboxes'];

describe.each(databases)('what accounts were called and where they were, on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let app: App;
  let account: string;
  let name: string;
  /** Before and after each change, by our clock. */
  const instants: string[] = [];
  beforeAll(async () => {
    opened = await open();
    app = openApp(opened.database);
    const { service } = app;
    await service.setSnapshot();
    const vend = await vendedAccount(service, { team: 'ours' });
    account = vend.accountId;
    const plan = await planOf(service, vend.requestId);
    name = plan.account.name;
    const { ruleName: rule } = plan.guardrails.detective[0]!;
    const at = service.clock.now().toISOString();
    await service.receive(
      evaluation({ accountId: account, rule, resourceId: 'vol-1', status: 'NON_COMPLIANT', at }),
    );
    pass();
    await read({ name: 'renamed', unit: FIRST });
    pass();
    await read({ name: 'renamed', unit: SECOND });
    pass();
    // Nothing is otherwise: nothing is noted.
    await read({ name: 'renamed', unit: SECOND });
  });
  afterAll(() => opened.close());

  function pass(): void {
    app.service.clock.advance(60_000);
    instants.push(app.service.clock.now().toISOString());
    app.service.clock.advance(60_000);
  }

  async function read({ name, unit }: { name: string; unit: string }): Promise<void> {
    const { service } = app;
    const parts: Part[] = [
      ...partsOf(),
      {
        kind: 'accounts',
        value: {
          ParentId: unit,
          Accounts: [{ Id: account, Name: name, Email: `${account}@example.com`, State: 'ACTIVE' }],
        },
      },
    ];
    const snapshotId = await transact(service.orm, (tx) =>
      requestReconcile(tx, service.ids, 'on demand', service.clock.now(), 'anew'),
    );
    const say = (type: 'SnapshotPart' | 'SnapshotCompleted', order: number, data: object): Incoming =>
      factOf({ requestId: '', planDigest: '' }, type, order, {
        requestId: undefined,
        planDigest: undefined,
        id: `${snapshotId}:${order}`,
        data: { snapshotId, ...data },
      });
    await service.receive(
      ...parts.map((part, i) => say('SnapshotPart', i + 1, { part: i + 1, ...part })),
      say('SnapshotCompleted', parts.length + 1, { parts: parts.length }),
    );
  }

  const ask = async (path: string) => {
    const { status, body } = await app.call('GET', path, { who: OPERATOR });
    expect({ path, status }).toEqual({ path, status: 200 });
    return body;
  };
  const ours = (items: { accountId: string }[]) => items.filter(({ accountId }) => accountId === account);

  it('is told with accounts and findings as of an instant, as it was then', async () => {
    const then = [
      [name, FIRST],
      ['renamed', FIRST],
      ['renamed', SECOND],
    ] as const;
    for (const [n, [called, unit]] of then.entries()) {
      const asOf = `asOf=${instants[n]}`;
      expect(ours((await ask(`/v1/accounts?limit=100&${asOf}`)).items)).toMatchObject([
        { name: called, organizationalUnitId: unit, team: 'ours', status: 'ACTIVE' },
      ]);
      expect(ours((await ask(`/v1/compliance?${asOf}`)).items)).toMatchObject([
        { accountName: called, organizationalUnitId: unit },
      ]);
      const there = async (ou: string, path: string) =>
        ours((await ask(`${path}?ou=${ou}&${asOf}`)).items).length;
      for (const path of ['/v1/accounts', '/v1/compliance'])
        expect([await there(unit, path), await there(unit === FIRST ? SECOND : FIRST, path)]).toEqual([1, 0]);
      const found = async (q: string) => ours((await ask(`/v1/accounts?q=${q}&${asOf}`)).items).length;
      expect([await found(called), await found('nobody-is-called-so')]).toEqual([1, 0]);
    }
  });

  it('as far as was known: of a later instant nothing is known before', async () => {
    const both = `asOf=${instants[2]}&knownAt=${instants[1]}`;
    expect(ours((await ask(`/v1/accounts?limit=100&${both}`)).items)).toMatchObject([
      { name: 'renamed', organizationalUnitId: FIRST },
    ]);
    // Before anybody has looked it is taken to have been what was seen first.
    expect(ours((await ask(`/v1/accounts?limit=100&asOf=${instants[0]}`)).items)).toMatchObject([{ name }]);
  });

  it('is told among the changes, each once', async () => {
    const period = 'from=2020-01-01T00:00:00Z&to=2036-01-01T00:00:00Z';
    const { items } = await ask(`/v1/compliance/changes?${period}&accountId=${account}&limit=100`);
    const identities = items.filter((one: { what: string }) => one.what === 'identity');
    expect(identities).toMatchObject([
      { name: 'renamed', organizationalUnitId: FIRST },
      { name: 'renamed', organizationalUnitId: SECOND },
    ]);
    // What came before it was renamed is told of the account by its name of then.
    expect(items[0]).toMatchObject({ what: 'account', name });
  });

  it('can be asked by SQL', async () => {
    const rows = await asOwner(app.service.orm, (owner) =>
      rowsOf<{ name: string; organizational_unit_id: string; open: boolean }>(
        owner,
        sql`select name, organizational_unit_id, valid_to is null as open from ledger.account_identities
        where account_id = ${account} order by valid_from`,
      ),
    );
    expect(rows).toEqual([
      { name, organizational_unit_id: FIRST, open: false },
      { name: 'renamed', organizational_unit_id: FIRST, open: false },
      { name: 'renamed', organizational_unit_id: SECOND, open: true },
    ]);
  });
});
