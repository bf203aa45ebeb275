import { isObject, type Json, type JsonObject, type Template, validationError } from './template.ts';

/** A parameter as the caller of CreateStack or UpdateStack gives it. */
export type GivenParameter = { ParameterKey?: string; ParameterValue?: string; UsePreviousValue?: boolean };

/** By name: the text given (or the default), and the value that `Ref` returns. */
export type ResolvedParameters = Map<string, { text: string; value: Json; noEcho: boolean }>;

const VALUE_LIMIT_BYTES = 4096;
const DEFINITION_KEYS = new Set([
  'Type',
  'Default',
  'Description',
  'NoEcho',
  'AllowedValues',
  'AllowedPattern',
  'ConstraintDescription',
  'MinLength',
  'MaxLength',
  'MinValue',
  'MaxValue',
]);
/** AWS-specific types are strings to us: whether the id exists is found out when a resource uses it. */
const AWS_TYPE = /^AWS::(EC2|Route53|SSM::Parameter::Name)(::[A-Za-z]+)*$/;

/**
 * Matches the given parameters to the template's.
 * @param previous the stack's current parameters, for `UsePreviousValue`
 * @throws AwsError `ValidationError` with AWS's texts
 */
export function resolveParameters(
  template: Template,
  given: GivenParameter[],
  previous: ReadonlyMap<string, string> = new Map(),
): ResolvedParameters {
  const byName = new Map(given.map((parameter) => [parameter.ParameterKey ?? '', parameter]));
  const strangers = [...byName.keys()].filter((name) => !template.parameters.has(name));
  if (strangers.length > 0)
    throw validationError(`Parameters: [${strangers.join(', ')}] do not exist in the template`);
  const resolved: ResolvedParameters = new Map();
  const missing: string[] = [];
  for (const [name, definition] of template.parameters) {
    const type = parameterType(name, definition);
    const text = givenText(byName.get(name), previous.get(name)) ?? defaultText(name, definition);
    if (text === undefined) {
      missing.push(name);
      continue;
    }
    checkConstraints(name, definition, type, text);
    resolved.set(name, { text, value: typedValue(type, text), noEcho: isTrue(definition.NoEcho) });
  }
  if (missing.length > 0) throw validationError(`Parameters: [${missing.join(', ')}] must have values`);
  return resolved;
}

function givenText(parameter: GivenParameter | undefined, previous: string | undefined): string | undefined {
  return parameter?.UsePreviousValue === true ? previous : parameter?.ParameterValue;
}

function defaultText(name: string, definition: JsonObject): string | undefined {
  const value = definition.Default;
  if (value === undefined) return undefined;
  if (isObject(value) || Array.isArray(value) || value === null)
    throw validationError(
      `Template format error: Every Default member must be a string. Parameter '${name}' is not.`,
    );
  return String(value);
}

function parameterType(name: string, definition: JsonObject): string {
  const unknown = Object.keys(definition).find((key) => !DEFINITION_KEYS.has(key));
  if (unknown !== undefined) throw validationError(`Invalid template parameter property '${unknown}'`);
  const type = definition.Type;
  if (typeof type !== 'string')
    throw validationError(
      `Template format error: [/Parameters/${name}] Every Parameters object must contain a Type member.`,
    );
  const item = /^List<(.+)>$/.exec(type)?.[1] ?? type;
  const known =
    item === 'String' || item === 'Number' || type === 'CommaDelimitedList' || AWS_TYPE.test(item);
  if (!known || type === 'List<String>')
    throw validationError(`Template format error: Unrecognized parameter type: ${type}`);
  return type;
}

function typedValue(type: string, text: string): Json {
  const isList = type === 'CommaDelimitedList' || type.startsWith('List<');
  if (!isList) return text;
  return text === '' ? [] : text.split(',').map((item) => item.trim());
}

function checkConstraints(name: string, definition: JsonObject, type: string, text: string): void {
  if (Buffer.byteLength(text) > VALUE_LIMIT_BYTES)
    throw validationError(`Parameter '${name}' must not be larger than ${VALUE_LIMIT_BYTES} bytes`);
  const isText = type === 'String' || type === 'CommaDelimitedList' || AWS_TYPE.test(type);
  const values = typedValue(type, text);
  for (const value of Array.isArray(values) ? values.map(String) : [text]) {
    checkNumber(name, definition, type, value);
    const allowed = definition.AllowedValues;
    if (Array.isArray(allowed) && !allowed.map(String).includes(value))
      throw constraint(name, definition, `must be one of AllowedValues`);
  }
  if (isText) checkText(name, definition, text);
}

function checkText(name: string, definition: JsonObject, text: string): void {
  const { AllowedPattern: pattern, MinLength: min, MaxLength: max } = definition;
  // AWS matches the whole value, with Java's syntax; the two dialects agree on what templates use.
  if (typeof pattern === 'string' && !new RegExp(`^(?:${pattern})$`, 's').test(text))
    throw constraint(name, definition, `must match pattern ${pattern}`);
  if (min !== undefined && text.length < Number(min))
    throw constraint(name, definition, `must contain at least ${Number(min)} characters`);
  if (max !== undefined && text.length > Number(max))
    throw constraint(name, definition, `must contain at most ${Number(max)} characters`);
}

function checkNumber(name: string, definition: JsonObject, type: string, text: string): void {
  if (type !== 'Number' && type !== 'List<Number>') return;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw constraint(name, definition, 'must be a number');
  if (definition.MinValue !== undefined && value < Number(definition.MinValue))
    throw constraint(name, definition, `must be a number not less than ${Number(definition.MinValue)}`);
  if (definition.MaxValue !== undefined && value > Number(definition.MaxValue))
    throw constraint(name, definition, `must be a number not greater than ${Number(definition.MaxValue)}`);
}

function constraint(name: string, definition: JsonObject, rule: string) {
  const described = definition.ConstraintDescription;
  return validationError(
    typeof described === 'string'
      ? `Parameter ${name} failed to satisfy constraint: ${described}`
      : `Parameter '${name}' ${rule}`,
  );
}

const isTrue = (value: Json | undefined): boolean => value === true || value === 'true';
