import { isParameter, type Reference, references, usedConditions } from './references.ts';
import { type ResourceDefinition, type Template, validationError } from './template.ts';

/** What the order needs to know of resource types. */
export interface TypeFacts {
  knows(type: string): boolean;
  attributes(type: string): readonly string[] | 'any';
}

/**
 * Checks every reference of the template and puts its resources in waves: a resource comes after what it refers to
 * or depends on, and the resources of one wave do not need each other.
 * @returns logical ids; only resources whose condition holds
 * @throws AwsError `ValidationError`: unknown type, unresolved reference, unknown attribute, circular dependency
 */
export function resourceWaves(
  template: Template,
  conditions: ReadonlyMap<string, boolean>,
  types: TypeFacts,
): string[][] {
  checkTypes(template, types);
  checkConditionNames(template, conditions);
  const holds = (name: string) => conditions.get(name) === true;
  const exists = (definition: { condition?: string }) =>
    definition.condition === undefined || holds(definition.condition);
  for (const definition of template.resources.values())
    checkReferences(template, types, references(definition.properties), definition);
  const live = new Map([...template.resources].filter(([, definition]) => exists(definition)));
  const outputs = [...template.outputs.values()].filter(exists);
  const unresolved = outputs
    .flatMap((output) => references([output.value, output.exportName ?? null], holds))
    .filter((reference) => !isParameter(template, reference.name) && !live.has(reference.name));
  if (unresolved.length > 0) throw unresolvedNames(unresolved, 'Outputs');
  checkReferences(
    template,
    types,
    outputs.flatMap((output) => references(output.value, holds)),
  );
  return waves(
    new Map([...live].map(([name, definition]) => [name, dependencies(template, live, definition, holds)])),
  );
}

function checkTypes(template: Template, types: TypeFacts): void {
  const unknown = [...template.resources.values()]
    .map(({ type }) => type)
    .filter((type) => !types.knows(type));
  if (unknown.length > 0)
    throw validationError(
      `Template format error: Unrecognized resource types: [${[...new Set(unknown)].join(', ')}]`,
    );
}

function checkConditionNames(template: Template, conditions: ReadonlyMap<string, boolean>): void {
  const used = [...template.resources.values(), ...template.outputs.values()].flatMap((definition) => [
    ...(definition.condition === undefined ? [] : [definition.condition]),
    ...usedConditions('properties' in definition ? definition.properties : definition.value),
  ]);
  const missing = used.find((name) => !conditions.has(name));
  if (missing !== undefined)
    throw validationError(
      `Template format error: Unresolved condition dependency ${missing} in the Resources block of the template`,
    );
}

function checkReferences(
  template: Template,
  types: TypeFacts,
  found: Reference[],
  definition?: ResourceDefinition,
): void {
  const names = [...found, ...(definition?.dependsOn ?? []).map((name) => ({ name, attribute: null }))];
  const strangers = names.filter(
    (reference) => !template.resources.has(reference.name) && !isParameter(template, reference.name),
  );
  if (strangers.length > 0) throw unresolvedNames(strangers, definition ? 'Resources' : 'Outputs');
  for (const { name, attribute } of found) {
    if (attribute === undefined || attribute === null) continue;
    const type = template.resources.get(name)?.type;
    if (type === undefined)
      throw validationError(`Template error: instance of Fn::GetAtt references undefined resource ${name}`);
    const known = types.attributes(type);
    if (known !== 'any' && !known.includes(attribute))
      throw validationError(
        `Template error: resource ${name} does not support attribute type ${attribute} in Fn::GetAtt`,
      );
  }
}

function unresolvedNames(found: Reference[], block: string) {
  const names = [...new Set(found.map((reference) => reference.name))].join(', ');
  return validationError(
    `Template format error: Unresolved resource dependencies [${names}] in the ${block} block of the template`,
  );
}

function dependencies(
  template: Template,
  live: ReadonlyMap<string, ResourceDefinition>,
  definition: ResourceDefinition,
  holds: (condition: string) => boolean,
): Set<string> {
  const used = references(definition.properties, holds).filter(({ name }) => !isParameter(template, name));
  const gone = used.filter(({ name }) => !live.has(name));
  if (gone.length > 0) throw unresolvedNames(gone, 'Resources');
  // AWS ignores a DependsOn on a resource whose condition is false.
  return new Set([...used.map(({ name }) => name), ...definition.dependsOn.filter((name) => live.has(name))]);
}

function waves(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const done = new Set<string>();
  const result: string[][] = [];
  while (done.size < graph.size) {
    const next = [...graph].filter(
      ([name, needs]) => !done.has(name) && [...needs].every((need) => done.has(need)),
    );
    if (next.length === 0) {
      const circle = [...graph.keys()].filter((name) => !done.has(name));
      throw validationError(`Circular dependency between resources: [${circle.join(', ')}]`);
    }
    result.push(next.map(([name]) => name));
    for (const [name] of next) done.add(name);
  }
  return result;
}
