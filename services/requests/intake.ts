import type { Act } from '../approvals/attempts.schema.ts';
import { frozen } from '../kernel/canonical-json.ts';
import type { FactType } from '../ledger/fact.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import type { Standing } from '../planning/standing.ts';
import type { Selector } from '../settings/settings.schema.ts';
import type { Holds } from './holds.pg.ts';
import type { RequestKind } from './kinds.ts';
import type { AccountRequest } from './request.schema.ts';

/** A request of any kind on its way in. The body is what the Idempotency-Key is compared with. */
export type Intake = {
  kind: RequestKind;
  team: string;
  body: unknown;
  /** What the audit calls it, for what only few may ask. */
  attempt?: Act;
  /** Plans it under this id. @throws Problem invalid with pointers */
  prepare(requestId: string): Promise<Prepared>;
};

/** What is stored of it, frozen. */
export type Prepared = {
  digest: string;
  /** The exact canonical bytes that were digested. */
  planText: string;
  facts: readonly { type: FactType; accountId?: string; data: Record<string, unknown> }[];
  /** Null when it reserves nothing. */
  holds: Holds | null;
  /** Who has to say yes first; absent where the plan is to be asked. */
  firstApprovers?: readonly Selector[];
};

/**
 * Makes a plan for this request with what is free now; for an account that is there already when `standing` is given.
 * @throws Problem invalid with pointers
 */
export type Planner = (
  requestId: string,
  request: AccountRequest,
  standing?: Standing,
) => Promise<AccountPlan>;

export const accountIntake = (plan: Planner, body: AccountRequest): Intake => ({
  kind: 'account',
  team: body.team,
  body,
  async prepare(requestId) {
    const made = await plan(requestId, body);
    const { preventive, detective, inherited } = made.guardrails;
    const vpcCidr = made.network?.vpcCidr ?? null;
    const [firstStage] = made.approvals.stages;
    return {
      ...frozen(made),
      ...(firstStage ? { firstApprovers: firstStage.approvers } : {}),
      holds: {
        identity: {
          email: body.account.email,
          accountName: body.account.name,
          organizationalUnitId: body.account.organizationalUnitId,
        },
        vpcCidr,
      },
      facts: [
        {
          type: 'AccountRequested',
          data: {
            account: body.account,
            team: body.team,
            owner: body.owner,
            justification: body.justification,
          },
        },
        {
          type: 'AccountPlanned',
          data: {
            planDigest: made.digest,
            vpcCidr,
            components: [...new Set(made.components.map((c) => `${c.name}@${c.version}`))],
            guardrails: preventive.length + detective.length + inherited.length,
            snapshotId: made.snapshot.id,
            warnings: made.warnings,
          },
        },
      ],
    };
  },
});
