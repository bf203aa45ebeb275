import { FIRST_FAILURE, UNDECLARED } from '../account-vending/stacks.ts';
import { CAUGHT_ERROR, caught, otherwise } from '../asl/catch.ts';
import { choice, when } from '../asl/choice.ts';
import type { Catcher, Expression, MapState } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fail } from '../asl/fail.ts';
import { forEach } from '../asl/map.ts';
import { pass } from '../asl/pass.ts';
import { whileRoleSpreads } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { growing, wait } from '../asl/wait.ts';

const MAX_TRIES = 5;
const MAX_POLLS = 240;

/** Stacks that are not in the plan any more are deleted, one after the other, until they are gone. */
export const removeStacks = (options: {
  as: Expression;
  catch: readonly Catcher[];
  next: string;
}): MapState =>
  forEach('$change.work.removed', {
    comment: 'What a stack leaves behind by its own word stays.',
    atOnce: 1,
    startAt: 'Take the stack to delete',
    states: {
      'Take the stack to delete': pass({
        assign: {
          stackName: expr('$states.input.stackName'),
          stack: expr("{'status': '', 'reason': ''}"),
          trouble: expr("{'error': '', 'cause': ''}"),
          asked: false,
          tries: 0,
          polls: 0,
          why: expr("''"),
        },
        next: 'Is the stack there?',
      }),
      'Is the stack there?': sdk('cloudformation:describeStacks', {
        as: options.as,
        arguments: { StackName: expr('$stackName') },
        retry: whileRoleSpreads([UNDECLARED]),
        catch: [caught([UNDECLARED], 'Is it gone?', { trouble: CAUGHT_ERROR, tries: expr('$tries + 1') })],
        assign: {
          stack: expr(
            "($s := $states.result.Stacks[0]; {'status': $s.StackStatus, 'reason': $exists($s.StackStatusReason) ? $s.StackStatusReason : ''})",
          ),
        },
        next: 'What is left of the stack?',
      }),
      'Is it gone?': choice({
        rules: [
          when("$contains($trouble.cause, 'does not exist')", 'The stack is gone'),
          when(`$tries < ${MAX_TRIES}`, 'Wait and ask again'),
        ],
        assign: { why: expr("$trouble.error & ': ' & $trouble.cause") },
        otherwise: 'The stack stays',
      }),
      'What is left of the stack?': choice({
        rules: [
          when("$stack.status = 'DELETE_COMPLETE'", 'The stack is gone'),
          when(
            `$polls < ${MAX_POLLS} and $contains($stack.status, 'IN_PROGRESS')`,
            'Wait for the stack to go',
            { polls: expr('$polls + 1') },
          ),
          when('$not($asked)', 'Delete the old stack', { asked: true }),
        ],
        otherwise: 'Read why it stays',
      }),
      'Delete the old stack': sdk('cloudformation:deleteStack', {
        as: options.as,
        arguments: {
          StackName: expr('$stackName'),
          ClientRequestToken: expr("$requestId & '-remove-' & $resumes & '-' & $tries"),
        },
        catch: [otherwise('Is it gone?', { trouble: CAUGHT_ERROR, tries: expr('$tries + 1'), asked: false })],
        next: 'Wait for the stack to go',
      }),
      'Wait for the stack to go': wait(15, { next: 'Is the stack there?' }),
      'Wait and ask again': wait(growing(5, '$tries', 120), { next: 'Is the stack there?' }),
      'Read why it stays': sdk('cloudformation:describeStackEvents', {
        as: options.as,
        arguments: { StackName: expr('$stackName') },
        retry: whileRoleSpreads(),
        catch: [otherwise('The stack stays', { why: expr('$stack.reason') })],
        assign: { why: expr(FIRST_FAILURE) },
        next: 'The stack stays',
      }),
      'The stack stays': fail(
        'StackNotDeleted',
        "'Stack ' & $stackName & ' (' & $stack.status & '): ' & $why",
      ),
      'The stack is gone': pass({ output: expr('$stackName') }),
    },
    catch: options.catch,
    next: options.next,
  });
