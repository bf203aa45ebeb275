import { choice, when } from './asl/choice.ts';
import type { States } from './asl/definition.ts';
import type { desk } from './asl/desk.ts';
import { expr } from './asl/expression.ts';
import { whilePassing } from './asl/retry.ts';
import { sdk } from './asl/sdk.ts';
import { wait } from './asl/wait.ts';

/** The baseline that registers a unit with Control Tower: AWS's own id, the same in every organization. */
const BASELINE = '17BSJV3IGJ2QSGA2';

/**
 * JSONata code of the controls on a page of Control Catalog that people call otherwise than Control Tower does: each alias
 * with its ARN. Only the oldest controls go by their name.
 *
 * @param which JSONata code of a condition on the alias `$`
 */
export const aliases = (which: string): string =>
  `$states.result.Controls.($arn := Arn; Aliases[${which}].{'id': $, 'arn': $arn})`;

/**
 * JSONata code that makes names of what ListEnabledControls answers: the ARN itself, its last word, and what the plan knows it by.
 *
 * @param known JSONata code of the plan's pairs of `control` and `identifier`
 */
export const namesOf = (arn: string, known: string): string =>
  `[${arn}, $split(${arn}, '/')[-1], ${known}[identifier = ${arn}].control]`;

/**
 * JSONata code of the state of a unit's registration, from an answer of ListEnabledBaselines.
 *
 * @param none code of what it is for a unit that is not registered
 */
export const registration = (none: string): string =>
  `($all := $states.result.EnabledBaselines[$contains(BaselineIdentifier, '${BASELINE}')];
    $exists($all) ? $all[0].StatusSummary.Status : ${none})`;

/**
 * The unit is still registered with Control Tower; while it is being changed, it is waited for. Begins with "Read the
 * unit's baseline" and needs `$looks`.
 *
 * @param unit JSONata code of its ARN, and of what a refusal calls it
 */
export const registered = (
  { elseReject, refusal, rejecting }: ReturnType<typeof desk<'recheck'>>,
  unit: { arn: string; name: string },
  next: string,
): States => ({
  "Read the unit's baseline": sdk('controltower:listEnabledBaselines', {
    arguments: { Filter: { TargetIdentifiers: [expr(unit.arn)] } },
    retry: whilePassing('controltower'),
    catch: [elseReject('recheck')],
    assign: { baseline: expr(registration("'NONE'")) },
    next: 'Is the unit registered?',
  }),
  'Is the unit registered?': choice({
    rules: [
      when("$baseline = 'SUCCEEDED'", next),
      when("$baseline = 'UNDER_CHANGE' and $looks < 60", 'Wait for the unit', { looks: expr('$looks + 1') }),
    ],
    assign: refusal(
      'recheck',
      'ou-not-registered',
      `'The Control Tower baseline of ' & ${unit.name} & ' is in state ' & $baseline & '.'`,
    ),
    otherwise: rejecting,
  }),
  'Wait for the unit': wait(60, { next: "Read the unit's baseline" }),
});
