import type { World } from '../../../world.ts';
import { type AccountResource, getResource } from '../../account-resources.ts';
import { isObject, type Json, type JsonObject } from '../template/template.ts';

/** Where and for what a resource is made. `properties` are evaluated: no functions left. */
export type ResourceContext = {
  world: World;
  accountId: string;
  region: string;
  stackId: string;
  stackName: string;
  logicalId: string;
  properties: JsonObject;
};

/** What a call to AWS needs under IAM. Without `resource` the action has no resource-level permissions. */
export type IamAction = { action: string; resource?: string };

export type PropertyKind = 'scalar' | 'boolean' | 'number' | 'list' | 'object' | 'json';
export type PropertyRule = { kind: PropertyKind; required: boolean; createOnly: boolean };

/** One resource type that the embedded CloudFormation can make. */
export interface ResourceType {
  readonly type: string;
  readonly properties: ReadonlyMap<string, PropertyRule>;
  /** Properties that are not listed are taken too, and are of any kind. */
  readonly openProperties?: true;
  /** What `Fn::GetAtt` may ask for. */
  readonly attributes: readonly string[] | 'any';
  /** Properties that hold the id of another resource of the account: `{ VpcId: 'AWS::EC2::VPC' }`. */
  readonly references?: Readonly<Record<string, string>>;
  /** Every action that making it takes, as the caller of the stack. */
  actions(context: ResourceContext): IamAction[];
  deleteAction(context: Omit<ResourceContext, 'properties'>, id: string): IamAction;
  /** Checks what AWS would check, and names the resource. @throws ResourceFailure */
  create(context: ResourceContext): { id: string; attributes?: JsonObject };
  /** Where a change is a call with an answer: asked before the change is written. @throws ResourceFailure */
  update?(context: ResourceContext, old: AccountResource): { id: string; attributes: JsonObject };
  /** Asked before the resource goes. @throws ResourceFailure */
  beforeDelete?(context: ResourceContext, old: AccountResource): void;
  /** Side effects in other services, after the resource has been written, changed or removed. */
  afterCreate?(context: ResourceContext, resource: AccountResource): void;
  afterUpdate?(context: ResourceContext, resource: AccountResource): void;
  afterDelete?(world: World, resource: AccountResource): void;
}

/** AWS refused a resource. `code` is CloudFormation's HandlerErrorCode. */
export class ResourceFailure extends Error {
  override readonly name = 'ResourceFailure';
  constructor(
    message: string,
    readonly code = 'InvalidRequest',
  ) {
    super(message);
  }
}

const KINDS: Record<string, PropertyKind> = { b: 'boolean', n: 'number', l: 'list', o: 'object', j: 'json' };

/**
 * Reads a list of properties, one word each: `Name`, then `:b` boolean, `:n` number, `:l` list, `:o` object,
 * `:j` policy or other JSON (nothing: text), then `!` required, then `*` a change replaces the resource.
 *
 * @example propertyRules('VpcId!* MapPublicIpOnLaunch:b Tags:l')
 */
export function propertyRules(words: string): ReadonlyMap<string, PropertyRule> {
  return new Map(
    words
      .trim()
      .split(/\s+/)
      .filter((word) => word !== '')
      .map((word) => {
        const [, name = '', kind, required, createOnly] =
          /^([A-Za-z0-9]+)(?::([bnloj]))?(!)?(\*)?$/.exec(word) ?? [];
        if (name === '') throw new Error(`propertyRules: ${word}`);
        return [
          name,
          {
            kind: KINDS[kind ?? ''] ?? 'scalar',
            required: required !== undefined,
            createOnly: createOnly !== undefined,
          },
        ];
      }),
  );
}

/** @throws ResourceFailure with the texts of CloudFormation's own validation */
export function checkProperties(type: ResourceType, context: ResourceContext): void {
  const { properties, logicalId } = context;
  const faults = [
    ...Object.keys(properties)
      .filter((name) => type.openProperties !== true && !type.properties.has(name))
      .map((name) => `#: extraneous key [${name}] is not permitted`),
    ...[...type.properties]
      .filter(([name, rule]) => rule.required && properties[name] === undefined)
      .map(([name]) => `#: required key [${name}] not found`),
    ...[...type.properties].flatMap(([name, rule]) => kindFault(name, rule.kind, properties[name])),
  ];
  if (faults.length > 0)
    throw new ResourceFailure(
      `Properties validation failed for resource ${logicalId} with message:\n[${faults.join(', ')}]`,
    );
  for (const [name, target] of Object.entries(type.references ?? {})) checkReference(context, name, target);
}

function kindFault(name: string, kind: PropertyKind, value: Json | undefined): string[] {
  if (value === undefined) return [];
  const fits: Record<PropertyKind, boolean> = {
    scalar: value !== null && typeof value !== 'object',
    boolean: typeof value === 'boolean' || value === 'true' || value === 'false',
    number: value !== '' && typeof value !== 'object' && Number.isFinite(Number(value)),
    list: Array.isArray(value),
    object: isObject(value),
    json: isObject(value) || typeof value === 'string',
  };
  return fits[kind] ? [] : [`#/${name}: expected type: ${kind}, found: ${JSON.stringify(value)}`];
}

function checkReference(context: ResourceContext, name: string, target: string): void {
  const { world, accountId, region, properties } = context;
  const value = properties[name];
  if (value === undefined || value === null) return;
  for (const id of Array.isArray(value) ? value : [value]) {
    if (!getResource(world.store, accountId, region, target, String(id)))
      throw new ResourceFailure(`The ${target} '${String(id)}' of ${name} does not exist`, 'NotFound');
  }
}

/** The name that CloudFormation gives when the template gives none: `<stack>-<logical id>-<random>`. */
export function generatedName(context: ResourceContext, longest = 64): string {
  const suffix = context.world.random.hex(12).toUpperCase();
  const stem = `${context.stackName}-${context.logicalId}`.slice(0, longest - suffix.length - 1);
  return `${stem}-${suffix}`;
}

/** A property that is text, or the generated name when it is absent. */
export function nameFrom(context: ResourceContext, property: string, longest = 64): string {
  const given = context.properties[property];
  return typeof given === 'string' && given !== '' ? given : generatedName(context, longest);
}

export function textOf(properties: JsonObject, name: string): string {
  const value = properties[name];
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value);
}

export const isoNow = (world: World): string => new Date(world.scheduler.now()).toISOString();
