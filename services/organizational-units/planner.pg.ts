import { ne } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { accounts } from '../../db/schema/index.ts';
import type { Catalogue } from '../guardrails/catalogue.ts';
import type { AccountCall } from '../guardrails/lockout.ts';
import type { Clock } from '../kernel/context.ts';
import { invalid, notFound } from '../kernel/errors.ts';
import { newestSnapshot } from '../reconciliation/reconciliation.pg.ts';
import { notReadyYet } from '../reconciliation/reconciliation.routes.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import type { UnitChangePlanner } from './intake.ts';
import { planUnitChange } from './plan-unit-change.ts';

export type UnitChangePlannerDeps = {
  orm: Orm;
  clock: Clock;
  catalogue: Catalogue;
  callsAfterGuardrails: readonly AccountCall[];
  settings: { approvalExpiresAfterSeconds: number };
  /** Who has to say yes to what. */
  approvals: SettingsStore;
};

/** @throws Problem not-found for a unit that the organization does not have, invalid with JSON pointers */
export function openUnitChangePlanner(deps: UnitChangePlannerDeps): UnitChangePlanner {
  return async (requestId, change) => {
    const snapshot = await newestSnapshot(deps.orm);
    if (!snapshot) throw notReadyYet();
    const unit = snapshot.units.find((u) => u.id === change.organizationalUnitId);
    if (!unit) throw notFound('organizational unit');
    const rows = await deps.orm
      .select({
        accountId: accounts.accountId,
        name: accounts.name,
        organizationalUnitId: accounts.organizationalUnitId,
      })
      .from(accounts)
      .where(ne(accounts.status, 'CLOSED'));
    const { settings } = await deps.approvals.current(deps.orm);
    const planned = planUnitChange(change, unit, {
      requestId,
      now: deps.clock.now().toISOString(),
      snapshot,
      catalogue: deps.catalogue,
      accounts: rows,
      calls: deps.callsAfterGuardrails,
      approvalExpiresAfterSeconds: deps.settings.approvalExpiresAfterSeconds,
      policies: settings.policies,
    });
    if ('errors' in planned) throw invalid(planned.errors);
    return planned.plan;
  };
}
