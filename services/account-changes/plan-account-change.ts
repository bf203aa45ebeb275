import type { Blueprint } from '../../workflows/blueprints/blueprint.ts';
import { plannedApprovals } from '../approvals/plan-approvals.ts';
import { canonicalJson, digestOf } from '../kernel/canonical-json.ts';
import type { FieldError } from '../kernel/errors.ts';
import type { PlanningContext, PlanningSettings } from '../planning/context.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import { MAX_PLAN_BYTES } from '../planning/plan.ts';
import { chainOf } from '../reconciliation/organization.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import type { AccountChangePlan } from './account-change.schema.ts';
import { announce } from './announce.ts';
import { comparePlans } from './compare.ts';
import { refuseChange } from './refusals.ts';
import { workOf } from './work.ts';

type Plan = Omit<AccountPlan, 'digest'>;

export type ChangeToPlan = {
  requestId: string;
  accountId: string;
  from: AccountChangePlan['from'];
  before: Plan;
  wanted: AccountRequest;
  /** The account as it would be planned today by what is wanted. */
  after: AccountPlan;
  known: Pick<
    PlanningContext,
    'snapshot' | 'catalogue' | 'callsAfterGuardrails' | 'stackTemplates' | 'blueprints' | 'policies'
  > & { settings: Pick<PlanningSettings, 'approvalExpiresAfterSeconds'> };
};

export type PlannedAccountChange = { plan: AccountChangePlan } | { errors: FieldError[] };

/**
 * Freezes what has to be done so that the account becomes what it would be planned as today, or says what stands in the
 * way. The same plans give the same change, byte for byte.
 */
export function planAccountChange(change: ChangeToPlan): PlannedAccountChange {
  const { before, after, known } = change;
  const errors: FieldError[] = [];
  const refuse = (pointer: string, message: string) => void errors.push({ pointer, message });
  const unit = known.snapshot.units.find((one) => one.id === after.account.organizationalUnitId);
  if (unit) refuseChange(before, after, unit, known, refuse);
  if (errors.length > 0) return { errors };
  const undigested = assemble(change);
  const size = Buffer.byteLength(canonicalJson(undigested));
  if (size > MAX_PLAN_BYTES) {
    const message = `the plan of the change has ${size} bytes, the limit is ${MAX_PLAN_BYTES}: ask for fewer guardrails`;
    return { errors: [{ pointer: '', message }] };
  }
  return { plan: { digest: digestOf(undigested), ...undigested } };
}

function assemble(change: ChangeToPlan): Omit<AccountChangePlan, 'digest'> {
  const { requestId, accountId, from, before, wanted, after } = change;
  const { summary, controls, warnings } = comparePlans(before, after);
  const { digest: _, ...whole } = after;
  const { product, fence, identityCenter, permissionSets, access } = before;
  const work = workOf(before, after, announcer(change));
  return {
    kind: 'account-change',
    requestId,
    accountId,
    from,
    wanted,
    // How it was made, and who gets in, stay as they are.
    target: { ...whole, product, fence, identityCenter, permissionSets, access },
    work,
    summary,
    controls,
    approvals: approvalsFor(change, controls.lost.length > 0),
    snapshot: after.snapshot,
    warnings: [
      ...warnings,
      ...gapsOf(work, after),
      ...after.warnings.filter((one) => !before.warnings.includes(one)),
    ],
  };
}

/** A change is another matter than a vend, and what takes guardrails away may be another one again. */
function approvalsFor({ wanted, after, known }: ChangeToPlan, guardrailExceptions: boolean) {
  const about = {
    kind: 'account-change',
    team: wanted.team,
    organizationalUnitIds: chainOf(known.snapshot, after.account.organizationalUnitId).map(({ id }) => id),
    blueprint: wanted.blueprint.name,
    guardrailExceptions,
    monthlyCost: after.monthlyCost.amount,
  };
  return plannedApprovals(known, about, known.settings.approvalExpiresAfterSeconds);
}

function announcer({ accountId, wanted, known }: ChangeToPlan): Parameters<typeof workOf>[2] {
  const components = known.blueprints.get(wanted.blueprint.name)?.components ?? [];
  const upgradesOf = (name: string) =>
    components.find((one: Blueprint['components'][number]) => one.component.name === name)?.component
      .upgrades ?? [];
  return (was, now) =>
    announce(was, now, {
      template: known.stackTemplates.get(now.templateDigest ?? ''),
      upgrades: upgradesOf(now.name),
      accountId,
    });
}

/** Another template is another stack set: the old instance is deleted before the new one is made. */
function gapsOf({ instancesRemoved }: AccountChangePlan['work'], after: AccountPlan): string[] {
  return instancesRemoved.flatMap(({ name, regions }) => {
    const again = regions.filter((region) =>
      after.components.some((one) => one.name === name && one.region === region),
    );
    return again.length === 0
      ? []
      : [`${name} in ${again.join(', ')} is deleted and made anew: it is not there for some minutes.`];
  });
}
