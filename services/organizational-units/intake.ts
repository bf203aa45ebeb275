import { frozen } from '../kernel/canonical-json.ts';
import type { Intake } from '../requests/intake.ts';
import { WHOLE_ORGANIZATION } from '../requests/kinds.ts';
import type { UnitChange, UnitChangePlan } from './unit-change.schema.ts';

/** Plans the change with the organization as it was read last. @throws Problem invalid with pointers, not-found */
export type UnitChangePlanner = (requestId: string, change: UnitChange) => Promise<UnitChangePlan>;

export const unitChangeIntake = (plan: UnitChangePlanner, body: UnitChange): Intake => ({
  kind: 'organizational-unit-change',
  team: WHOLE_ORGANIZATION,
  body,
  async prepare(requestId) {
    const made = await plan(requestId, body);
    const { organizationalUnit } = made;
    return {
      ...frozen(made),
      holds: null,
      facts: [
        {
          type: 'ChangeRequested',
          data: { organizationalUnit, enable: body.enable, disable: body.disable, reason: body.reason },
        },
        {
          type: 'ChangePlanned',
          data: {
            planDigest: made.digest,
            enable: made.enable.map((c) => c.control),
            disable: made.disable.map((c) => c.control),
            inherited: made.inherited.map((c) => c.control),
            accounts: made.accounts.length,
            snapshotId: made.snapshot.id,
            warnings: made.warnings,
          },
        },
      ],
    };
  },
});
