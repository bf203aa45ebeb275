import { eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { accountGuardrails, compliance } from '../../db/schema/index.ts';
import { finishedPlan } from '../account-changes/finished-plan.pg.ts';
import { plannedApprovals } from '../approvals/plan-approvals.ts';
import type { Catalogue } from '../guardrails/catalogue.ts';
import type { Clock } from '../kernel/context.ts';
import { invalid } from '../kernel/errors.ts';
import type { AccountRow } from '../ledger/queries.pg.ts';
import { MIRROR_CONTROL } from '../mirroring/findings.ts';
import { mirrorStatus } from '../mirroring/status.pg.ts';
import { chainOf } from '../reconciliation/organization.ts';
import { newestSnapshot } from '../reconciliation/reconciliation.pg.ts';
import { notReadyYet } from '../reconciliation/reconciliation.routes.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import type { ControlExceptionPlan, ExceptionBody } from './exception.schema.ts';
import { exceptionsInForce } from './in-force.pg.ts';
import { planException } from './plan-exception.ts';
import type { Finding } from './violations.ts';

export type ExceptionPlannerDeps = {
  orm: Orm;
  clock: Clock;
  catalogue: Catalogue;
  /** Who has to say yes to what. */
  approvals: SettingsStore;
  settings: { approvalExpiresAfterSeconds: number };
};

/** @throws Problem invalid with pointers, unavailable before the organization was read */
export type ExceptionPlanner = (
  requestId: string,
  account: AccountRow,
  wanted: ExceptionBody,
  requestedBy: string,
) => Promise<ControlExceptionPlan>;

export function openExceptionPlanner(deps: ExceptionPlannerDeps): ExceptionPlanner {
  const { orm, clock, catalogue } = deps;
  return async (requestId, account, wanted, requestedBy) => {
    const { accountId, name } = account;
    const now = clock.now();
    const snapshot = await newestSnapshot(orm);
    if (!snapshot) throw notReadyYet();
    const { settings } = await deps.approvals.current(orm);
    const organizationalUnitId = account.organizationalUnitId ?? '';
    const about = {
      kind: 'control-exception',
      team: account.team ?? '',
      organizationalUnitIds: chainOf(snapshot, organizationalUnitId).map(({ id }) => id),
      blueprint: (account.blueprint as { name?: string } | null)?.name ?? null,
      guardrailExceptions: true,
      monthlyCost: null,
    };
    const planned = planException(wanted, {
      requestId,
      now: now.getTime(),
      requestedBy,
      account: {
        accountId,
        name,
        organizationalUnitId,
        owner: (await finishedPlan(orm, accountId))?.wanted.owner.email ?? requestedBy,
        controls: await controlsOf(orm, accountId),
      },
      catalogue,
      findings: await findingsOf(orm, accountId),
      inForce: await exceptionsInForce(orm, [accountId], now),
      approvals: plannedApprovals(settings, about, deps.settings.approvalExpiresAfterSeconds),
    });
    if ('errors' in planned) throw invalid(planned.errors);
    return planned.plan;
  };
}

/** Those of its plan, and our own where it asks for mirroring. */
const controlsOf = async (orm: Orm, accountId: string): Promise<string[]> => [
  ...(
    await orm
      .select({ control: accountGuardrails.control })
      .from(accountGuardrails)
      .where(eq(accountGuardrails.accountId, accountId))
  ).map(({ control }) => control),
  ...((await mirrorStatus(orm, accountId)) === undefined ? [] : [MIRROR_CONTROL]),
];

async function findingsOf(orm: Orm, accountId: string): Promise<Finding[]> {
  const rows = await orm
    .select()
    .from(compliance)
    .where(eq(compliance.accountId, accountId))
    .orderBy(compliance.rule, compliance.region, compliance.resourceType, compliance.resourceId);
  return rows.map((row) => ({ ...row, since: row.evaluatedAt.toISOString() }));
}
