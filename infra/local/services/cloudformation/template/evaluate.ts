import { parseIpv4Range, splitRange } from './cidr.ts';
import { subPlaceholders } from './sub.ts';
import { isObject, type Json, type JsonObject, validationError } from './template.ts';

/** What the functions of a template look up. */
export interface Scope {
  /** `Ref`: a parameter, a pseudo-parameter or a resource; undefined when there is none of that name. */
  ref(name: string): Json | undefined;
  getAtt(logicalId: string, attribute: string): Json | undefined;
  condition(name: string): boolean;
  mapping(map: string, top: string, second: string): Json | undefined;
  availabilityZones(region: string): string[];
  readonly region: string;
}

/** The result of `AWS::NoValue`: the property is left out. Never leaves this file. */
const NO_VALUE: unique symbol = Symbol('AWS::NoValue');
type Value = Json | typeof NO_VALUE;

/** The functions that this evaluator knows, `Ref` aside. Conditions have their own in conditions.ts. */
export const FUNCTIONS = [
  'Fn::Base64',
  'Fn::Cidr',
  'Fn::FindInMap',
  'Fn::GetAZs',
  'Fn::GetAtt',
  'Fn::If',
  'Fn::Join',
  'Fn::Select',
  'Fn::Split',
  'Fn::Sub',
] as const;

/** The name of the function that this object calls, or undefined when it is plain data. */
export function functionName(node: Json): string | undefined {
  if (!isObject(node)) return undefined;
  const keys = Object.keys(node);
  const call = keys.find((key) => key === 'Ref' || key.startsWith('Fn::'));
  if (call !== undefined && keys.length > 1)
    throw templateError(`every ${call} object must have one key, found ${keys.join(', ')}`);
  return call;
}

/**
 * Replaces every function in `node` by its value. The caller has checked the references (references.ts), so a name
 * that cannot be found here is an error in the values: a missing mapping, an index out of range.
 * @throws AwsError `ValidationError`
 */
export function evaluate(node: Json, scope: Scope): Json {
  const value = reduce(node, scope);
  if (value === NO_VALUE) throw templateError('AWS::NoValue has no place here');
  return value;
}

/** Like `evaluate`, for the properties of a resource: always an object. */
export function evaluateProperties(properties: JsonObject, scope: Scope): JsonObject {
  return reduceObject(properties, scope);
}

function reduce(node: Json, scope: Scope): Value {
  if (Array.isArray(node)) return node.map((item) => reduce(item, scope)).filter((item) => item !== NO_VALUE);
  if (!isObject(node)) return node;
  const name = functionName(node);
  return name === undefined ? reduceObject(node, scope) : call(name, node[name] as Json, scope);
}

function reduceObject(node: JsonObject, scope: Scope): JsonObject {
  const entries = Object.entries(node).map(([key, value]) => [key, reduce(value, scope)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== NO_VALUE));
}

function call(name: string, argument: Json, scope: Scope): Value {
  switch (name) {
    case 'Ref':
      return ref(argument, scope);
    case 'Fn::If':
      return choose(argument, scope);
    case 'Fn::GetAtt':
      return getAtt(argument, scope);
    case 'Fn::Sub':
      return substitute(argument, scope);
    default:
      return callWithValues(name, evaluate(argument, scope), scope);
  }
}

function callWithValues(name: string, argument: Json, scope: Scope): Json {
  switch (name) {
    case 'Fn::Base64':
      return Buffer.from(text(name, argument)).toString('base64');
    case 'Fn::Cidr':
      return cidr(argument);
    case 'Fn::FindInMap':
      return findInMap(argument, scope);
    case 'Fn::GetAZs':
      return scope.availabilityZones(text(name, argument) || scope.region);
    case 'Fn::Join':
      return join(argument);
    case 'Fn::Select':
      return select(argument);
    case 'Fn::Split':
      return split(argument);
    default:
      throw unsupportedFunction(name);
  }
}

export function unsupportedFunction(name: string) {
  return validationError(
    `Template format error: Encountered unsupported function: ${name} Supported functions are: [${FUNCTIONS.join(', ')}, Ref]`,
  );
}

function ref(argument: Json, scope: Scope): Value {
  if (argument === 'AWS::NoValue') return NO_VALUE;
  const name = text('Ref', argument);
  const value = scope.ref(name);
  if (value === undefined) throw templateError(`Ref to ${name}, which has no value`);
  return value;
}

function choose(argument: Json, scope: Scope): Value {
  const [condition, whenTrue, whenFalse] = list('Fn::If', argument, 3);
  return reduce((scope.condition(text('Fn::If', condition)) ? whenTrue : whenFalse) as Json, scope);
}

/** The two spellings: `["Id", "Att"]`, where the attribute may be a function, and `"Id.Att"`. */
export function getAttParts(argument: Json): [logicalId: string, attribute: Json] {
  if (typeof argument === 'string') {
    const dot = argument.indexOf('.');
    if (dot > 0) return [argument.slice(0, dot), argument.slice(dot + 1)];
  }
  const [logicalId, attribute] = list('Fn::GetAtt', argument, 2);
  return [text('Fn::GetAtt', logicalId), attribute as Json];
}

function getAtt(argument: Json, scope: Scope): Json {
  const [logicalId, attribute] = getAttParts(argument);
  return attributeOf(logicalId, text('Fn::GetAtt', evaluate(attribute, scope)), scope);
}

function attributeOf(logicalId: string, attribute: string, scope: Scope): Json {
  const value = scope.getAtt(logicalId, attribute);
  if (value === undefined)
    throw templateError(`resource ${logicalId} does not support attribute type ${attribute} in Fn::GetAtt`);
  return value;
}

function substitute(argument: Json, scope: Scope): Json {
  const [template, own] = typeof argument === 'string' ? [argument, {}] : list('Fn::Sub', argument, 2);
  if (!isObject(own)) throw templateError('One or more Fn::Sub intrinsic functions have no map of variables');
  const variables = reduceObject(own, scope);
  return subPlaceholders(text('Fn::Sub', template))
    .map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.attribute !== undefined)
        return subText(part.name, attributeOf(part.name, part.attribute, scope));
      const value = Object.hasOwn(variables, part.name) ? variables[part.name] : scope.ref(part.name);
      if (value === undefined) throw templateError(`Fn::Sub: ${part.name} has no value`);
      return subText(part.name, value);
    })
    .join('');
}

function subText(name: string, value: Json): string {
  if (Array.isArray(value) || isObject(value) || value === null)
    throw templateError(`Fn::Sub expects text for ${name}, found a list or map`);
  return String(value);
}

function join(argument: Json): Json {
  const [delimiter, parts] = list('Fn::Join', argument, 2);
  if (!Array.isArray(parts)) throw templateError('every Fn::Join object requires a list of strings');
  return parts.map((part) => scalar('Fn::Join', part)).join(text('Fn::Join', delimiter));
}

function select(argument: Json): Json {
  const [index, items] = list('Fn::Select', argument, 2);
  if (!Array.isArray(items)) throw templateError('Fn::Select requires a list argument with two elements');
  const value = items[Number(index)];
  if (value === undefined)
    throw templateError(`Fn::Select  cannot select nonexistent value at index ${String(index)}`);
  if (value === null) throw templateError('Fn::Select requires that no value is null');
  return value;
}

function split(argument: Json): Json {
  const [delimiter, source] = list('Fn::Split', argument, 2);
  const by = text('Fn::Split', delimiter);
  if (by === '') throw templateError('Fn::Split delimiter must not be empty');
  return text('Fn::Split', source).split(by);
}

function findInMap(argument: Json, scope: Scope): Json {
  const [map, top, second] = list('Fn::FindInMap', argument, 3).map((key) => scalar('Fn::FindInMap', key));
  const value = scope.mapping(map ?? '', top ?? '', second ?? '');
  if (value === undefined) throw templateError(`Unable to get mapping for ${map}::${top}::${second}`);
  return value;
}

function cidr(argument: Json): Json {
  const [block, count, bits = 8] = Array.isArray(argument) ? argument : [];
  const range = parseIpv4Range(String(block));
  const parts =
    range && Number(count) >= 1 && Number(count) <= 256 && Number.isInteger(Number(bits))
      ? splitRange(range, Number(count), Number(bits))
      : undefined;
  if (parts === undefined)
    throw templateError(
      `Fn::Cidr cannot make ${String(count)} blocks of ${String(bits)} bits from ${String(block)}`,
    );
  return parts;
}

function list(name: string, argument: Json, length: number): (Json | undefined)[] {
  if (!Array.isArray(argument) || argument.length !== length)
    throw templateError(`${name} requires a list argument with ${length} elements`);
  return argument;
}

function text(name: string, value: Json | undefined): string {
  if (typeof value !== 'string')
    throw templateError(`${name} requires a string, found ${JSON.stringify(value)}`);
  return value;
}

function scalar(name: string, value: Json | undefined): string {
  if (value === undefined || value === null || typeof value === 'object')
    throw templateError(`${name} requires strings, found ${JSON.stringify(value)}`);
  return String(value);
}

export const templateError = (message: string) => validationError(`Template error: ${message}`);
