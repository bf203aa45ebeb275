import { join } from 'node:path';
import pg from 'pg';
import type { Principal } from '../../services/access/principal.ts';
import { buildService } from '../chaos/service-process.ts';
import { type Child, startChild } from './child.ts';
import { benchCluster } from './cluster.ts';
import { teamOf, unitIdOf } from './compliance-rows.ts';
import { accountIdOf } from './envelopes.ts';
import { type Figure, quantile, type Sides } from './figure.ts';
import { fillPageData, PAGE_DATA } from './page-data.ts';
import type { Sent } from './page-server.ts';
import { randomInstant } from './query-data.ts';

const SERVER = 'test/bench/page-server.ts';

const OLGA: Principal = {
  subject: 'olga@example.com',
  teams: [teamOf(0)],
  roles: ['operator', 'auditor', 'requester', 'approver', 'admin'],
};
const ANA: Principal = { subject: 'ana@example.com', teams: [teamOf(0), teamOf(1)], roles: ['requester'] };

/** Calls of a round: the slowest twentieth of them counts. */
const LOOKED = 30;
/** A page of a thing is that of another thing each time, of so many. */
const OTHERS = 20;
/** What a person does not notice. */
const MOST_MS = 100;

/** What a page costs beside the statements that it sends. @param path of the page's `n`th thing */
export const pageFigures = (): Figure[] => [
  page('home', () => '/'),
  page('home_of_team', () => '/', ANA),
  page('accounts', () => '/accounts'),
  page('accounts_found', (n) => `/accounts?q=workload-${n}&compliance=nonCompliant`),
  page('accounts_asof', (n) => `/accounts?asOf=${dayOf(n)}`),
  page('account', (n) => `/accounts/${accountIdOf(n)}`),
  page('account_asof', (n) => `/accounts/${accountIdOf(n)}?asOf=${dayOf(n)}`),
  page('requests', () => '/requests'),
  page('requests_found', (n) => `/requests?q=workload-${n}`),
  page('request', (n) => `/requests/req-${n}`),
  page('request_form', () => '/requests/new'),
  page('approvals', () => '/approvals'),
  page('compliance', () => '/compliance'),
  page('compliance_of_unit', (n) => `/compliance?ou=${unitIdOf(n % 20)}`),
  page('guardrails', () => '/guardrails'),
  page('guardrail', () => '/guardrails/AWS-GR_ENCRYPTED_VOLUMES'),
  page(
    'what_if',
    (n) =>
      `/guardrails/what-if?controls=AWS-GR_REGION_DENY&actions=s3:GetObject&resource=*&principal=arn:aws:iam::${accountIdOf(n)}:role/builder`,
  ),
  page('ledger', () => '/ledger'),
  page('ledger_of_type', () => '/ledger?type=AccountVended'),
  page('deliveries', () => '/deliveries'),
  page('mirror_hub', () => '/mirror-hub'),
  page('settings', () => '/settings'),
];

const dayOf = (n: number): string => randomInstant(n).toISOString().slice(0, 10);

type Opened = { server: Child<{ url: string }>; url: string; database: string };
let opened: Promise<Opened> | undefined;

/** One server and one copy of the data for all pages: signing in writes. */
async function openServer(): Promise<Opened> {
  const cluster = await benchCluster();
  await cluster.dataSet(PAGE_DATA.name, fillPageData);
  const database = await cluster.copyOf(PAGE_DATA.name);
  const build = buildService(SERVER);
  const server = await startChild<{ url: string }>(join(build.dir, SERVER.replace(/ts$/, 'js')), {
    url: database,
  });
  cluster.atEnd(() => server.stop().then(build.remove));
  return { server, url: server.said.url, database };
}

function page(name: string, path: (n: number) => string, who = OLGA): Figure {
  return {
    name: `page.${name}.vs_sql`,
    unit: 'ms',
    yardstickName: 'the statements of the page by the plain driver, one after another on one connection, p95',
    most: MOST_MS,
    async open(): Promise<Sides> {
      opened ??= openServer();
      const { server, url, database } = await opened;
      const cookie = await signIn(url, who);
      const paths = Array.from({ length: OTHERS }, (_, i) => path(i * 479 + 13));
      const recorded: Sent[][] = [];
      for (const one of paths) recorded.push(await statementsOf(server, one, cookie));
      const client = new pg.Client({ connectionString: database, options: '-c role=jetway_app' });
      await client.connect();
      let [looked, replayed] = [0, 0];
      return {
        ours: slowTwentieth(async () => {
          const answer = await fetch(`${url}${paths[looked++ % OTHERS]}`, {
            headers: { cookie, accept: 'text/html' },
            redirect: 'manual',
          });
          await answer.text();
        }),
        yardstick: slowTwentieth(async () => {
          for (const { text, values, name: named } of recorded[replayed++ % OTHERS] ?? [])
            await client.query({ text, values, ...(named === undefined ? {} : { name: named }) });
        }),
        close: () => client.end(),
      };
    },
  };
}

async function signIn(url: string, who: Principal): Promise<string> {
  const answer = await fetch(`${url}/dev/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(who),
  });
  if (answer.status !== 201) throw new Error(await answer.text());
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

/** In an order in which one connection can send them: what one transaction of the page sent stays together. */
async function statementsOf(server: Child<unknown>, path: string, cookie: string): Promise<Sent[]> {
  const answer = server.next() as Promise<{ status: number; sent: Sent[] }>;
  server.send({ path, cookie });
  const { status, sent } = await answer;
  if (status !== 200) throw new Error(`${path} answers ${status}`);
  return sent.toSorted((a, b) => a.connection - b.connection);
}

/** The time that nineteen of twenty calls stay below. */
const slowTwentieth = (work: () => Promise<unknown>) => async () => {
  const times: number[] = [];
  for (let call = 0; call < LOOKED; call++) {
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
  }
  return quantile(times, 0.95);
};
