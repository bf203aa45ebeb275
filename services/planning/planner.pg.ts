import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import type { Blueprint } from '../../workflows/blueprints/blueprint.ts';
import type { ShippedPermissionSet } from '../../workflows/blueprints/permission-sets.ts';
import type { Catalogue } from '../guardrails/catalogue.ts';
import type { AccountCall } from '../guardrails/lockout.ts';
import type { StackTemplate } from '../guardrails/stack-template.ts';
import type { Clock } from '../kernel/context.ts';
import { invalid } from '../kernel/errors.ts';
import { newestSnapshot } from '../reconciliation/reconciliation.pg.ts';
import { notReadyYet } from '../reconciliation/reconciliation.routes.ts';
import { canonicalEmail, nameKey } from '../requests/holds.pg.ts';
import type { Planner } from '../requests/intake.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import { type PlanningContext, type PlanningSettings, planAccount } from './plan.ts';
import { asStanding } from './standing.ts';

export type PlannerDeps = {
  orm: Orm;
  clock: Clock;
  catalogue: Catalogue;
  blueprints: ReadonlyMap<string, Blueprint>;
  permissionSets: ReadonlyMap<string, ShippedPermissionSet>;
  templateDigests: ReadonlyMap<string, string>;
  callsAfterGuardrails: readonly AccountCall[];
  stackTemplates: ReadonlyMap<string, StackTemplate>;
  settings: Omit<PlanningSettings, 'eta'>;
  /** Who has to say yes to what. */
  approvals: SettingsStore;
  /** What a vend takes until the ledger knows better; seconds of real time. */
  defaultEta: PlanningSettings['eta'];
};

/** Reads what planning needs and plans. @throws Problem invalid with JSON pointers, unavailable before the first snapshot */
export function openPlanner(deps: PlannerDeps): Planner {
  return async (requestId, request, standing) => {
    const snapshot = await newestSnapshot(deps.orm);
    if (!snapshot) throw notReadyYet();
    const [{ settings }, usage, takenBlocks, eta] = await Promise.all([
      deps.approvals.current(deps.orm),
      readUsage(deps.orm, request),
      readTakenBlocks(deps.orm),
      readEta(deps.orm, deps.defaultEta),
    ]);
    const context: PlanningContext = {
      requestId,
      now: deps.clock.now().toISOString(),
      snapshot,
      catalogue: deps.catalogue,
      blueprints: deps.blueprints,
      permissionSets: deps.permissionSets,
      templateDigests: deps.templateDigests,
      takenBlocks,
      callsAfterGuardrails: deps.callsAfterGuardrails,
      stackTemplates: deps.stackTemplates,
      settings: { ...deps.settings, eta },
      policies: settings.policies,
      ...usage,
    };
    const planned = planAccount(request, standing ? asStanding(context, standing) : context);
    if ('errors' in planned) throw invalid(planned.errors);
    return planned.plan;
  };
}

/**
 * Who uses the e-mail and the name, and how many accounts there are, in one round trip. That an address is taken cannot be
 * kept from anybody who wants it; by which account is told to the team that has it, and to nobody else.
 */
async function readUsage(orm: Orm, request: AccountRequest) {
  const { email, name, organizationalUnitId } = request.account;
  const [row] = await rowsOf<
    Record<'account' | 'accountTeam' | 'request' | 'named' | 'namedTeam' | 'namedRequest', string | null> & {
      used: string | number;
    }
  >(
    orm,
    sql`select a.account_id as account, a.team as "accountTeam", n.account_id as named, n.team as "namedTeam",
      (select request_id from email_holds where email_canonical = ${canonicalEmail(email)}) as request,
      (select request_id from name_holds where key = ${nameKey(name, organizationalUnitId)}) as "namedRequest",
      (select count(*) from accounts where status <> 'CLOSED')
        + (select count(*) from email_holds h join request_views v on v.request_id = h.request_id
           where v.account_id is null) as used
      from (select) one
      left join lateral (select account_id, team from accounts
        where email_canonical = ${canonicalEmail(email)} limit 1) a on true
      left join lateral (select account_id, team from accounts where lower(name) = ${name.toLowerCase()}
        and organizational_unit_id = ${organizationalUnitId} limit 1) n on true`,
  );
  type Found = string | null | undefined;
  const who = (account: Found, team: Found, held: Found) => {
    if (!account) return held ? 'another account request' : undefined;
    return team === request.team ? `the account ${account}` : 'another account';
  };
  return {
    emailTakenBy: who(row?.account, row?.accountTeam, row?.request),
    nameTakenBy: who(row?.named, row?.namedTeam, row?.namedRequest),
    accountsUsed: Number(row?.used ?? 0),
  };
}

const readTakenBlocks = async (orm: Orm): Promise<string[]> =>
  (await rowsOf<{ block: string }>(orm, sql`select block::text as block from cidr_holds`)).map(
    (r) => r.block,
  );

/** Three finished vends are enough to know better than the default. */
async function readEta(orm: Orm, fallback: PlanningSettings['eta']): Promise<PlanningSettings['eta']> {
  const [row] = await rowsOf<{ n: string | number; p50: number | null; p90: number | null }>(
    orm,
    sql`select count(*) as n, percentile_cont(0.5) within group (order by seconds) as p50,
          percentile_cont(0.9) within group (order by seconds) as p90
        from (select extract(epoch from v.occurred_at - min(a.occurred_at))::float8 as seconds
          from (select request_id, occurred_at from facts where type = 'AccountVended' order by seq desc limit 50) v
          join facts a on a.request_id = v.request_id and a.type = 'AdmissionGranted'
          group by v.request_id, v.occurred_at) vends`,
  );
  if (Number(row?.n ?? 0) < 3) return fallback;
  return { p50Seconds: Math.round(Number(row?.p50)), p90Seconds: Math.round(Number(row?.p90)) };
}
