import { isDeepStrictEqual } from 'node:util';
import { resourceType } from './resources/registry.ts';
import { type Prepared, stackScope } from './revision.ts';
import type { Stack, StackResource } from './stacks.ts';
import { evaluateProperties, type Scope } from './template/evaluate.ts';
import { references } from './template/references.ts';
import type { Json, ResourceDefinition } from './template/template.ts';

type Detail = {
  Target: { Attribute: 'Properties'; Name: string; RequiresRecreation: 'Never' | 'Always' };
  Evaluation: 'Static' | 'Dynamic';
  ChangeSource: 'DirectModification' | 'ResourceReference';
  /** The resource that the property refers to. */
  CausingEntity?: string;
};
/** One change of a change set, as DescribeChangeSet shows it. */
export type ResourceChange = {
  Action: 'Add' | 'Modify' | 'Remove';
  LogicalResourceId: string;
  PhysicalResourceId?: string;
  ResourceType: string;
  Replacement?: 'True' | 'False' | 'Conditional';
  Scope: 'Properties'[];
  Details: Detail[];
};

/** What an update of the stack would do, resource by resource; those that a resource needs come before it. */
export function resourceChanges(stack: Stack, prepared: Prepared): ResourceChange[] {
  const scope = stackScope(stack, prepared);
  /** Resources that may have another id afterwards. */
  const moving = new Set<string>();
  const wanted = prepared.waves.flat();
  const changes = wanted.flatMap((logicalId): ResourceChange[] => {
    const definition = prepared.template.resources.get(logicalId) as ResourceDefinition;
    const old = stack.resources[logicalId];
    const change = old?.id === undefined ? added(logicalId, definition) : undefined;
    const found = change ?? modified(logicalId, definition, old as StackResource, { scope, moving });
    if (found === undefined) return [];
    if (found.Action === 'Add' || found.Replacement !== 'False') moving.add(logicalId);
    return [found];
  });
  return [...changes, ...removed(stack, new Set(wanted))];
}

const added = (logicalId: string, { type }: ResourceDefinition): ResourceChange => ({
  Action: 'Add',
  LogicalResourceId: logicalId,
  ResourceType: type,
  Scope: [],
  Details: [],
});

const removed = (stack: Stack, wanted: ReadonlySet<string>): ResourceChange[] =>
  Object.entries(stack.resources)
    .filter(([logicalId, { id }]) => id !== undefined && !wanted.has(logicalId))
    .map(([logicalId, { id, type }]) => ({
      Action: 'Remove',
      LogicalResourceId: logicalId,
      PhysicalResourceId: id as string,
      ResourceType: type,
      Scope: [],
      Details: [],
    }));

type Sight = { scope: Scope; moving: ReadonlySet<string> };

function modified(
  logicalId: string,
  definition: ResourceDefinition,
  old: StackResource,
  sight: Sight,
): ResourceChange | undefined {
  const { type } = definition;
  const details = propertyChanges(definition, old, sight);
  const isOther = old.type !== type;
  if (details.length === 0 && !isOther) return undefined;
  const recreating = details.filter(({ Target }) => Target.RequiresRecreation === 'Always');
  const isSure = isOther || recreating.some(({ Evaluation }) => Evaluation === 'Static');
  return {
    Action: 'Modify',
    LogicalResourceId: logicalId,
    PhysicalResourceId: old.id as string,
    ResourceType: type,
    Replacement: isSure ? 'True' : recreating.length > 0 ? 'Conditional' : 'False',
    Scope: details.length > 0 ? ['Properties'] : [],
    Details: details,
  };
}

/** A property that refers to a resource whose id may change is not known before the change: it is dynamic. */
function propertyChanges(
  { type, properties }: ResourceDefinition,
  old: StackResource,
  { scope, moving }: Sight,
): Detail[] {
  const rules = resourceType(type).properties;
  const names = new Set([...Object.keys(old.properties), ...Object.keys(properties)]);
  return [...names].flatMap((name): Detail[] => {
    const expression: Json | undefined = properties[name];
    const cause =
      expression === undefined
        ? undefined
        : references(expression, scope.condition).find((one) => moving.has(one.name));
    const isDynamic = cause !== undefined;
    const value =
      isDynamic || expression === undefined ? {} : evaluateProperties({ [name]: expression }, scope);
    if (!isDynamic && isDeepStrictEqual(old.properties[name], value[name])) return [];
    return [
      {
        Target: {
          Attribute: 'Properties',
          Name: name,
          RequiresRecreation: rules.get(name)?.createOnly === true ? 'Always' : 'Never',
        },
        Evaluation: isDynamic ? 'Dynamic' : 'Static',
        ChangeSource: isDynamic ? 'ResourceReference' : 'DirectModification',
        ...(isDynamic ? { CausingEntity: cause.name } : {}),
      },
    ];
  });
}
