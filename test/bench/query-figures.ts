import { eq, sql } from 'drizzle-orm';
import { openDatabase } from '../../db/open.ts';
import { accountRequests, accounts, requestViews } from '../../db/schema/index.ts';
import type { Principal } from '../../services/access/principal.ts';
import { accountComplianceAsOf } from '../../services/ledger/account-as-of.pg.ts';
import { nonCompliantAccounts } from '../../services/ledger/open-accounts.pg.ts';
import { accountTimeline } from '../../services/ledger/queries.pg.ts';
import { complianceSummary } from '../../services/ledger/summary.pg.ts';
import { getRequest } from '../../services/requests/requests.pg.ts';
import { openService, type Vend } from '../support/service.ts';
import { benchCluster } from './cluster.ts';
import { teamOf, unitIdOf } from './compliance-rows.ts';
import { accountIdOf } from './envelopes.ts';
import { type Figure, quantile, type Sides, timed } from './figure.ts';
import { fillQueryData, QUERY_DATA, randomInstant } from './query-data.ts';

/** What reading costs beside the plainest read there is. */
export const queryFigures = (): Figure[] => [
  {
    name: 'query.rls.vs_plain',
    unit: 'ms',
    yardstickName: 'the same select as the service itself, without becoming the reader',
    open: openRls,
  },
  question('summary', 4, (asked) =>
    complianceSummary(asked.orm, OPERATOR, asked.guidanceOf, { now: new Date() }),
  ),
  question('noncompliant_by_ou', 5, ({ orm, n }) =>
    nonCompliantAccounts(orm, OPERATOR, { ou: unitIdOf(Math.floor(n / 500)), limit: 50 }, new Date()),
  ),
  question('account_asof', 5, ({ orm, n, at }) =>
    accountComplianceAsOf(orm, memberOf(n), accountIdOf(n), { asOf: at }),
  ),
  question('fleet_asof', 5, ({ orm, at, guidanceOf }) =>
    complianceSummary(orm, OPERATOR, guidanceOf, { asOf: at }),
  ),
  question('timeline', 5, ({ orm, n }) => accountTimeline(orm, memberOf(n), accountIdOf(n), { limit: 50 })),
];

type Asked = {
  orm: Awaited<ReturnType<typeof openDatabase>>['orm'];
  guidanceOf: (control: string) => string;
  /** An account, another one each time. */
  n: number;
  /** Some instant of the year. */
  at: Date;
};

const OPERATOR: Principal = { subject: 'olga@example.com', teams: [], roles: ['operator'] };
const memberOf = (n: number): Principal => ({
  subject: 'ana@example.com',
  teams: [teamOf(Math.floor(n / 100))],
  roles: ['requester'],
});

/** Calls of a round: the slowest twentieth of them counts. */
const ASKED = 400;

/** A question of the ledger by the product's own function, beside one row of an account by its key. */
function question(name: string, atMost: number, ask: (asked: Asked) => Promise<unknown>): Figure {
  return {
    name: `query.${name}.vs_pk`,
    unit: 'ms',
    yardstickName: 'one account by its key: a prepared statement, the same connection and driver, p95',
    gate: { atMost },
    async open(): Promise<Sides> {
      const url = await (await benchCluster()).dataSet(QUERY_DATA.name, (empty) =>
        fillQueryData(empty, QUERY_DATA.fleet),
      );
      const database = await openDatabase({ url });
      const { orm } = database;
      const byKey = orm
        .select()
        .from(accounts)
        .where(eq(accounts.accountId, sql.placeholder('id')))
        .prepare('bench_account');
      let asked = 0;
      const next = () => Math.floor(((asked++ * 0.618_033_988_75) % 1) * QUERY_DATA.fleet.accounts);
      return {
        ours: slowTwentieth(() => {
          const n = next();
          return ask({ orm, n, at: randomInstant(n), guidanceOf: () => 'mandatory' });
        }),
        yardstick: slowTwentieth(() => byKey.execute({ id: accountIdOf(next()) })),
        close: () => database.close(),
      };
    },
  };
}

/** The time that nineteen of twenty calls stay below. */
const slowTwentieth = (work: () => Promise<unknown>) => async () => {
  const times: number[] = [];
  for (let call = 0; call < ASKED; call++) {
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
  }
  return quantile(times, 0.95);
};

const READS = 200;
async function openRls(): Promise<Sides> {
  const url = await (await benchCluster()).fresh();
  const database = await openDatabase({ url });
  const service = openService(database);
  await service.setSnapshot();
  const vends: Vend[] = [];
  for (let i = 0; i < 20; i++) vends.push(await service.submit());
  const { orm } = database;
  let [asked, plain] = [0, 0];
  return {
    ours: timed('ms', READS, () => {
      const vend = vends[asked++ % vends.length]!;
      const who: Principal = { subject: 'ana@example.com', teams: [vend.team], roles: ['requester'] };
      return getRequest(orm, who, vend.requestId);
    }),
    yardstick: timed('ms', READS, async () => {
      const { requestId, team } = vends[plain++ % vends.length]!;
      await orm
        .select({ request: accountRequests, view: requestViews.view })
        .from(accountRequests)
        .innerJoin(requestViews, eq(requestViews.requestId, accountRequests.id))
        .where(sql`${accountRequests.id} = ${requestId} and ${accountRequests.team} = ${team}`);
      await orm.execute(
        sql`select position from admissions a where a.request_id = ${requestId} and a.state = 'waiting'`,
      );
    }),
    close: () => database.close(),
  };
}
