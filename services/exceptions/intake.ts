import { frozen } from '../kernel/canonical-json.ts';
import type { Intake } from '../requests/intake.ts';
import type { ControlException, ControlExceptionPlan } from './exception.schema.ts';

/** An exception on its way in. @param plan plans it under an id; throws Problem */
export const exceptionIntake = (
  plan: (requestId: string) => Promise<ControlExceptionPlan>,
  team: string,
  body: ControlException,
): Intake => ({
  kind: 'control-exception',
  team,
  body,
  async prepare(requestId) {
    const made = await plan(requestId);
    const { accountId, account, control, resource, owner, reason, requestedBy, expiresAt } = made;
    return {
      ...frozen(made),
      holds: {
        exception: { accountId, control: control.id, resource, owner, reason, requestedBy, expiresAt },
        vpcCidr: null,
      },
      facts: [
        {
          type: 'ChangeRequested',
          accountId,
          data: {
            account: { accountId, name: account.name },
            exception: { control: control.id, resource, owner, expiresAt },
            reason,
          },
        },
        {
          type: 'ChangePlanned',
          accountId,
          data: {
            planDigest: made.digest,
            control: control.id,
            resource,
            expiresAt,
            covered: made.covered,
            replaces: made.replaces,
            warnings: made.warnings,
          },
        },
      ],
    };
  },
});
