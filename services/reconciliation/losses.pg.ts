import { sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import type { Fact } from '../ledger/fact.ts';
import { chainOf } from './organization.ts';
import type { OrganizationSnapshot } from './snapshot.schema.ts';

/** Something that an account may have been promised is not there as it was. */
export function isLoss({ type, data }: Pick<Fact, 'type' | 'data'>): boolean {
  switch (type) {
    case 'PolicyDetached':
    case 'ControlDisabled':
      return true;
    case 'AccountMoved':
      return data.from !== null;
    case 'ControlEnabled':
      return data.before === 'SUCCEEDED' && data.status !== 'SUCCEEDED';
    case 'StackChanged':
    case 'StackInstanceChanged':
      return data.before !== null;
    default:
      return false;
  }
}

/**
 * Has accounts looked at for drift that have lost something: whether it was promised, and is missing now, is for the look
 * to find out. Looks that are due are asked for a moment later (services/drift).
 */
export async function requestLooks(
  tx: Orm,
  losses: readonly Pick<Fact, 'accountId' | 'data'>[],
  snapshot: OrganizationSnapshot | undefined,
  now: Date,
): Promise<void> {
  const accountIds = [
    ...new Set(losses.flatMap(({ accountId }) => (accountId === undefined ? [] : [accountId]))),
  ];
  const targets = new Set(
    losses.flatMap(({ accountId, data }) => (accountId === undefined ? [data.targetId] : [])),
  );
  const unitIds =
    snapshot?.units
      .filter((u) => chainOf(snapshot, u.id).some(({ id }) => targets.has(id)))
      .map(({ id }) => id) ?? [];
  if (accountIds.length + unitIds.length === 0) return;
  await tx.execute(sql`
    insert into drift_checks as d (account_id, due_at)
    select a.account_id, ${now.toISOString()}::timestamptz from accounts a
    where a.origin = 'VENDED' and a.status = 'ACTIVE'
      and (a.account_id in (select jsonb_array_elements_text(${JSON.stringify(accountIds)}::jsonb))
        or a.organizational_unit_id in (select jsonb_array_elements_text(${JSON.stringify(unitIds)}::jsonb)))
    order by a.account_id
    on conflict (account_id) do update set due_at = coalesce(d.due_at, excluded.due_at)`);
}
