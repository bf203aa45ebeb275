import type { Blueprint, BlueprintComponent } from '../../workflows/blueprints/blueprint.ts';
import { parseParameters } from '../../workflows/blueprints/blueprint.ts';
import type { BlueprintBody, BlueprintParameterBody } from './blueprint.schema.ts';

/** A blueprint as the API shows it: everything that somebody needs to write a request's `blueprint`. */
export function blueprintView(blueprint: Blueprint): BlueprintBody {
  const { name, title, description, version, components, defaults } = blueprint;
  const silent = parseParameters(blueprint, {});
  return {
    name,
    title,
    description,
    version,
    components: components.map((one) => ({
      name: one.component.name,
      title: one.component.title,
      description: one.component.description,
      version: one.component.version,
      mode: one.mode,
      regions: one.component.regions,
      optional: one.optional,
      included: 'parameters' in silent && silent.parameters[one.component.name] !== null,
      parameters: parametersOf(one, defaults[one.component.name]),
    })),
    defaults,
  };
}

/** A value of the blueprint goes before the component's own, and stands in for one that has to be given. */
function parametersOf(
  { component }: BlueprintComponent,
  blueprintDefaults: unknown,
): BlueprintParameterBody[] {
  const own = isRecord(blueprintDefaults) ? blueprintDefaults : {};
  return Object.entries(component.parameters).map(([name, declaration]) => {
    const value = Object.hasOwn(own, name) ? own[name] : declaration.default;
    const { type, description, required, default: _, ...rules } = declaration;
    return {
      name,
      type,
      description,
      required: required && value === undefined,
      ...(value === undefined ? {} : { default: value as BlueprintParameterBody['default'] }),
      ...rules,
    };
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
