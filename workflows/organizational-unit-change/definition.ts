import type { Definition } from '../asl/definition.ts';
import { machine } from '../asl/machine.ts';
import { approval, confirm, endsUnchanged, recheck } from './approval.ts';
import { begin, controls } from './controls.ts';
import { repair } from './repair.ts';
import { start } from './start.ts';
import { verify } from './verify.ts';

/** From an approved plan to controls that are enforced on an organizational unit. */
export const organizationalUnitChange: Definition = machine({
  comment:
    'Enables and disables controls on one organizational unit: approve, recheck, confirm, one control after another, verify. Past the point of no return it ends ACTIVE or waits half-way for a person.',
  startAt: 'Read the input',
  stages: [start, approval, recheck, confirm, begin, controls, verify, repair, endsUnchanged],
});
