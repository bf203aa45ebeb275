import { z } from 'zod';
import type { FieldError } from '../kernel/errors.ts';
import { attachmentOf, type Catalogue, type Control, type ControlParameter } from './catalogue.ts';
import { readParameter } from './parameters.ts';

const GuardrailId = z.string().min(1).max(128);

/** How a guardrail is named everywhere (requests, changes, what-if): an id, or an id with parameters. */
export const RequestedGuardrail = z.union([
  GuardrailId,
  z.strictObject({ id: GuardrailId, parameters: z.record(z.string().max(100), z.unknown()).optional() }),
]);
export type RequestedGuardrail = z.infer<typeof RequestedGuardrail>;

/** Lists sorted and without doubles, so that the same choice always makes the same policy. */
export type ParameterValue = string | boolean | string[];
export type ChosenControl = { control: Control; parameters: Record<string, ParameterValue> };

/** What the landing zone fills in where a request says nothing. */
export type LandingZoneDefaults = {
  governedRegions: readonly string[];
  homeRegion: string;
  organizationId: string;
};

export type ChooseOptions = {
  /** JSON pointer of the list. */
  pointer?: string;
  /** Refuse controls that cannot be put on an account by itself (resource policies, hooks, declarative policies). */
  onlyAttachable?: boolean;
};

export type Choice = { controls: ChosenControl[] } | { errors: FieldError[] };

/**
 * Checks requested guardrails against the catalogue and fills in defaults. All errors are told, not the first.
 *
 * @example chooseControls(catalogue, ['AWS-GR_ENCRYPTED_VOLUMES'], defaults)
 */
export function chooseControls(
  catalogue: Catalogue,
  requested: readonly RequestedGuardrail[],
  defaults: LandingZoneDefaults,
  options: ChooseOptions = {},
): Choice {
  const base = options.pointer ?? '/guardrails';
  const errors: FieldError[] = [];
  const controls: ChosenControl[] = [];
  const seen = new Set<string>();
  requested.forEach((item, i) => {
    const { id, parameters = {} } = typeof item === 'string' ? { id: item } : item;
    const pointer = typeof item === 'string' ? `${base}/${i}` : `${base}/${i}/id`;
    const control = catalogue.byId.get(id);
    const problem =
      control === undefined ? `there is no guardrail ${id}` : problemWith(control, seen, options);
    seen.add(id);
    if (control === undefined || problem !== undefined) {
      errors.push({ pointer, message: problem ?? '' });
      return;
    }
    const read = readParameters(control, parameters, defaults, `${base}/${i}/parameters`);
    if ('errors' in read) errors.push(...read.errors);
    else controls.push({ control, parameters: read.values });
  });
  return errors.length > 0 ? { errors } : { controls };
}

const UNIT_KINDS: Partial<Record<Control['implementation']['type'], string>> = {
  RCP: 'a resource control policy',
  DECLARATIVE_POLICY_EC2: 'a declarative policy of EC2',
  CLOUDFORMATION_HOOK: 'a CloudFormation hook',
  SECURITY_HUB_CONTROL: 'a control of Security Hub',
};

function problemWith(
  control: Control,
  seen: ReadonlySet<string>,
  options: ChooseOptions,
): string | undefined {
  if (seen.has(control.id)) return `${control.id} is there twice`;
  if (options.onlyAttachable && attachmentOf(control) === 'organizational-unit') {
    const kind = UNIT_KINDS[control.implementation.type];
    return `${control.id} is ${kind}, which is enabled on organizational units, not on an account: an operator asks for it with POST /v1/organizational-units/{id}/changes`;
  }
  return undefined;
}

type ReadAll = { values: Record<string, ParameterValue> } | { errors: FieldError[] };

function readParameters(
  control: Control,
  given: Record<string, unknown>,
  defaults: LandingZoneDefaults,
  pointer: string,
): ReadAll {
  const known = new Map(control.parameters.map((parameter) => [parameter.name, parameter]));
  const errors: FieldError[] = Object.keys(given)
    .filter((name) => !known.has(name))
    .map((name) => ({
      pointer: `${pointer}/${escapePointer(name)}`,
      message: unknownParameter(control, name),
    }));
  const values: Record<string, ParameterValue> = {};
  for (const parameter of control.parameters) {
    const value = Object.hasOwn(given, parameter.name) ? given[parameter.name] : undefined;
    const read = readOne(parameter, value, defaults);
    if ('problem' in read) errors.push({ pointer: `${pointer}/${parameter.name}`, message: read.problem });
    else if (read.value !== undefined) values[parameter.name] = read.value;
  }
  return errors.length > 0 ? { errors } : { values };
}

function readOne(
  parameter: ControlParameter,
  value: unknown,
  defaults: LandingZoneDefaults,
): { value: ParameterValue | undefined } | { problem: string } {
  if (value === undefined) return { value: defaultOf(parameter, defaults) };
  if (parameter.type === 'organization-ids') return { problem: 'is filled in by the service' };
  const read = readParameter(parameter, value);
  if ('problem' in read) return read;
  const misses =
    parameter.name === 'GovernedRegions' &&
    Array.isArray(read.value) &&
    !read.value.includes(defaults.homeRegion);
  return misses ? { problem: `must contain the home Region ${defaults.homeRegion}` } : read;
}

function defaultOf(parameter: ControlParameter, defaults: LandingZoneDefaults): ParameterValue | undefined {
  switch (parameter.type) {
    case 'regions':
      return [...new Set(defaults.governedRegions)].sort();
    case 'organization-ids':
      return [defaults.organizationId];
    case 'port':
    case 'text':
    case 'choice':
      return parameter.default;
    case 'principal-arns':
    case 'actions':
    case 'resource-arns':
    case 'flag':
      return undefined;
  }
}

function unknownParameter(control: Control, name: string): string {
  const names = control.parameters.map((parameter) => parameter.name).join(', ');
  return `${control.id} has no parameter ${name}${names ? `; it has ${names}` : ''}`;
}

/** One token of a JSON pointer, RFC 6901 section 3. */
const escapePointer = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1');
