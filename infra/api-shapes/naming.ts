import {
  type ApiShapes,
  isList,
  isMap,
  isStructure,
  type Member,
  operationOf,
  resolve,
  type ShapeMembers,
} from './model.ts';

/**
 * How members are spelt: `api` as in the service's own model (Control Tower: `controlIdentifier`), `states` as the
 * AWS SDK integrations of Step Functions take and give them (always `ControlIdentifier`).
 */
export type Naming = 'api' | 'states';

/** The member's name as the reader spells it. */
export const spell = (name: string, naming: Naming): string =>
  naming === 'api' ? name : name.charAt(0).toUpperCase() + name.slice(1);

/** The model's own name of a member spelt by `naming`, or undefined: not a member. */
export function memberNamed(shape: ShapeMembers, spelt: string, naming: Naming): string | undefined {
  if (naming === 'api') return Object.hasOwn(shape.members, spelt) ? spelt : undefined;
  return Object.keys(shape.members).find((name) => spell(name, naming) === spelt);
}

/** Arguments of a Step Functions task, in the service's own spelling. Unknown members are kept as they are. */
export function fromStates(shapes: ApiShapes, action: string, input: unknown): unknown {
  const model = operationOf(shapes, action)?.input;
  return model
    ? renameMembers(shapes, model, input, (shape, key) => memberNamed(shape, key, 'states'))
    : input;
}

/** A service's answer, as Step Functions gives it to the state. */
export function toStates(shapes: ApiShapes, action: string, output: unknown): unknown {
  const model = operationOf(shapes, action)?.output;
  return model ? renameMembers(shapes, model, output, (_, key) => spell(key, 'states')) : output;
}

type Rename = (shape: ShapeMembers, key: string) => string | undefined;

function renameMembers(shapes: ApiShapes, shape: ShapeMembers, value: unknown, rename: Rename): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const renamed = rename(shape, key) ?? key;
      const member = shape.members[renamed] ?? shape.members[key];
      return [renamed, member ? renameValue(shapes, member, inner, rename) : inner];
    }),
  );
}

function renameValue(shapes: ApiShapes, member: Member, value: unknown, rename: Rename): unknown {
  const shape = resolve(shapes, member);
  if (isStructure(shape)) return shape.document ? value : renameMembers(shapes, shape, value, rename);
  if (isList(shape) && Array.isArray(value)) {
    return value.map((item) => renameValue(shapes, shape.member, item, rename));
  }
  if (isMap(shape) && typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, renameValue(shapes, shape.value, inner, rename)]),
    );
  }
  return value;
}
