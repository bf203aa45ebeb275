import { frozen } from '../kernel/canonical-json.ts';
import { Problem } from '../kernel/errors.ts';
import type { Intake } from '../requests/intake.ts';
import type { AccountChange, AccountChangePlan } from './account-change.schema.ts';
import { changesNothing } from './compare.ts';

/** A change of an account on its way in. @param plan plans it under an id; throws Problem */
export const accountChangeIntake = (
  plan: (requestId: string) => Promise<AccountChangePlan>,
  team: string,
  body: AccountChange,
): Intake => ({
  kind: 'account-change',
  team,
  body,
  async prepare(requestId) {
    const made = await plan(requestId);
    if (changesNothing(made)) throw new Problem('invalid', 'nothing-to-change', made.summary.join(' '));
    const { accountId, target, from, work, controls } = made;
    const { accountId: _, reason, ...change } = body;
    return {
      ...frozen(made),
      // A VPC that is there keeps its block, or a part of it, which the account holds already.
      holds: { accountId, vpcCidr: newBlock(made) },
      facts: [
        {
          type: 'ChangeRequested',
          accountId,
          data: { account: { accountId, name: target.account.name }, change, reason: reason ?? null },
        },
        {
          type: 'ChangePlanned',
          accountId,
          data: {
            planDigest: made.digest,
            from,
            changed: work.changed.map(({ name }) => name),
            created: work.created,
            removed: work.removed.map(({ name }) => name),
            controls,
            snapshotId: made.snapshot.id,
            warnings: made.warnings,
          },
        },
      ],
    };
  },
});

const newBlock = ({ target, work }: AccountChangePlan): string | null =>
  work.created.includes('vpc') ? (target.network?.vpcCidr ?? null) : null;
