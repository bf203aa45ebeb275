import type { Act } from '../approvals/attempts.schema.ts';
import type { FactType } from '../ledger/fact.ts';
import type { Ground } from '../planning/ground.pg.ts';
import type { AccountPlan } from '../planning/plan.schema.ts';
import type { Cast, FrozenPlan } from '../planning/plan-outline.ts';
import type { Standing } from '../planning/standing.ts';
import type { Selector, Settings } from '../settings/settings.schema.ts';
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
  /**
   * Plans it under this id, on what was known a moment ago where it `mayGuess`.
   * @throws Problem invalid with pointers
   */
  prepare(requestId: string, mayGuess?: boolean): Promise<Prepared>;
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
  /** What of the text is its own, where many plans have the rest in common. */
  cast?: Cast;
  /** What it was planned on, to be looked at where it is kept. */
  ground?: Ground;
};

type Conditions = {
  /** Throws what keeps whoever asks from it under these settings, which are those that are planned with. */
  under?: ((settings: Settings) => void) | undefined;
};

export interface Planner {
  /**
   * Makes a plan for this request with what is free now; for an account that is there already when `standing` is given.
   * @throws Problem invalid with pointers
   */
  (
    requestId: string,
    request: AccountRequest,
    conditions?: Conditions & { standing?: Standing },
  ): Promise<AccountPlan>;
  /**
   * The same plan as it is kept. Where it `mayGuess`, nobody was asked for what it says of ground, e-mail and name: see `keep`.
   * @throws Problem invalid with pointers
   */
  frozen(
    requestId: string,
    request: AccountRequest,
    conditions?: Conditions & { mayGuess?: boolean },
  ): Promise<FrozenPlan & { ground: Ground }>;
}

/** @param under see `Conditions` */
export const accountIntake = (
  plan: Pick<Planner, 'frozen'>,
  body: AccountRequest,
  under?: (settings: Settings) => void,
): Intake => ({
  kind: 'account',
  team: body.team,
  body,
  async prepare(requestId, mayGuess = false) {
    const { digest, planText, cast, ground, outline } = await plan.frozen(requestId, body, {
      mayGuess,
      under,
    });
    const { vpcCidr, components, guardrails, snapshotId, warnings, firstApprovers } = outline;
    return {
      digest,
      planText,
      ground,
      ...(cast ? { cast } : {}),
      ...(firstApprovers ? { firstApprovers } : {}),
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
          data: { planDigest: digest, vpcCidr, components, guardrails, snapshotId, warnings },
        },
      ],
    };
  },
});
