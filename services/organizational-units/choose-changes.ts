import type { Control } from '../guardrails/catalogue.ts';
import { type ChosenControl, chooseControls } from '../guardrails/choose.ts';
import { reachesBelow } from '../guardrails/reach.ts';
import type { FieldError } from '../kernel/errors.ts';
import { controlIdentifier, notInCatalogue } from '../reconciliation/control-identifier.ts';
import { chainOf, type Unit } from '../reconciliation/organization.ts';
import type { Refuse, UnitChangeContext } from './context.ts';
import type { UnitChange } from './unit-change.schema.ts';

export type ChosenChanges = {
  /** `given`: the parameters that the request itself named. */
  enable: (ChosenControl & { given: readonly string[] })[];
  disable: Control[];
  inherited: { control: string; organizationalUnitId: string }[];
};

/** Reads both lists against the catalogue and against what the unit and those above it enforce by now. */
export function chooseChanges(
  change: UnitChange,
  unit: Unit,
  context: UnitChangeContext,
  errors: FieldError[],
): ChosenChanges {
  const refuse: Refuse = (pointer, message) => void errors.push({ pointer, message });
  const above = carriersAbove(unit, context);
  const enable: ChosenChanges['enable'] = [];
  const inherited: ChosenChanges['inherited'] = [];
  for (const { chosen, pointer, given } of readEnable(change, context, errors)) {
    const { control } = chosen;
    const problem = unchangeable(control, 'enabled');
    const carrier = above.get(control.id);
    const status = unit.controls.find((c) => c.id === control.id)?.status;
    if (problem) refuse(pointer, problem);
    else if (controlIdentifier(control.id, context.snapshot) === undefined)
      refuse(pointer, notInCatalogue(control.id));
    else if (change.disable.includes(control.id)) refuse(pointer, `${control.id} is to be disabled, too`);
    else if (carrier) inherited.push({ control: control.id, organizationalUnitId: carrier.id });
    else if (status === 'UNDER_CHANGE')
      refuse(pointer, `${control.id} is being changed on ${unit.path} just now; try again when that is over`);
    // With parameters of its own it is a change all the same: the workflow compares them with the live ones.
    else if (status === 'SUCCEEDED' && given.length === 0)
      refuse(pointer, `${control.id} is enabled on ${unit.path} already`);
    else enable.push({ ...chosen, given });
  }
  return { enable, inherited, disable: readDisable(change, unit, above, context, refuse) };
}

/** What a unit above enforces here as well, and the nearest unit that carries it. */
function carriersAbove(unit: Unit, { snapshot, catalogue }: UnitChangeContext): Map<string, Unit> {
  const carriers = new Map<string, Unit>();
  for (const upper of chainOf(snapshot, unit.id).slice(1)) {
    for (const { id, status } of upper.controls) {
      const control = catalogue.byId.get(id);
      if (status === 'SUCCEEDED' && control && reachesBelow(control) && !carriers.has(id))
        carriers.set(id, upper);
    }
  }
  return carriers;
}

function readEnable(change: UnitChange, { catalogue, snapshot }: UnitChangeContext, errors: FieldError[]) {
  const defaults = {
    governedRegions: snapshot.governedRegions,
    homeRegion: snapshot.homeRegion,
    organizationId: snapshot.organizationId,
  };
  const choice = chooseControls(catalogue, change.enable, defaults, { pointer: '/enable' });
  if ('errors' in choice) {
    errors.push(...choice.errors);
    return [];
  }
  return choice.controls.map((chosen, i) => {
    const item = change.enable[i];
    const named = typeof item === 'object';
    return {
      chosen,
      pointer: named ? `/enable/${i}/id` : `/enable/${i}`,
      given: named ? Object.keys(item.parameters ?? {}) : [],
    };
  });
}

function readDisable(
  change: UnitChange,
  unit: Unit,
  above: ReadonlyMap<string, Unit>,
  { catalogue, snapshot }: UnitChangeContext,
  refuse: Refuse,
): Control[] {
  return change.disable.flatMap((id, i) => {
    const pointer = `/disable/${i}`;
    const control = catalogue.byId.get(id);
    const problem = control ? unchangeable(control, 'disabled') : `there is no guardrail ${id}`;
    const here = unit.controls.find((c) => c.id === id);
    const carrier = above.get(id);
    if (problem || !control) refuse(pointer, problem ?? '');
    else if (change.disable.indexOf(id) !== i) refuse(pointer, `${id} is there twice`);
    else if (!here && carrier)
      refuse(pointer, `${id} is enforced from ${carrier.path} (${carrier.id}): disable it there`);
    else if (controlIdentifier(id, snapshot) === undefined) refuse(pointer, notInCatalogue(id));
    else if (!here) refuse(pointer, `${id} is not enabled on ${unit.path}`);
    else if (here.status === 'UNDER_CHANGE')
      refuse(pointer, `${id} is being changed on ${unit.path} just now; try again when that is over`);
    else return [control];
    return [];
  });
}

/** Why Control Tower does not let anybody switch this control; undefined when it does. */
/** Why nobody can switch it on or off on a unit; undefined when somebody can. */
export function unchangeable(control: Control, act: 'enabled' | 'disabled'): string | undefined {
  if (control.guidance === 'mandatory')
    return `${control.id} has the guidance mandatory: Control Tower enforces it, and it cannot be ${act}`;
  if (control.configRule?.source === 'custom')
    return `${control.id} cannot be ${act} on an organizational unit: Control Tower does not know this rule of Jetway’s own; ask for it with an account`;
  if (!control.apiManageable)
    return `${control.id} cannot be ${act} on an organizational unit: it is a setting of the landing zone`;
  return undefined;
}
