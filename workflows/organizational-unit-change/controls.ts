import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { wait } from '../asl/wait.ts';
import { LOOKS_AT_CONTROL, MOST_ACTS, operation, readBack, writes } from './acts.ts';
import { elseStop, failed, STOP } from './failures.ts';

/** Control after control: look, act, wait for the operation, and look again until it is as wanted. */
export const controls: States = {
  'Is there a control left?': choice({
    rules: [when('$at < $count($work)', 'Take the control')],
    otherwise: 'Say that the controls are changed',
  }),
  'Take the control': pass({
    assign: {
      item: expr('$work[$at]'),
      acts: 0,
      looks: 0,
      did: 'unchanged',
      operationId: expr("''"),
      ...firstPage('page'),
      found: expr("{'arn': '', 'status': ''}"),
    },
    next: 'Look at the control',
  }),
  'Look at the control': sdk('controltower:listEnabledControls', {
    comment: 'Listed is not enabled: only the status says so.',
    arguments: pageOf(
      `{'TargetIdentifier': $plan.organizationalUnit.arn, 'Filter': {'ControlIdentifiers': [$item.identifier]}, 'MaxResults': 100}`,
      { variable: 'page' },
    ),
    retry: whilePassing('controltower'),
    catch: [elseStop('controls')],
    assign: {
      found: expr(
        `($c := $states.result.EnabledControls[ControlIdentifier = $item.identifier];
          $exists($c) ? {'arn': $c[0].Arn, 'status': $c[0].StatusSummary.Status} : $found)`,
      ),
      ...turnPage('page'),
    },
    next: 'What is to be done?',
  }),
  'What is to be done?': choice({
    rules: [
      when(morePages('page'), 'Look at the control'),
      when("$not($item.wanted) and $found.status = ''", 'Say what became of the control'),
      when(`$found.status = 'UNDER_CHANGE' and $looks < ${LOOKS_AT_CONTROL}`, 'Wait for the control', {
        looks: expr('$looks + 1'),
      }),
      when("$item.wanted and $found.status = 'SUCCEEDED'", 'Read the control back'),
      when(
        `$acts >= ${MOST_ACTS} or $found.status = 'UNDER_CHANGE'`,
        STOP,
        failed(
          'controls',
          'ControlNotConfirmed',
          "$item.control & ' is in state ' & $found.status & ' after the operation.'",
        ),
      ),
      when("$item.wanted and $found.status = ''", 'Enable the control', { acts: expr('$acts + 1') }),
    ],
    assign: { acts: expr('$acts + 1') },
    otherwise: 'Disable the control',
  }),
  'Wait for the control': wait(30, {
    assign: { found: expr("{'arn': '', 'status': ''}") },
    next: 'Look at the control',
  }),
  ...writes,
  ...operation,
  ...readBack,
};
