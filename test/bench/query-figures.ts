import { eq, sql } from 'drizzle-orm';
import { openDatabase } from '../../db/open.ts';
import { accountRequests, requestViews } from '../../db/schema/index.ts';
import type { Principal } from '../../services/access/principal.ts';
import { getRequest } from '../../services/requests/requests.pg.ts';
import { openService, type Vend } from '../support/service.ts';
import { benchCluster } from './cluster.ts';
import { type Figure, type Sides, timed } from './figure.ts';

/** What reading costs beside the plainest read there is. Those of the ledger come with its data sets. */
export const queryFigures = (): Figure[] => [
  {
    name: 'query.rls.vs_plain',
    unit: 'ms',
    yardstickName: 'the same select as the service itself, without becoming the reader',
    open: openRls,
  },
];

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
