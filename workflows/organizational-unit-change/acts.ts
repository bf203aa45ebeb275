import { caught } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { Catcher, States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { wait } from '../asl/wait.ts';
import { elseStop, failed, STOP } from './failures.ts';
import { changeFact } from './messages.ts';

/** Half a minute each: an operation on a unit with many accounts may take hours. */
const LOOKS_AT_OPERATION = 720;
export const LOOKS_AT_CONTROL = 120;
/** Enough for: take the failed one away, enable it, and bring its parameters up to date. */
export const MOST_ACTS = 4;

const BUSY = ['ControlTower.ConflictException'];

/** Another operation works on the same control, or an earlier call of ours was accepted and its answer lost. */
const busy = (): Catcher => caught(BUSY, 'Wait for the control', { looks: expr('$looks + 1') });

const retry = whilePassing('controltower', ['ServiceQuotaExceededException']);

export const writes: States = {
  'Enable the control': sdk('controltower:enableControl', {
    arguments: expr(
      `$merge([{'ControlIdentifier': $item.identifier, 'TargetIdentifier': $plan.organizationalUnit.arn},
          $count($item.parameters) > 0 ? {'Parameters': [$item.parameters.{'Key': key, 'Value': value}]} : {}])`,
    ),
    retry,
    catch: [busy(), elseStop('controls')],
    assign: { operationId: expr('$states.result.OperationIdentifier'), did: 'enabled', looks: 0 },
    next: 'Wait for the operation',
  }),
  'Disable the control': sdk('controltower:disableControl', {
    comment: 'Also what was enabled and failed: it stays in the list, and is enabled anew after it has gone.',
    arguments: {
      ControlIdentifier: expr('$item.identifier'),
      TargetIdentifier: expr('$plan.organizationalUnit.arn'),
    },
    retry,
    catch: [busy(), elseStop('controls')],
    assign: { operationId: expr('$states.result.OperationIdentifier'), did: 'disabled', looks: 0 },
    next: 'Wait for the operation',
  }),
  'Update the control': sdk('controltower:updateEnabledControl', {
    arguments: {
      EnabledControlIdentifier: expr('$found.arn'),
      Parameters: expr("[$item.parameters.{'Key': key, 'Value': value}]"),
    },
    retry,
    catch: [busy(), elseStop('controls')],
    assign: {
      operationId: expr('$states.result.OperationIdentifier'),
      did: expr("$did = 'enabled' ? $did : 'updated'"),
      acts: expr('$acts + 1'),
      looks: 0,
    },
    next: 'Wait for the operation',
  }),
};

export const operation: States = {
  'Wait for the operation': wait(30, { next: 'Read the operation' }),
  'Read the operation': sdk('controltower:getControlOperation', {
    arguments: { OperationIdentifier: expr('$operationId') },
    retry: whilePassing('controltower'),
    catch: [elseStop('controls')],
    assign: {
      operation: expr(
        `{'status': $states.result.ControlOperation.Status,
            'message': $exists($states.result.ControlOperation.StatusMessage) ? $states.result.ControlOperation.StatusMessage : ''}`,
      ),
    },
    next: 'Is the operation over?',
  }),
  'Is the operation over?': choice({
    rules: [
      when("$operation.status = 'SUCCEEDED'", 'Look at the control', {
        looks: 0,
        found: expr("{'arn': '', 'status': ''}"),
      }),
      when(`$operation.status = 'IN_PROGRESS' and $looks < ${LOOKS_AT_OPERATION}`, 'Wait for the operation', {
        looks: expr('$looks + 1'),
      }),
      when(
        "$operation.status = 'IN_PROGRESS'",
        STOP,
        failed('controls', 'ControlOperationTimedOut', "'Operation ' & $operationId & ' does not end.'"),
      ),
    ],
    assign: failed(
      'controls',
      'ControlOperationFailed',
      "$item.control & ': ' & ($operation.message = '' ? 'Control Tower gave no reason.' : $operation.message)",
    ),
    otherwise: STOP,
  }),
};

/** Parameters as one text, whatever their order. */
const textOf = (list: string, key: string, value: string): string =>
  `$join([$sort([${list}.(${key} & '=' & $string(${value}))])], '; ')`;

/** Only what is read back counts, with its parameters. */
export const readBack: States = {
  'Read the control back': sdk('controltower:getEnabledControl', {
    arguments: { EnabledControlIdentifier: expr('$found.arn') },
    retry: whilePassing('controltower'),
    catch: [elseStop('controls')],
    assign: {
      live: expr(
        `{'status': $states.result.EnabledControlDetails.StatusSummary.Status,
            'parameters': ${textOf('$states.result.EnabledControlDetails.Parameters', 'Key', 'Value')}}`,
      ),
    },
    next: 'Is the control as wanted?',
  }),
  'Is the control as wanted?': choice({
    comment: 'A plan that sets no parameters leaves those that are there.',
    rules: [
      when(
        `$live.status = 'SUCCEEDED' and ($count($item.parameters) = 0 or $live.parameters = ${textOf('$item.parameters', 'key', 'value')})`,
        'Say what became of the control',
      ),
      when(`$live.status = 'SUCCEEDED' and $acts < ${MOST_ACTS}`, 'Update the control'),
      when(`$looks < ${LOOKS_AT_CONTROL}`, 'Wait for the control', { looks: expr('$looks + 1') }),
    ],
    assign: failed(
      'controls',
      'ControlNotConfirmed',
      "$item.control & ' is in state ' & $live.status & ', with the parameters: ' & $live.parameters",
    ),
    otherwise: STOP,
  }),
  'Say what became of the control': changeFact('ControlChanged', {
    data: {
      control: '$item.control',
      outcome: '$did',
      operationId: "$operationId != '' ? $operationId",
    },
    catch: [elseStop('controls')],
    assign: { at: expr('$at + 1') },
    next: 'Is there a control left?',
  }),
};
