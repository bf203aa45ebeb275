import type { FieldError } from '../../services/kernel/errors.ts';
import { type Component, readParameters } from './component.ts';
import type { ParameterValue } from './parameter-types.ts';

/** By component; null for one that is left out. A component without parameters has an empty object. */
export type BlueprintParameters = Record<string, Record<string, ParameterValue> | null>;
export type ReadBlueprintParameters = { parameters: BlueprintParameters } | { errors: FieldError[] };

type Part = { component: Component; optional: boolean; defaults: unknown };

/**
 * Checks the parameters of a request against the ones that a blueprint's components take; what is not said comes from
 * its defaults. All errors are told, each with its JSON pointer; unknown fields are errors.
 */
export function readBlueprintParameters(
  given: Record<string, unknown>,
  blueprint: { name: string; parts: readonly Part[] },
  pointer: string,
): ReadBlueprintParameters {
  const known = blueprint.parts.filter(takesPart).map(({ component }) => component.name);
  const errors: FieldError[] = Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      pointer: join(pointer, [name]),
      message: `blueprint ${blueprint.name} has no ${name}`,
    }));
  const parameters: BlueprintParameters = {};
  for (const part of blueprint.parts) {
    const { name } = part.component;
    const read = readPart(known.includes(name) ? given[name] : undefined, part, `${pointer}/${name}`);
    if ('errors' in read) errors.push(...read.errors);
    else parameters[name] = read.value;
  }
  return errors.length > 0 ? { errors } : { parameters };
}

const takesPart = ({ component, optional }: Part): boolean =>
  optional || Object.keys(component.parameters).length > 0;

type ReadPart = { value: BlueprintParameters[string] } | { errors: FieldError[] };

/** `false` or `"none"` leaves a part out; only an optional one can be. */
function readPart(given: unknown, { component, optional, defaults }: Part, pointer: string): ReadPart {
  const value = given === undefined ? (defaults ?? (optional ? false : {})) : given;
  if (value === false || value === 'none') {
    if (optional) return { value: null };
    return { errors: [{ pointer, message: 'is part of every account of this blueprint' }] };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const choice = optional ? ', or false to leave it out' : '';
    return { errors: [{ pointer, message: `must be an object${choice}` }] };
  }
  const read = readParameters(component, isObject(defaults) ? { ...defaults, ...value } : value);
  if ('parameters' in read) return { value: read.parameters };
  return { errors: read.problems.map(({ path, message }) => ({ pointer: join(pointer, path), message })) };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** RFC 6901 section 3. */
const join = (pointer: string, path: readonly PropertyKey[]): string =>
  [pointer, ...path.map((key) => String(key).replaceAll('~', '~0').replaceAll('/', '~1'))].join('/');
