import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { fail } from '../asl/fail.ts';
import { pass } from '../asl/pass.ts';
import { whileRoleSpreads } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { asJetway } from './messages.ts';
import { otherOutputs, otherParameters } from './planned-facts.ts';
import { UPDATABLE } from './stacks.ts';

const SEEN = `($s := $states.result.Stacks[0]; $d := $s.Tags[Key = 'jetway:template-digest'].Value;
  {'status': $s.StackStatus, 'id': $s.StackId, 'digest': $exists($d) ? $d[0] : '',
   'otherParameters': ${otherParameters('$s.Parameters', '$states.input')},
   'otherOutputs': ${otherOutputs('$s.Outputs', '$states.input')},
   'outputs': [$s.Outputs.(OutputKey & '=' & OutputValue)]})`;

/** A stack of the home Region, beside the plan. Ends with `{ stackId, verified: { name, region, status, evidence } }`. */
export const wholeStack: States = {
  'Read the stack again': sdk('cloudformation:describeStacks', {
    as: asJetway,
    arguments: {
      StackName: expr(
        "$exists($states.input.stackName) ? $states.input.stackName : 'jetway-' & $states.input.name",
      ),
    },
    retry: whileRoleSpreads(),
    assign: { planned: expr('$states.input'), seen: expr(SEEN) },
    next: 'Is the stack as planned?',
  }),
  'Is the stack as planned?': choice({
    comment: 'A stack that was rolled back is whole: what it has is what it had before.',
    rules: [
      when(
        `$seen.status in ${UPDATABLE}
          and $seen.digest = $planned.templateDigest and $count($seen.otherParameters) = 0`,
        'Does the stack say what was planned?',
      ),
    ],
    otherwise: 'The stack is not as planned',
  }),
  'The stack is not as planned': fail(
    'StackDiffers',
    `$substring('The stack of ' & $planned.name & ' is ' & $seen.status & ' with template ' & $seen.digest
      & $join($seen.otherParameters.('; parameter ' & $)) & '.', 0, 1500)`,
  ),
  'Does the stack say what was planned?': choice({
    rules: [when('$count($seen.otherOutputs) = 0', 'The stack is as planned')],
    otherwise: 'The stack says something else',
  }),
  'The stack says something else': fail(
    'StackOutputDiffers',
    `$substring('The stack of ' & $planned.name & ' says: ' & $join($seen.otherOutputs, '; ') & '.', 0, 1500)`,
  ),
  'The stack is as planned': pass({
    output: {
      stackId: expr('$seen.id'),
      verified: {
        kind: 'stack',
        name: expr('$planned.name'),
        region: expr('$planned.region'),
        status: expr('$seen.status'),
        evidence: expr(
          `$substring($seen.id & ', template ' & $seen.digest & ', parameters as planned'
            & ($exists($planned.readBack.outputs) ? ', outputs as planned: ' & $join($keys($planned.readBack.outputs), ' ') : '')
            & $join($seen.outputs.(', ' & $)), 0, 1500)`,
        ),
      },
    },
  }),
};
