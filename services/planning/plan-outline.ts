import type { Selector } from '../settings/settings.schema.ts';
import type { AccountPlan } from './plan.schema.ts';

/** What is told of a plan where it is kept. */
export type PlanOutline = {
  vpcCidr: string | null;
  /** `name@version`, each once. */
  components: readonly string[];
  /** How many there are, inherited ones too. */
  guardrails: number;
  snapshotId: string;
  warnings: readonly string[];
  /** Who has to say yes first; absent: nobody. */
  firstApprovers?: readonly Selector[];
};

/**
 * A text as the database can make it by itself: `format(mould, VARIADIC values)` of Postgres. No value has a control
 * character, because each is a piece of JSON.
 */
export type Cast = { mould: string; values: readonly string[] };

/** A plan as it is kept: what was digested, and what is told of it. */
export type FrozenPlan = { digest: string; planText: string; outline: PlanOutline; cast?: Cast };

export function outlineOf(plan: AccountPlan): PlanOutline {
  const { preventive, detective, inherited } = plan.guardrails;
  const [firstStage] = plan.approvals.stages;
  return {
    vpcCidr: plan.network?.vpcCidr ?? null,
    components: [...new Set(plan.components.map((c) => `${c.name}@${c.version}`))],
    guardrails: preventive.length + detective.length + inherited.length,
    snapshotId: plan.snapshot.id,
    warnings: plan.warnings,
    ...(firstStage ? { firstApprovers: firstStage.approvers } : {}),
  };
}
