import type { LandingZoneStep } from '../../workflows/landing-zone/input.schema.ts';
import type { Catalogue } from '../guardrails/catalogue.ts';
import { chooseControls } from '../guardrails/choose.ts';
import { reachesBelow } from '../guardrails/reach.ts';
import { canonicalJson } from '../kernel/canonical-json.ts';
import { parametersOf } from '../organizational-units/plan-unit-change.ts';
import { controlIdentifier, notInCatalogue } from '../reconciliation/control-identifier.ts';
import { namedControl } from './compile.ts';
import type { Item } from './items.ts';
import type { LandingZoneFile } from './landing-zone.schema.ts';
import type { Live, LiveUnit } from './live.schema.ts';
import { type PlacedUnit, placedUnits } from './units.ts';

/** What the service is asked for: `enable` as in POST /v1/organizational-units/{id}/changes. */
export type ControlRequest = {
  path: string;
  unitId: string;
  enable: { id: string; parameters?: Record<string, unknown> }[];
};

type Parts = { items: Item[]; steps: LandingZoneStep[]; requests: ControlRequest[] };
type Context = { file: LandingZoneFile; live: Live; catalogue: Catalogue };

export function unitParts(
  file: LandingZoneFile,
  live: Live,
  catalogue: Catalogue,
): Parts & { others: string[] } {
  const placed = placedUnits(file);
  const known = new Set(placed.map(({ path }) => path));
  const each = placed.map((one) => oneUnit(one, { file, live, catalogue }));
  return {
    items: each.flatMap(({ items }) => items),
    // Units and their registrations before the controls on them: a control wants a registered unit.
    steps: [
      ...each.flatMap(({ steps }) => steps.filter(({ kind }) => kind !== 'control')),
      ...each.flatMap(({ steps }) => steps.filter(({ kind }) => kind === 'control')),
    ],
    requests: byUnit(each.flatMap(({ requests }) => requests)),
    others: live.units.map(({ path }) => path).filter((path) => path !== '' && !known.has(path)),
  };
}

/** One request for each unit: its approver reads everything at once. */
const byUnit = (all: readonly ControlRequest[]): ControlRequest[] => {
  const units = new Map<string, ControlRequest>();
  for (const one of all) {
    const before = units.get(one.unitId);
    units.set(one.unitId, before ? { ...before, enable: [...before.enable, ...one.enable] } : one);
  }
  return [...units.values()];
};

function oneUnit(placed: PlacedUnit, context: Context): Parts {
  const { path, parentPath, pointer, unit } = placed;
  const live = context.live.units.find((one) => one.path === path);
  const what = `unit ${path}`;
  const made: Parts = live
    ? { items: [{ action: 'keep', what: `${what} (${live.id})`, pointer }], steps: [], requests: [] }
    : {
        items: [{ action: 'create', what, pointer }],
        steps: [{ kind: 'unit', path, parentPath, name: unit.name }],
        requests: [],
      };
  return join([made, registration(placed, live, context), ...controls(placed, live, context)]);
}

const join = (all: readonly Parts[]): Parts => ({
  items: all.flatMap(({ items }) => items),
  steps: all.flatMap(({ steps }) => steps),
  requests: all.flatMap(({ requests }) => requests),
});
const only = (item: Item, ...steps: LandingZoneStep[]): Parts => ({ items: [item], steps, requests: [] });

function registration(
  { path, pointer, unit }: PlacedUnit,
  unitNow: LiveUnit | undefined,
  { live }: Context,
): Parts {
  if (!unit.register) return { items: [], steps: [], requests: [] };
  const what = `registration of ${path}`;
  const status = unitNow?.baseline ?? 'NONE';
  if (status === 'SUCCEEDED') return only({ action: 'keep', what, pointer });
  if (status === 'FAILED')
    return only({
      action: 'cannot',
      what,
      pointer,
      detail: 'failed; register it again in the Control Tower console (Organization)',
    });
  if (live.baseline.version === '')
    return only({
      action: 'cannot',
      what,
      pointer,
      detail:
        'no unit is registered yet, so that nothing says which version of the baseline fits; register the first one in the Control Tower console (Organization)',
    });
  if ((unitNow?.accounts ?? 0) > 0)
    return only({
      action: 'cannot',
      what,
      pointer,
      detail:
        'it has accounts, which would all be enrolled; register it in the Control Tower console (Organization), or say register: false',
    });
  return only({ action: 'create', what, pointer }, { kind: 'registration', path });
}

function controls(placed: PlacedUnit, unitNow: LiveUnit | undefined, context: Context): Parts[] {
  const { file, live, catalogue } = context;
  const defaults = {
    governedRegions: file.governedRegions,
    homeRegion: file.homeRegion,
    organizationId: live.organizationId,
  };
  const choice = chooseControls(catalogue, placed.unit.controls, defaults);
  if ('errors' in choice) throw new Error('a file with controls that cannot be read is not planned');
  return choice.controls.map(({ control, parameters }, i) => {
    const { id, parameters: given } = namedControl(placed.unit.controls[i] ?? control.id);
    const identifier = controlIdentifier(id, {
      homeRegion: file.homeRegion,
      controlArns: Object.fromEntries(live.controlArns.map((one) => [one.id, one.arn])),
    });
    const wanted = parametersOf(control, parameters, Object.keys(given));
    const now = unitNow?.controls.find((one) => one.identifier === identifier);
    const item = {
      what: `control ${id} on ${placed.path}`,
      pointer: `${placed.pointer}/controls/${i}`,
    };
    if (identifier === undefined) return only({ ...item, action: 'cannot', detail: notInCatalogue(id) });
    if (now?.status === 'FAILED')
      return only({
        ...item,
        action: 'cannot',
        detail: 'failed there; disable it in the Control Tower console (Controls) and apply again',
      });
    const differs = Object.keys(given).length > 0 && !sameParameters(wanted, now?.parameters ?? []);
    if (now?.status === 'SUCCEEDED' && !differs) return only({ ...item, action: 'keep' });
    const action = now ? ('change' as const) : ('create' as const);
    const detail = now && differs ? { detail: `parameters: ${inWords(wanted)}` } : {};
    if (!unitNow || !hasAccounts(unitNow, live, reachesBelow(control)))
      return only(
        { ...item, action, ...detail },
        { kind: 'control', path: placed.path, control: id, identifier, parameters: wanted },
      );
    const named = Object.keys(given).length > 0 ? { id, parameters: given } : { id };
    return {
      items: [{ ...item, action, ...detail, approval: true }],
      steps: [],
      requests: [{ path: placed.path, unitId: unitNow.id, enable: [named] }],
    };
  });
}

const hasAccounts = (unit: LiveUnit, { units }: Live, below: boolean): boolean =>
  units.some(
    ({ path, accounts }) =>
      accounts > 0 && (path === unit.path || (below && path.startsWith(`${unit.path}/`))),
  );

type Parameters = readonly { key: string; value?: unknown }[];

/** In any order; Control Tower answers lists as they were given. */
const sameParameters = (one: Parameters, other: Parameters): boolean => textOf(one) === textOf(other);
const textOf = (all: Parameters): string =>
  canonicalJson(Object.fromEntries(all.map(({ key, value }) => [key, value ?? null])));
const inWords = (all: Parameters): string =>
  all.map(({ key, value }) => `${key} ${Array.isArray(value) ? value.join(', ') : String(value)}`).join('; ');
