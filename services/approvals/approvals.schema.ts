import { z } from '@hono/zod-openapi';
import { Selector } from '../settings/settings.schema.ts';

/** What approval policies look at. */
export const PolicyFacts = z.strictObject({
  kind: z.string(),
  /** `*` for what concerns the whole organization. */
  team: z.string(),
  /** The unit that it is about, and those above it. */
  organizationalUnitIds: z.array(z.string()),
  blueprint: z.string().nullable(),
  /** It takes guardrails away. */
  guardrailExceptions: z.boolean(),
  /** USD; null where nothing says so. */
  monthlyCost: z.number().nullable(),
});
export type PolicyFacts = z.infer<typeof PolicyFacts>;

/**
 * Who has to say yes, frozen in the plan and so part of what is signed. `policy`, `quorum` and `approvers` are for people
 * to read; `stages` decide. The defaults stand for what plans of earlier versions do not say.
 */
export const PlannedApprovals = z.strictObject({
  /** Name of the approval policy. */
  policy: z.string(),
  /** Different people altogether; 0 when the policy decides by itself. */
  quorum: z.number().int(),
  /** Who they are, in words. */
  approvers: z.array(z.string()),
  /** How long the approval ask stays open; real time. */
  expiresAfterSeconds: z.number().int(),
  /** The policy decides by itself while the team's budget lasts; USD a month. */
  automatic: z.strictObject({ teamMonthlyCostAtMost: z.number() }).nullable().default(null),
  /** What the policy was chosen by, so that it can be chosen again. Plans of earlier versions do not say. */
  about: PolicyFacts.optional(),
  /** One after the other. */
  stages: z
    .array(z.strictObject({ name: z.string(), quorum: z.number().int(), approvers: z.array(Selector) }))
    .default([]),
  /** May decide too once the escalation is due. */
  escalateTo: z.array(Selector).default([]),
  /**
   * What the workflow waits for, one after the other: seconds until the next act, and the act. The last one is
   * `expire`; together they are `expiresAfterSeconds`.
   */
  timers: z
    .array(
      z.strictObject({ seconds: z.number().int().min(1), act: z.enum(['remind', 'escalate', 'expire']) }),
    )
    .default([]),
});
export type PlannedApprovals = z.infer<typeof PlannedApprovals>;
