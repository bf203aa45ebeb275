import { z } from 'zod';
import { BlueprintError } from './blueprint-error.ts';
import { type Component, type ComponentMode, Mode, Name, problemsOf, Version } from './component.ts';
import { type ReadBlueprintParameters, readBlueprintParameters } from './parameters.ts';

const BlueprintFile = z.strictObject({
  name: Name,
  title: z.string().min(1),
  description: z.string().min(1),
  version: Version,
  /** In the order in which a reader wants them; the workflow deploys execution-role first, the others together. */
  components: z
    .array(
      z.strictObject({
        name: Name,
        /** The version that this blueprint was made for: another one in the folder is refused. */
        version: Version,
        mode: Mode,
        /** A request may leave it out. */
        optional: z.boolean().default(false),
      }),
    )
    .min(1),
  /** Parameters that hold when a request says nothing, by component. */
  defaults: z.record(Name, z.unknown()).default({}),
});

export type BlueprintComponent = { component: Component; mode: ComponentMode; optional: boolean };
export type Blueprint = Omit<z.output<typeof BlueprintFile>, 'components'> & {
  components: BlueprintComponent[];
};

/** The component that every other needs: its role makes them. */
const FIRST = 'execution-role';

/**
 * Parses the content of a blueprint.json and checks that it makes sense with the components that there are.
 * Throws BlueprintError with every problem.
 */
export function parseBlueprint(json: unknown, components: ReadonlyMap<string, Component>): Blueprint {
  const parsed = BlueprintFile.safeParse(json);
  if (!parsed.success) throw new BlueprintError(problemsOf(parsed.error, 'blueprint.json').join('\n'));
  const file = parsed.data;
  const where = `blueprint ${file.name} ${file.version}`;
  const problems = problemsWith(file, components);
  if (problems.length > 0) throw new BlueprintError(problems.map((one) => `${where}: ${one}`).join('\n'));
  const blueprint = {
    ...file,
    components: file.components.map(({ name, mode, optional }) => ({
      component: components.get(name) as Component,
      mode,
      optional,
    })),
  };
  const defaults = parseParameters(blueprint, {}, '/defaults');
  if ('errors' in defaults) {
    throw new BlueprintError(
      defaults.errors.map(({ pointer, message }) => `${where}: ${pointer}: ${message}`).join('\n'),
    );
  }
  return blueprint;
}

function problemsWith(
  file: z.output<typeof BlueprintFile>,
  components: ReadonlyMap<string, Component>,
): string[] {
  const names = file.components.map(({ name }) => name);
  return [
    ...names.filter((name, i) => names.indexOf(name) !== i).map((name) => `component ${name} is there twice`),
    ...(names[0] === FIRST ? [] : [`the first component has to be ${FIRST}`]),
    ...Object.keys(file.defaults)
      .filter(
        (name) => Object.keys(components.get(name)?.parameters ?? {}).length === 0 || !names.includes(name),
      )
      .map((name) => `/defaults/${name}: no component of it takes these parameters`),
    ...file.components.flatMap(({ name, version, mode }) => {
      const found = components.get(name);
      if (!found) return [`there is no folder workflows/blueprints/${name} with a component.json`];
      return [
        ...(found.version === version
          ? []
          : [
              `it is made for version ${version} of component ${name}, whose component.json says ${found.version}`,
            ]),
        ...(found.modes.includes(mode) ? [] : [`component ${name} has no mode ${mode}`]),
      ];
    }),
  ];
}

/**
 * Checks the parameters that a request gives. Unknown fields are refused, with JSON pointers.
 *
 * @example parseParameters(standard, { vpc: { size: 'medium' } }, '/blueprint/parameters')
 */
export function parseParameters(
  blueprint: Blueprint,
  given: Record<string, unknown>,
  pointer = '/blueprint/parameters',
): ReadBlueprintParameters {
  const parts = blueprint.components.map(({ component, optional }) => ({
    component,
    optional,
    defaults: blueprint.defaults[component.name],
  }));
  return readBlueprintParameters(given, { name: blueprint.name, parts }, pointer);
}
