import { z } from 'zod';
import { PARAMETER_NAMES, type ReadParameters, readBlueprintParameters } from './parameters.ts';

const Version = z.string().regex(/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/, 'not a semantic version');
const Name = z.string().regex(/^[a-z][a-z0-9-]{0,60}$/);
const ParameterName = z.enum(PARAMETER_NAMES);

const Component = z.strictObject({
  name: Name,
  version: Version,
  /** `verify`: Control Tower makes it; we prove that it works. */
  mode: z.enum(['deploy', 'verify']),
  /** The part of the request's parameters that shapes this component; without that part it is left out. */
  parameters: ParameterName.optional(),
});

const Blueprint = z.strictObject({
  name: Name,
  title: z.string().min(1),
  description: z.string().min(1),
  version: Version,
  /** In the order in which a reader wants them; the workflow deploys execution-role first, the others together. */
  components: z.array(Component).min(1),
  defaults: z.partialRecord(ParameterName, z.unknown()).default({}),
});
export type Blueprint = z.infer<typeof Blueprint>;

/** A blueprint file is wrong; `message` lists every problem. */
export class BlueprintError extends Error {
  override readonly name = 'BlueprintError';
}

/** The component that every other needs: its role makes them. */
const FIRST = 'execution-role';

/** Parses the content of a blueprint.json and checks that it makes sense. Throws BlueprintError. */
export function parseBlueprint(json: unknown): Blueprint {
  const parsed = Blueprint.safeParse(json);
  if (!parsed.success) throw new BlueprintError(z.prettifyError(parsed.error));
  const blueprint = parsed.data;
  const names = blueprint.components.map(({ name }) => name);
  if (new Set(names).size !== names.length) throw new BlueprintError('a component is there twice');
  if (names[0] !== FIRST) throw new BlueprintError(`the first component has to be ${FIRST}`);
  const defaults = parseParameters(blueprint, {}, '/defaults');
  if ('errors' in defaults) {
    throw new BlueprintError(
      defaults.errors.map(({ pointer, message }) => `${pointer}: ${message}`).join('\n'),
    );
  }
  return blueprint;
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
): ReadParameters {
  const takes = blueprint.components.flatMap(({ parameters }) => (parameters ? [parameters] : []));
  return readBlueprintParameters(
    given,
    { name: blueprint.name, takes, defaults: blueprint.defaults },
    pointer,
  );
}
