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

/** Input from the JSON wire, with times as ISO 8601 strings. Unknown members are kept for the validator to name. */
export function fromWire(shapes: ApiShapes, action: string, input: unknown): unknown {
  const model = operationOf(shapes, action)?.input;
  return model ? members(shapes, model, input, epochToIso) : input;
}

/** Output for the JSON wire, with times as epoch seconds. */
export function toWire(shapes: ApiShapes, action: string, output: unknown): unknown {
  const model = operationOf(shapes, action)?.output;
  return model ? members(shapes, model, output, isoToEpoch) : output;
}

type Convert = (time: unknown) => unknown;

const epochToIso: Convert = (time) => {
  const date = new Date(typeof time === 'number' ? time * 1000 : Number.NaN);
  return Number.isNaN(date.getTime()) ? time : date.toISOString();
};
const isoToEpoch: Convert = (time) => (typeof time === 'string' ? Date.parse(time) / 1000 : time);

function members(shapes: ApiShapes, shape: ShapeMembers, value: unknown, convert: Convert): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const member = Object.hasOwn(shape.members, key) ? shape.members[key] : undefined;
      return [key, member ? convertMember(shapes, member, inner, convert) : inner];
    }),
  );
}

function convertMember(shapes: ApiShapes, member: Member, value: unknown, convert: Convert): unknown {
  const shape = resolve(shapes, member);
  if (shape.type === 'timestamp') return convert(value);
  if (isStructure(shape)) return shape.document ? value : members(shapes, shape, value, convert);
  if (isList(shape) && Array.isArray(value)) {
    return value.map((item) => convertMember(shapes, shape.member, item, convert));
  }
  if (isMap(shape) && typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, convertMember(shapes, shape.value, inner, convert)]),
    );
  }
  return value;
}
