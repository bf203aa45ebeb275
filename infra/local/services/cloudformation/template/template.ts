import { AwsError } from '../../../world.ts';

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export type ResourceDefinition = {
  type: string;
  properties: JsonObject;
  condition?: string;
  dependsOn: string[];
  deletionPolicy: 'Delete' | 'Retain' | 'RetainExceptOnCreate' | 'Snapshot';
};

export type OutputDefinition = { value: Json; description?: string; condition?: string; exportName?: Json };

/** A template after its structure has been checked. Definitions are by name, in the order of the text. */
export type Template = {
  description?: string;
  parameters: Map<string, JsonObject>;
  mappings: Map<string, JsonObject>;
  conditions: Map<string, Json>;
  resources: Map<string, ResourceDefinition>;
  outputs: Map<string, OutputDefinition>;
};

/** What CloudFormation answers to a template or parameters that it will not take. */
export const validationError = (message: string): AwsError => new AwsError('ValidationError', message);

const SECTIONS = new Set([
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Mappings',
  'Conditions',
  'Resources',
  'Outputs',
]);
const RESOURCE_KEYS = new Set([
  'Type',
  'Properties',
  'Condition',
  'DependsOn',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'Metadata',
]);
const OUTPUT_KEYS = new Set(['Value', 'Description', 'Condition', 'Export']);
const DELETION_POLICIES = ['Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot'] as const;
const LIMITS = { Parameters: 200, Mappings: 200, Resources: 500, Outputs: 200 } as const;
/** Where a template may sit: inline, or behind a URL. Bytes. */
export const TEMPLATE_BODY_LIMIT = 51_200;
export const TEMPLATE_URL_LIMIT = 1_048_576;

/**
 * Reads a template's JSON text and checks its structure, not its values. YAML is refused: everything that Jetway
 * publishes is JSON. Transforms, rules and hooks are refused by name rather than ignored.
 * @throws AwsError `ValidationError`
 */
export function parseTemplate(body: string): Template {
  const root = parseJson(body);
  const unknown = Object.keys(root).filter((key) => !SECTIONS.has(key));
  if (unknown.length > 0)
    throw validationError(`Invalid template property or properties [${unknown.join(', ')}]`);
  const resources = section(root, 'Resources');
  if (resources.size === 0)
    throw validationError('Template format error: At least one Resources member must be defined.');
  const description = root.Description;
  if (description !== undefined && typeof description !== 'string')
    throw validationError('Template format error: Every Description member must be a string.');
  return {
    ...(description === undefined ? {} : { description }),
    parameters: section(root, 'Parameters'),
    mappings: section(root, 'Mappings'),
    conditions: new Map(Object.entries(objectAt(root, 'Conditions'))),
    resources: new Map([...resources].map(([name, raw]) => [name, resourceDefinition(name, raw)])),
    outputs: new Map([...section(root, 'Outputs')].map(([name, raw]) => [name, outputDefinition(name, raw)])),
  };
}

function parseJson(body: string): JsonObject {
  let root: Json;
  try {
    root = JSON.parse(body) as Json;
  } catch {
    throw validationError('Template format error: JSON not well-formed.');
  }
  if (!isObject(root)) throw validationError('Template format error: unsupported structure.');
  const version = root.AWSTemplateFormatVersion;
  if (version !== undefined && version !== '2010-09-09')
    throw validationError('Template format error: AWSTemplateFormatVersion value is invalid.');
  return root;
}

function objectAt(root: JsonObject, name: string): JsonObject {
  const value = root[name] ?? {};
  if (!isObject(value)) throw validationError(`Template format error: ${name} must be an object.`);
  return value;
}

function section(root: JsonObject, name: keyof typeof LIMITS): Map<string, JsonObject> {
  const entries = Object.entries(objectAt(root, name));
  const limit = LIMITS[name];
  if (entries.length > limit)
    throw validationError(
      `Template format error: Number of ${name.toLowerCase()}, ${entries.length}, is greater than maximum allowed, ${limit}`,
    );
  return new Map(
    entries.map(([key, value]) => {
      if (!/^[A-Za-z0-9]+$/.test(key))
        throw validationError(`Template format error: ${name.slice(0, -1)} name ${key} is non alphanumeric.`);
      if (!isObject(value))
        throw validationError(`Template format error: Every ${name} member must be an object: ${key}.`);
      return [key, value];
    }),
  );
}

function resourceDefinition(name: string, raw: JsonObject): ResourceDefinition {
  for (const key of Object.keys(raw))
    if (!RESOURCE_KEYS.has(key)) throw validationError(`Invalid template resource property '${key}'`);
  const { Type: type, Properties: properties = {}, Condition: condition, DependsOn: dependsOn = [] } = raw;
  if (typeof type !== 'string')
    throw validationError(
      `Template format error: [/Resources/${name}] Every Resources object must contain a Type member.`,
    );
  if (!isObject(properties))
    throw validationError(`Template format error: [/Resources/${name}/Properties] must be an object.`);
  if (condition !== undefined && typeof condition !== 'string')
    throw validationError(
      `Template format error: Every Condition member must be a string: [/Resources/${name}]`,
    );
  const waitsFor = typeof dependsOn === 'string' ? [dependsOn] : dependsOn;
  if (!isStrings(waitsFor))
    throw validationError('Template format error: Every DependsOn value must be a string.');
  const deletionPolicy = DELETION_POLICIES.find((policy) => policy === (raw.DeletionPolicy ?? 'Delete'));
  if (deletionPolicy === undefined)
    throw validationError(
      `Template format error: Unrecognized DeletionPolicy ${JSON.stringify(raw.DeletionPolicy)} for resource ${name}`,
    );
  return {
    type,
    properties,
    ...(condition === undefined ? {} : { condition }),
    dependsOn: waitsFor,
    deletionPolicy,
  };
}

function outputDefinition(name: string, raw: JsonObject): OutputDefinition {
  const unknown = Object.keys(raw).filter((key) => !OUTPUT_KEYS.has(key));
  if (unknown.length > 0) throw validationError(`Invalid template output property '${unknown[0]}'`);
  const { Value: value, Description: description, Condition: condition, Export: exported } = raw;
  if (value === undefined || value === null)
    throw validationError(`Template format error: Output ${name} is malformed. Value is required.`);
  if (exported !== undefined && (!isObject(exported) || exported.Name === undefined))
    throw validationError(`Template format error: Output ${name} is malformed. Export needs a Name.`);
  return {
    value,
    ...(typeof description === 'string' ? { description } : {}),
    ...(typeof condition === 'string' ? { condition } : {}),
    ...(isObject(exported) && exported.Name !== undefined ? { exportName: exported.Name } : {}),
  };
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isStrings(value: Json | undefined): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
