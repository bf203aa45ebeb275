import type { Orm } from '../../db/client.ts';
import { invalid, Problem } from '../kernel/errors.ts';
import type { AccountRow } from '../ledger/queries.pg.ts';
import type { PlanningContext } from '../planning/context.ts';
import { newestSnapshot } from '../reconciliation/reconciliation.pg.ts';
import { notReadyYet } from '../reconciliation/reconciliation.routes.ts';
import type { Planner } from '../requests/intake.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import type { AccountChangeBody, AccountChangePlan, AccountChangePreview } from './account-change.schema.ts';
import { changedRequest } from './changed-request.ts';
import { comparePlans } from './compare.ts';
import { finishedPlan } from './finished-plan.pg.ts';
import { planAccountChange } from './plan-account-change.ts';

export type AccountChangePlannerDeps = {
  orm: Orm;
  /** Plans an account. */
  plan: Planner;
  /** Who has to say yes to what. */
  approvals: SettingsStore;
  settings: { approvalExpiresAfterSeconds: number };
} & Pick<PlanningContext, 'catalogue' | 'callsAfterGuardrails' | 'stackTemplates' | 'blueprints'>;

/**
 * Plans a change of an account: what it follows now, beside what it would be planned as today with the change.
 * @throws Problem conflict for an account without a plan, invalid with pointers
 */
export type AccountChangePlanner = (
  requestId: string,
  account: AccountRow,
  change: AccountChangeBody,
) => Promise<{ plan: AccountChangePlan; preview: AccountChangePreview }>;

export function openAccountChangePlanner(deps: AccountChangePlannerDeps): AccountChangePlanner {
  return async (requestId, account, change) => {
    const followed = await finishedPlan(deps.orm, account.accountId);
    if (followed?.status !== 'ACTIVE') throw notActive(account);
    const snapshot = await newestSnapshot(deps.orm);
    if (!snapshot) throw notReadyYet();
    const { requestId: from, planDigest, plan: before } = followed;
    refuseMoved(account, before.account.organizationalUnitId);
    const wanted = changedRequest(followed.wanted, change);
    const after = await deps.plan(before.requestId, wanted, {
      standing: { vpcCidr: before.network?.vpcCidr ?? null },
    });
    const { settings } = await deps.approvals.current(deps.orm);
    const planned = planAccountChange({
      requestId,
      accountId: account.accountId,
      from: { requestId: from, planDigest },
      before,
      wanted,
      after,
      known: { ...deps, snapshot, policies: settings.policies },
    });
    if ('errors' in planned) throw invalid(planned.errors);
    return {
      plan: planned.plan,
      preview: {
        accountId: account.accountId,
        requestId: from,
        made: followed.wanted,
        blueprint: blueprintOf(wanted.blueprint.name, deps),
        ...comparePlans(before, after),
        warnings: planned.plan.warnings,
        snapshot: after.snapshot,
      },
    };
  };
}

const notActive = ({ status }: AccountRow) =>
  new Problem(
    'conflict',
    'not-active',
    `The account is ${status}: only an active account that was vended here has a plan that it can be changed from.`,
  );

/** Its guardrails are planned for the unit that it lies in. */
function refuseMoved({ organizationalUnitId: lies }: AccountRow, planned: string): void {
  if (lies === null || lies === planned) return;
  throw invalid([
    {
      pointer: '',
      message: `the account lies in ${lies}, but its plan says ${planned}: move it back first, or wait until the organization has been read again`,
    },
  ]);
}

const blueprintOf = (name: string, { blueprints }: Pick<PlanningContext, 'blueprints'>) => ({
  name,
  version: blueprints.get(name)?.version ?? '',
});
