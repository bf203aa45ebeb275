import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { succeed } from '../asl/succeed.ts';
import { wait } from '../asl/wait.ts';
import { elseStop, failed, STOP } from './failures.ts';
import { changeFact } from './messages.ts';

const LOOKS = 5;
const MISSING = '$plan.enable[$not(identifier in $enabled)].control';
const LEFT = '$plan.disable[identifier in $listed].control';

/** Everything is read once more, in one piece, before the change is called done. */
export const verify: States = {
  'Say that the controls are changed': changeFact('GuardrailsAttached', {
    data: {
      organizationalUnitId: '$plan.organizationalUnit.id',
      enabled: '[$plan.enable.control]',
      disabled: '[$plan.disable.control]',
      inherited: '[$plan.inherited.control]',
    },
    catch: [elseStop('controls')],
    next: 'Begin the last look',
  }),
  'Begin the last look': pass({
    assign: { looks: 0, enabled: [], listed: [], ...firstPage('page') },
    next: 'Read the controls of the unit',
  }),
  'Read the controls of the unit': sdk('controltower:listEnabledControls', {
    arguments: pageOf("{'TargetIdentifier': $plan.organizationalUnit.arn, 'MaxResults': 100}", {
      variable: 'page',
    }),
    retry: whilePassing('controltower'),
    catch: [elseStop('verify')],
    assign: {
      listed: expr('[$append($listed, $states.result.EnabledControls.ControlIdentifier)]'),
      enabled: expr(
        "[$append($enabled, $states.result.EnabledControls[StatusSummary.Status = 'SUCCEEDED'].ControlIdentifier)]",
      ),
      ...turnPage('page'),
    },
    next: 'Does the unit have what was planned?',
  }),
  'Does the unit have what was planned?': choice({
    rules: [
      when(morePages('page'), 'Read the controls of the unit'),
      when(`$count(${MISSING}) + $count(${LEFT}) = 0`, 'Say that the change is done'),
      when(`$looks < ${LOOKS}`, 'Wait for the unit to settle', {
        looks: expr('$looks + 1'),
        enabled: [],
        listed: [],
      }),
    ],
    assign: failed(
      'verify',
      'ChangeNotConfirmed',
      `'Not enabled: ' & $join([${MISSING}], ', ') & '; still there: ' & $join([${LEFT}], ', ')`,
    ),
    otherwise: STOP,
  }),
  'Wait for the unit to settle': wait(30, { next: 'Read the controls of the unit' }),
  'Say that the change is done': changeFact('ChangeCompleted', {
    data: {
      organizationalUnitId: '$plan.organizationalUnit.id',
      enabled: '[$plan.enable.control]',
      disabled: '[$plan.disable.control]',
    },
    catch: [elseStop('verify')],
    next: 'The change is done',
  }),
  'The change is done': succeed('ACTIVE'),
};
