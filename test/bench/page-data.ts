import pg from 'pg';
import { openDatabase } from '../../db/open.ts';
import { askOf, factOf, openService } from '../support/service.ts';
import { attachedData, planOf } from '../support/vended.ts';
import { wideSnapshot } from './app.ts';
import { teamOf } from './compliance-rows.ts';
import { fillQueryData } from './query-data.ts';

/** What the pages are looked at with: 500,000 compliance rows. The name changes with what is built. */
export const PAGE_DATA = { name: 'pages_1', fleet: { accounts: 10_000, controls: 50, open: 0.01 } };

const OPEN_REQUESTS = 60;
const DELIVERIES = 20_000;

/** The fleet, with the request and the plan of each account, requests that wait, and deliveries of two endpoints. */
export async function fillPageData(url: string): Promise<void> {
  await fillQueryData(url, PAGE_DATA.fleet);
  const model = await vend(url);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statementsFor(model)) await client.query(statement);
    await client.query('vacuum (analyze)');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

/** One account by the product itself, and requests that nobody has decided. @returns the request of the account */
async function vend(url: string): Promise<string> {
  const database = await openDatabase({ url });
  try {
    const service = openService(database);
    await service.setSnapshot(wideSnapshot);
    const made = await service.submit({ team: teamOf(0), guardrails: ['AWS-GR_ENCRYPTED_VOLUMES'] });
    await service.decide(made);
    const { guardrails } = await planOf(service, made.requestId);
    const accountId = '999000000001';
    await service.receive(askOf(made, 'confirm-approval', 3));
    await service.receive(
      factOf(made, 'ProvisioningStarted', 4),
      factOf(made, 'AccountProvisioned', 5, { accountId }),
      factOf(made, 'BlueprintApplied', 6, { accountId }),
      factOf(made, 'GuardrailsAttached', 7, { accountId, data: attachedData(guardrails) }),
      factOf(made, 'AccountVended', 8, { accountId }),
    );
    for (let i = 0; i < OPEN_REQUESTS; i++) await service.submit({ team: teamOf(i % 20) });
    return made.requestId;
  } finally {
    await database.close();
  }
}

const statementsFor = (model: string): string[] => [
  `update request_views v set view = m.view from request_views m where m.request_id = '${model}' and v.view = '{}'`,
  `insert into account_requests (id, kind, team, requested_by, idempotency_key, body_digest, body, plan_digest, plan_text, created_at)
    select v.request_id, m.kind, v.team, m.requested_by, v.request_id, m.body_digest, m.body, m.plan_digest, m.plan_text, v.created_at
    from request_views v cross join account_requests m where m.id = '${model}' and v.request_id ~ '^req-[0-9]+$'`,
  `update accounts a set request_id = v.request_id, origin = 'VENDED', blueprint = m.blueprint
    from request_views v cross join accounts m
    where v.account_id = a.account_id and m.request_id = '${model}' and a.request_id is null`,
  `insert into drift_checks (account_id, checked_at, status)
    select account_id, now(), case when right(account_id, 2) = '07' then 'DRIFTED' else 'IN_SYNC' end from accounts
    on conflict do nothing`,
  `insert into webhook_endpoints (name, events) values ('siem', '{}'), ('tickets', '{AccountVended}') on conflict do nothing`,
  `insert into webhook_deliveries (id, endpoint, event_type, fact_seq, status, attempts, next_at, last_status, created_at)
    select 'msg-' || n, case when n % 10 = 0 then 'tickets' else 'siem' end, 'ComplianceChanged', n,
      case when n % 50 = 0 then 'failed' else 'delivered' end, 1, now(), 200, now() - make_interval(secs => n)
    from generate_series(1, ${DELIVERIES}) n`,
];
