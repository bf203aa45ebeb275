import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import type { AccountDriftInput } from '../../workflows/account-drift/input.schema.ts';
import { finishedPlan } from '../account-changes/finished-plan.pg.ts';
import { enqueue } from '../ledger/ledger.pg.ts';
import type { Suspicion } from '../ledger/suspicion.ts';
import { chainOf } from '../reconciliation/organization.ts';
import { newestSnapshot } from '../reconciliation/reconciliation.pg.ts';
import type { DriftChecked } from './check.schema.ts';
import { checkInput } from './check-input.ts';

/** A check that has not answered for so long is given up for lost, and another one may be asked for. */
const LOST_MINUTES = 60;
/** Looks that events ask for at once; the rest waits for the next turn. */
const AT_ONCE = 20;

type Asked = { account_id: string; check_id: string };

/** Nobody is looking just now. */
const ASKABLE = (
  now: string,
) => sql`(d.requested_at is null or coalesce(d.requested_at <= d.checked_at, false)
  or d.requested_at < ${now}::timestamptz - make_interval(mins => ${LOST_MINUTES}))`;

/** While an account is being changed it is neither as it was nor as it will be; the end of the change asks for a look. */
const UNDER_CHANGE = sql`exists (select from account_holds h join request_views v on v.request_id = h.request_id
  where h.account_id = a.account_id and v.status in ('APPLYING_BLUEPRINT', 'ATTACHING_GUARDRAILS', 'VERIFYING'))`;

/** An account of ours that stands, and at which nobody is looking. */
const READY = (now: string) =>
  sql`a.origin = 'VENDED' and a.status = 'ACTIVE' and a.request_id is not null and not ${UNDER_CHANGE} and ${ASKABLE(now)}`;

/**
 * Asks for a look at the accounts whose last one is the oldest, so few at a time that all of them together take the
 * whole period, and at those that something has happened to.
 * @param pace how often this is called, and how old a look may become
 * @returns the ids of the checks
 */
export async function requestDueChecks(
  tx: Orm,
  now: Date,
  pace: { everyMs: number; afterMs: number },
): Promise<string[]> {
  const at = now.toISOString();
  const oldest = new Date(now.getTime() - pace.afterMs).toISOString();
  const old = await rowsOf<Due>(
    tx,
    sql`select a.account_id from accounts a left join drift_checks d on d.account_id = a.account_id
        where ${READY(at)} and coalesce(d.checked_at, a.created_at) < ${oldest}::timestamptz
        order by coalesce(d.checked_at, a.created_at), a.account_id
        limit (select ceil(count(*) * ${pace.everyMs / pace.afterMs}::float8)::int from accounts
          where origin = 'VENDED' and status = 'ACTIVE')`,
  );
  return [...(await requestSuspectChecks(tx, now)), ...(await askFor(tx, idsOf(old), now))];
}

/** Asks for a look at accounts that something has happened to. */
export async function requestSuspectChecks(tx: Orm, now: Date): Promise<string[]> {
  const due = await rowsOf<Due>(
    tx,
    sql`select a.account_id from accounts a join drift_checks d on d.account_id = a.account_id
        where ${READY(now.toISOString())} and d.due_at is not null
        order by d.due_at, a.account_id limit ${AT_ONCE}`,
  );
  return askFor(tx, idsOf(due), now);
}

/** What happened before a look was asked for, that look sees. Events have whole seconds. */
const NOT_SEEN = (at: string) =>
  sql`(d.requested_at is null or d.requested_at < ${at}::timestamptz + interval '1 second')`;

type Due = { account_id: string };
const idsOf = (rows: readonly Due[]): string[] => rows.map((row) => row.account_id);

/**
 * Something happened that may be drift: the accounts that it concerns are looked at, the first ones at once. While a
 * look is under way, it waits for its end. What a look has found itself asks for no other, or looks would make looks.
 */
export async function suspect(tx: Orm, suspicion: Suspicion, now: Date): Promise<void> {
  const { accountId, unitId, policyId, at, detectionId } = suspicion;
  if (accountId !== undefined && detectionId !== undefined) {
    if (await isOfALook(tx, accountId, detectionId)) return;
    if (await keepUntilTheEnd(tx, accountId, detectionId, { at, now })) return;
  }
  const snapshot = unitId === undefined ? undefined : await newestSnapshot(tx);
  const units = snapshot?.units.filter((u) => chainOf(snapshot, u.id).some((one) => one.id === unitId)) ?? [];
  const due = await rowsOf<Due>(
    tx,
    sql`insert into drift_checks as d (account_id, due_at)
        select a.account_id, ${now.toISOString()}::timestamptz from accounts a
        where a.origin = 'VENDED' and a.status = 'ACTIVE' and (a.account_id = ${accountId ?? ''}
          or a.organizational_unit_id in (select jsonb_array_elements_text(${JSON.stringify(units.map((u) => u.id))}::jsonb))
          or exists (select 1 from account_guardrails g
            where g.account_id = a.account_id and g.carrier = ${policyId ?? ''}))
        order by a.account_id
        on conflict (account_id) do update set due_at = excluded.due_at
        where ${NOT_SEEN(at)}
        returning d.account_id`,
  );
  if (due.length > 0) await requestSuspectChecks(tx, now);
}

/** Whether a look that has ended calls the detection its own. */
async function isOfALook(tx: Orm, accountId: string, detectionId: string): Promise<boolean> {
  const own = JSON.stringify({ stacks: [{ detections: [detectionId] }] });
  const found = await rowsOf(
    tx,
    sql`select 1 from facts where account_id = ${accountId} and type = 'DriftChecked' and data @> ${own}::jsonb limit 1`,
  );
  return found.length > 0;
}

/** While a look is under way nobody knows whose detection it was. @returns false when none is */
async function keepUntilTheEnd(
  tx: Orm,
  accountId: string,
  detectionId: string,
  { at, now }: { at: string; now: Date },
): Promise<boolean> {
  const kept = await rowsOf(
    tx,
    sql`update drift_checks d set heard_of = d.heard_of || ${JSON.stringify([detectionId])}::jsonb
        where d.account_id = ${accountId} and not ${ASKABLE(now.toISOString())} and ${NOT_SEEN(at)}
        returning d.account_id`,
  );
  return kept.length > 0;
}

/** Whether what this fact tells was seen by another look than the one that is under way. A fact is named by its look. */
export const isOfAnother = (factId: string) =>
  sql`(drift_checks.requested_at is not null and drift_checks.check_id <> ${factId.replace(/:[^:]*$/, '')}
    and coalesce(drift_checks.requested_at > drift_checks.checked_at, true))`;

/**
 * A look has ended: what was heard of meanwhile and was not its own wants another one. While another is under way, which of
 * the rest are that one's own is known at its end.
 */
export async function endLook(
  tx: Orm,
  accountId: string,
  factId: string,
  check: DriftChecked,
  now: Date,
): Promise<void> {
  const own = JSON.stringify(check.stacks.flatMap((stack) => stack.detections));
  await tx.execute(
    sql`update drift_checks set
          heard_of = case when ${isOfAnother(factId)}
            then heard_of - array(select jsonb_array_elements_text(${own}::jsonb)) else '[]'::jsonb end,
          due_at = case
            when ${isOfAnother(factId)}
              or heard_of - array(select jsonb_array_elements_text(${own}::jsonb)) = '[]'::jsonb then due_at
            else coalesce(due_at, ${now.toISOString()}::timestamptz) end
        where account_id = ${accountId}`,
  );
}

/** Asks for a look at this account now. @returns the check's id, or that of the one under way; undefined: never one */
export async function requestCheck(tx: Orm, accountId: string, now: Date): Promise<string | undefined> {
  const [asked] = await askFor(tx, [accountId], now);
  if (asked !== undefined) return asked;
  const [running] = await rowsOf<{ check_id: string | null }>(
    tx,
    sql`select d.check_id from drift_checks d join accounts a on a.account_id = d.account_id
        where a.account_id = ${accountId} and a.origin = 'VENDED' and a.status = 'ACTIVE'`,
  );
  return running?.check_id ?? undefined;
}

async function askFor(tx: Orm, accountIds: readonly string[], now: Date): Promise<string[]> {
  if (accountIds.length === 0) return [];
  const at = now.toISOString();
  // The row decides between two who ask at once: the second finds a look that is under way.
  const asked = await rowsOf<Asked>(
    tx,
    sql`insert into drift_checks as d (account_id, check_id, requested_at)
        select a.account_id, 'drift-' || a.account_id || '-' || ${now.getTime()}::text, ${at}::timestamptz
        from accounts a left join drift_checks d on d.account_id = a.account_id
        where a.account_id in (select jsonb_array_elements_text(${JSON.stringify(accountIds)}::jsonb)) and ${READY(at)}
        order by a.account_id
        on conflict (account_id) do update set check_id = excluded.check_id, requested_at = excluded.requested_at,
          due_at = null, heard_of = '[]'::jsonb
        where ${ASKABLE(at)}
        returning d.account_id, d.check_id`,
  );
  const entries = asked.map(({ account_id: accountId, check_id: checkId }) => ({
    kind: 'start-drift',
    key: `start-drift:${checkId}`,
    payload: { accountId, checkId },
  }));
  await enqueue(tx, entries, now);
  return asked.map((row) => row.check_id);
}

/** The input of a check, from the plan that the account follows. @throws Error when it has none */
export async function driftInput(orm: Orm, checkId: string, accountId: string): Promise<AccountDriftInput> {
  const followed = await finishedPlan(orm, accountId);
  if (!followed) throw new Error(`account ${accountId} has no plan to be compared with`);
  return checkInput(checkId, accountId, followed.plan);
}
