import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { registered } from '../control-tower.ts';
import { CHANGE_DESK, elseReject, rejectOn } from './failures.ts';

/** What may have changed since the plan was made. */
export const recheck: States = {
  'Read the organizational unit': sdk('organizations:describeOrganizationalUnit', {
    arguments: { OrganizationalUnitId: expr('$plan.organizationalUnit.id') },
    retry: whilePassing('organizations'),
    catch: [
      rejectOn(['Organizations.OrganizationalUnitNotFoundException'], 'recheck', 'ou-gone'),
      elseReject('recheck'),
    ],
    next: "Read the unit's baseline",
  }),
  ...registered(
    CHANGE_DESK,
    { arn: '$plan.organizationalUnit.arn', name: '$plan.organizationalUnit.path' },
    'Ask to confirm the approval',
  ),
};
