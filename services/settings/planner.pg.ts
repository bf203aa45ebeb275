import { sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { people } from '../../db/schema/index.ts';
import type { PolicyFacts } from '../approvals/approvals.schema.ts';
import { plannedApprovals } from '../approvals/plan-approvals.ts';
import type { Clock } from '../kernel/context.ts';
import { invalid, Problem } from '../kernel/errors.ts';
import { WHOLE_ORGANIZATION } from '../requests/kinds.ts';
import type { SettingsChangePlanner } from './intake.ts';
import { planSettingsChange } from './plan-settings-change.ts';
import type { EndpointCheck } from './refuse.ts';
import type { SettingsStore } from './settings.pg.ts';
import type { KnownApprover } from './warnings.ts';

export type SettingsPlannerDeps = {
  orm: Orm;
  clock: Clock;
  settings: SettingsStore;
  checkEndpoint: EndpointCheck;
  approvalExpiresAfterSeconds: number;
};

/** What the policies look at: it belongs to no team, unit or blueprint, and costs nothing. */
const SETTINGS_CHANGE: PolicyFacts = {
  kind: 'settings-change',
  team: WHOLE_ORGANIZATION,
  organizationalUnitIds: [],
  blueprint: null,
  guardrailExceptions: false,
  monthlyCost: null,
};

export function openSettingsPlanner(deps: SettingsPlannerDeps): SettingsChangePlanner {
  return async (requestId, change, expected) => {
    const { version, settings: before } = await deps.settings.current(deps.orm);
    if (expected !== undefined && expected !== version)
      throw new Problem(
        'stale',
        'stale',
        `Version ${version} of the settings is in force, not ${expected}. Read them again and ask for the change anew.`,
      );
    const planned = planSettingsChange(change, {
      requestId,
      now: deps.clock.now().getTime(),
      version,
      before,
      approvals: plannedApprovals(before, SETTINGS_CHANGE, deps.approvalExpiresAfterSeconds),
      known: await knownApprovers(deps.orm),
      checkEndpoint: deps.checkEndpoint,
    });
    if ('errors' in planned) throw invalid(planned.errors);
    return planned.plan;
  };
}

/** Whoever came with the role, as their newest token said. */
const knownApprovers = (orm: Orm): Promise<KnownApprover[]> =>
  orm
    .select({ subject: people.subject, teams: people.teams })
    .from(people)
    .where(sql`${people.roles} @> '["approver"]'::jsonb`)
    .orderBy(people.subject);
