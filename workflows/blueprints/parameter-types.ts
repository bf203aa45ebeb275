import { z } from 'zod';

const common = {
  description: z.string().min(1),
  /** Has to be given, by the request or by the blueprint's defaults. */
  required: z.boolean().default(false),
};

const Text = z.strictObject({
  type: z.literal('string'),
  ...common,
  enum: z.array(z.string()).min(1).optional(),
  /** The whole value has to match, as in CloudFormation's AllowedPattern. */
  pattern: z.string().min(1).refine(compiles, 'is not a regular expression').optional(),
  minLength: z.int().min(0).optional(),
  maxLength: z.int().min(0).optional(),
  default: z.string().optional(),
});
const Whole = z.strictObject({
  type: z.literal('integer'),
  ...common,
  minimum: z.int().optional(),
  maximum: z.int().optional(),
  default: z.int().optional(),
});
const Decimal = z.strictObject({
  type: z.literal('number'),
  ...common,
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  multipleOf: z.number().positive().optional(),
  default: z.number().optional(),
});
const Flag = z.strictObject({ type: z.literal('boolean'), ...common, default: z.boolean().optional() });
/** An item of several texts, all required. It never gets into a stack: CloudFormation has no such parameter. */
const Texts = z.strictObject({
  type: z.literal('object'),
  properties: z.record(
    z.string().regex(/^[a-z][A-Za-z0-9]{0,60}$/),
    Text.omit({ required: true, default: true, description: true }),
  ),
});
const List = z.strictObject({
  type: z.literal('list'),
  ...common,
  items: z.discriminatedUnion('type', [
    Text.omit({ required: true, default: true, description: true }),
    Whole.omit({ required: true, default: true, description: true }),
    Texts,
  ]),
  minItems: z.int().min(0).optional(),
  maxItems: z.int().min(1).optional(),
  default: z.array(z.union([z.string(), z.int(), z.record(z.string(), z.string())])).optional(),
});

/** One parameter as component.json declares it, in the words of JSON Schema where it has them. */
export const ParameterDeclaration = z
  .discriminatedUnion('type', [Text, Whole, Decimal, Flag, List])
  .superRefine((declaration, context) => {
    if (declaration.default === undefined) return;
    if (declaration.required) context.addIssue('is required and has a default');
    const checked = valueSchema(declaration).safeParse(declaration.default);
    if (!checked.success)
      for (const { message, path } of checked.error.issues)
        context.addIssue({ code: 'custom', path: ['default', ...path], message });
  });
export type ParameterDeclaration = z.output<typeof ParameterDeclaration>;
type ItemValue = string | number | Record<string, string>;
export type ParameterValue = string | number | boolean | ItemValue[];

/** CloudFormation has texts only; a list is one with commas. */
export const textOf = (value: ParameterValue): string =>
  Array.isArray(value) ? value.join(',') : String(value);

type ParametersSchema = z.ZodType<Record<string, ParameterValue>>;
type Declarations = Readonly<Record<string, ParameterDeclaration>>;

const schemas = new WeakMap<Declarations, ParametersSchema>();

/** The schema of all parameters of one component, made once; unknown ones are refused. */
export function parametersSchema(declarations: Declarations): ParametersSchema {
  const known = schemas.get(declarations);
  if (known) return known;
  const shape = Object.entries(declarations).map(([name, declaration]) => {
    const value = valueSchema(declaration);
    if (declaration.default !== undefined) return [name, value.default(declaration.default)];
    return [name, declaration.required ? value : value.optional()];
  });
  const made = z.strictObject(Object.fromEntries(shape)) as unknown as ParametersSchema;
  schemas.set(declarations, made);
  return made;
}

type Item = z.output<typeof List>['items'];

function valueSchema(declaration: ParameterDeclaration): z.ZodType<ParameterValue> {
  switch (declaration.type) {
    case 'string':
      return textSchema(declaration);
    case 'integer':
      return wholeSchema(declaration);
    case 'number': {
      const number = bounded(z.number({ error: says('must be a number') }), declaration);
      return declaration.multipleOf === undefined ? number : number.multipleOf(declaration.multipleOf);
    }
    case 'boolean':
      return z.boolean({ error: says('must be true or false') });
    case 'list': {
      let list = z.array(itemSchema(declaration.items), { error: says('must be a list') });
      if (declaration.minItems !== undefined) list = list.min(declaration.minItems);
      if (declaration.maxItems !== undefined) list = list.max(declaration.maxItems);
      return list.refine(
        (items) => new Set(items.map((item) => JSON.stringify(item))).size === items.length,
        'has an item twice',
      );
    }
    default:
      return declaration satisfies never;
  }
}

function itemSchema(declaration: Item): z.ZodType<ItemValue> {
  switch (declaration.type) {
    case 'string':
      return textSchema(declaration);
    case 'integer':
      return wholeSchema(declaration);
    case 'object': {
      const properties = Object.entries(declaration.properties);
      return z.strictObject(Object.fromEntries(properties.map(([name, text]) => [name, textSchema(text)])), {
        error: says('must be an object'),
      });
    }
    default:
      return declaration satisfies never;
  }
}

type WholeRules = Pick<z.output<typeof Whole>, 'minimum' | 'maximum'>;
const wholeSchema = (limits: WholeRules) => bounded(z.int({ error: says('must be a whole number') }), limits);

type TextRules = Omit<z.output<typeof Text>, 'required' | 'description' | 'default'>;

function textSchema({ enum: allowed, pattern, minLength, maxLength }: TextRules): z.ZodType<string> {
  if (allowed !== undefined) return z.enum(allowed, { error: says(`must be one of ${allowed.join(', ')}`) });
  let text = z.string({ error: says('must be a text') });
  if (pattern !== undefined) text = text.regex(new RegExp(`^(?:${pattern})$`), `must match ${pattern}`);
  if (minLength !== undefined) text = text.min(minLength);
  if (maxLength !== undefined) text = text.max(maxLength);
  return text;
}

function bounded(
  number: z.ZodNumber,
  limits: { minimum?: number | undefined; maximum?: number | undefined },
) {
  const { minimum, maximum } = limits;
  const least = minimum === undefined ? number : number.min(minimum, `must be ${minimum} or more`);
  return maximum === undefined ? least : least.max(maximum, `must be ${maximum} or less`);
}

/** What is missing is said in other words than what is wrong. */
const says =
  (message: string) =>
  ({ input }: { input?: unknown }): string =>
    input === undefined ? 'is required' : message;

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}
