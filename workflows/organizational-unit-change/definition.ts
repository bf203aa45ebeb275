import { when } from '../asl/choice.ts';
import type { Definition } from '../asl/definition.ts';
import { machine } from '../asl/machine.ts';
import { approvalStage, confirmStage, endsUnchanged, repairStage } from '../change/stages.ts';
import { controls } from './controls.ts';
import { CHANGE_DESK } from './failures.ts';
import { changeAsk, changeFact } from './messages.ts';
import { recheck } from './recheck.ts';
import { start } from './start.ts';
import { verify } from './verify.ts';

const change = { desk: CHANGE_DESK, ask: changeAsk, fact: changeFact };

/** From an approved plan to controls that are enforced on an organizational unit. */
export const organizationalUnitChange: Definition = machine({
  comment:
    'Enables and disables controls on one organizational unit: approve, recheck, confirm, one control after another, verify. Past the point of no return it ends ACTIVE or waits half-way for a person.',
  startAt: 'Read the input',
  stages: [
    start,
    // Control operations take no place of an account operation: there is no queue.
    approvalStage(change, 'Read the organizational unit'),
    recheck,
    confirmStage(change, {
      data: { organizationalUnitId: '$plan.organizationalUnit.id', controls: '$count($work)' },
      next: 'Is there a control left?',
    }),
    controls,
    verify,
    repairStage(change, {
      stopped: { control: '$at < $count($work) ? $work[$at].control' },
      resume: {
        rules: [when("$failedStep = 'verify'", 'Begin the last look')],
        otherwise: 'Is there a control left?',
      },
      giveUp: false,
    }),
    endsUnchanged(change),
  ],
});
