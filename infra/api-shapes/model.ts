/** The form of the files in this folder: operations of one AWS service, generated from botocore's API models. */
export type ApiShapes = {
  service: string;
  /** 'json' services answer on the wire; 'query' and 'rest-json' ones are answered in process only. */
  protocol: string;
  /** What stands before the dot in `X-Amz-Target`. */
  targetPrefix: string | null;
  operations: Record<string, ApiOperation>;
  shapes: Record<string, Shape>;
};

export type ApiOperation = {
  /** Declared error codes. */
  errors: string[];
  input?: ShapeMembers | null;
  output?: ShapeMembers | null;
};

export type ShapeMembers = { required: string[]; members: Record<string, Member> };

export type Scalar = {
  type: string;
  shape?: string;
  enum?: string[];
  min?: number;
  max?: number;
  pattern?: string;
  idempotencyToken?: boolean;
};
export type Reference = { ref: string };
export type Member = Scalar | Reference;

export type StructureShape = ShapeMembers & { type: 'structure'; document?: boolean; union?: boolean };
export type ListShape = { type: 'list'; member: Member; min?: number; max?: number };
export type MapShape = { type: 'map'; key: Scalar; value: Member; min?: number; max?: number };
export type Shape = StructureShape | ListShape | MapShape;

export const NO_MEMBERS: ShapeMembers = { required: [], members: {} };

/** A member's named shape, or the scalar itself. Unknown references are a fault of the file, so they throw. */
export function resolve(shapes: ApiShapes, member: Member): Shape | Scalar {
  if (!('ref' in member)) return member;
  const shape = shapes.shapes[member.ref];
  if (!shape) throw new Error(`api-shapes: ${shapes.service} has no shape ${member.ref}`);
  return shape;
}

export const isStructure = (shape: Shape | Scalar): shape is StructureShape => shape.type === 'structure';
export const isList = (shape: Shape | Scalar): shape is ListShape => shape.type === 'list';
export const isMap = (shape: Shape | Scalar): shape is MapShape => shape.type === 'map';

/** The operation, or undefined: not in the model, or in the model of a later API. */
export const operationOf = (shapes: ApiShapes, action: string): ApiOperation | undefined =>
  Object.hasOwn(shapes.operations, action) ? shapes.operations[action] : undefined;
