import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fail } from '../asl/fail.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { wait } from '../asl/wait.ts';

/** Half a minute each. */
const LOOKS = 240;
/** Enough for: enable it, and bring its parameters up to date. */
const MOST_ACTS = 3;
const BUSY = ['ControlTower.ConflictException'];
const retry = whilePassing('controltower', ['ServiceQuotaExceededException']);

/** Parameters as one text, whatever their order. */
const textOf = (list: string, key: string, value: string): string =>
  `$join([$sort([${list}.(${key} & '=' & $string(${value}))])], '; ')`;

/** One control on one unit: look, act, and look again until it is as the file has it. */
export const controlStep = (done: string): States => ({
  'Look at the control': sdk('controltower:listEnabledControls', {
    comment: 'Listed is not enabled: only the status says so.',
    arguments: pageOf(
      "{'TargetIdentifier': $target.arn, 'Filter': {'ControlIdentifiers': [$step.identifier]}, 'MaxResults': 100}",
      { variable: 'page' },
    ),
    retry: whilePassing('controltower'),
    assign: {
      found: expr('[$append($found, $states.result.EnabledControls[ControlIdentifier = $step.identifier])]'),
      ...turnPage('page'),
    },
    next: 'More of the list?',
  }),
  'More of the list?': choice({
    rules: [
      when(morePages('page'), 'Look at the control'),
      when('$count($found) > 0', 'What is to be done?', {
        status: expr('$found[0].StatusSummary.Status'),
        enabledArn: expr('$found[0].Arn'),
      }),
    ],
    assign: { status: expr("''"), enabledArn: expr("''") },
    otherwise: 'What is to be done?',
  }),
  'What is to be done?': choice({
    rules: [
      when("$status = 'SUCCEEDED'", 'Read the control'),
      when(`$looks >= ${LOOKS} or $acts >= ${MOST_ACTS}`, 'The control is not enabled'),
      when("$status = 'UNDER_CHANGE' or ($status = '' and $acts > 0)", 'Wait for the control', {
        looks: expr('$looks + 1'),
      }),
      when("$status = ''", 'Enable the control', { acts: expr('$acts + 1') }),
    ],
    otherwise: 'The control is not enabled',
  }),
  'Enable the control': sdk('controltower:enableControl', {
    arguments: expr(
      `$merge([{'ControlIdentifier': $step.identifier, 'TargetIdentifier': $target.arn},
        $count($step.parameters) > 0 ? {'Parameters': [$step.parameters.{'Key': key, 'Value': value}]} : {}])`,
    ),
    retry,
    catch: [caught(BUSY, 'Wait for the control', { acts: 0, looks: expr('$looks + 1') })],
    next: 'Wait for the control',
  }),
  'Wait for the control': wait(30, {
    assign: { found: [], ...firstPage('page') },
    next: 'Look at the control',
  }),
  'Read the control': sdk('controltower:getEnabledControl', {
    arguments: { EnabledControlIdentifier: expr('$enabledArn') },
    retry: whilePassing('controltower'),
    assign: { live: expr(textOf('$states.result.EnabledControlDetails.Parameters', 'Key', 'Value')) },
    next: 'Is the control as wanted?',
  }),
  'Is the control as wanted?': choice({
    comment: 'A file that gives no parameters leaves those that are there.',
    rules: [
      when(`$count($step.parameters) = 0 or $live = ${textOf('$step.parameters', 'key', 'value')}`, done),
      when(`$acts < ${MOST_ACTS}`, 'Update the control', { acts: expr('$acts + 1') }),
    ],
    otherwise: 'The control is not enabled',
  }),
  'Update the control': sdk('controltower:updateEnabledControl', {
    arguments: {
      EnabledControlIdentifier: expr('$enabledArn'),
      Parameters: expr("[$step.parameters.{'Key': key, 'Value': value}]"),
    },
    retry,
    catch: [caught(BUSY, 'Wait for the control', { looks: expr('$looks + 1') })],
    next: 'Wait for the control',
  }),
  'The control is not enabled': fail(
    'ControlNotEnabled',
    "$step.control & ' on ' & $step.path & ' is in state ' & ($status = '' ? 'NONE' : $status) & '. Look at it in the Control Tower console (Controls), disable it there if it failed, and apply again.'",
  ),
});
