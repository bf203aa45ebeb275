import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fail } from '../asl/fail.ts';
import { forEach } from '../asl/map.ts';
import { firstPage } from '../asl/page.ts';
import { pass } from '../asl/pass.ts';
import { whileRoleSpreads } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { proveManaged } from './checks.ts';
import { elseQuarantine } from './failures.ts';
import { asJetway } from './messages.ts';
import { readAttached } from './read-back.ts';

const wholeStack: States = {
  'Read the stack again': sdk('cloudformation:describeStacks', {
    as: asJetway,
    arguments: {
      StackName: expr(
        "$exists($states.input.stackName) ? $states.input.stackName : 'jetway-' & $states.input.name",
      ),
    },
    retry: whileRoleSpreads(),
    assign: {
      planned: expr('$states.input'),
      seen: expr(
        `($s := $states.result.Stacks[0]; $d := $s.Tags[Key = 'jetway:template-digest'].Value;
          {'status': $s.StackStatus, 'digest': $exists($d) ? $d[0] : ''})`,
      ),
    },
    next: 'Is the stack as planned?',
  }),
  'Is the stack as planned?': choice({
    rules: [
      when(
        "$seen.status in ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE'] and $seen.digest = $planned.templateDigest",
        'The stack is as planned',
      ),
    ],
    otherwise: 'The stack is not as planned',
  }),
  'The stack is not as planned': fail(
    'StackDiffers',
    "'The stack of ' & $planned.name & ' is ' & $seen.status & ' with template ' & $seen.digest & '.'",
  ),
  'The stack is as planned': pass({
    output: { name: expr('$planned.name'), status: expr('$seen.status') },
  }),
};

/** Everything is read back once more before the account is called ACTIVE. */
export const verify: States = {
  'Read the stacks again': forEach("[$plan.components[mode = 'deploy']]", {
    atOnce: 5,
    startAt: 'Read the stack again',
    states: wholeStack,
    catch: [elseQuarantine('verify')],
    assign: { stacks: expr('$states.result') },
    next: 'Prove the trail and the recorder again',
  }),
  'Prove the trail and the recorder again': proveManaged({
    comment: 'Nothing is waited for any more.',
    label: 'verify',
    patience: 0,
    catch: [elseQuarantine('verify')],
    assign: { proven: expr('$states.result'), looks: 0, attached: [], ...firstPage('page') },
    next: 'Read the attached policies',
  }),
  ...readAttached({
    label: 'policies',
    step: 'verify',
    confirmed: { next: 'Say that the account is active' },
  }),
};
