import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { wait } from '../asl/wait.ts';
import { registration } from '../control-tower.ts';
import { elseReject, REJECT, refusal, rejectOn } from './failures.ts';

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
  "Read the unit's baseline": sdk('controltower:listEnabledBaselines', {
    arguments: { Filter: { TargetIdentifiers: [expr('$plan.organizationalUnit.arn')] } },
    retry: whilePassing('controltower'),
    catch: [elseReject('recheck')],
    assign: { baseline: expr(registration("'NONE'")) },
    next: 'Is the unit registered?',
  }),
  'Is the unit registered?': choice({
    rules: [
      when("$baseline = 'SUCCEEDED'", 'Ask to confirm the approval'),
      when("$baseline = 'UNDER_CHANGE' and $looks < 60", 'Wait for the unit', { looks: expr('$looks + 1') }),
    ],
    assign: refusal(
      'recheck',
      'ou-not-registered',
      "'The Control Tower baseline of ' & $plan.organizationalUnit.path & ' is in state ' & $baseline & '.'",
    ),
    otherwise: REJECT,
  }),
  'Wait for the unit': wait(60, { next: "Read the unit's baseline" }),
};
