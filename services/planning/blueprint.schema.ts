import { z } from '@hono/zod-openapi';

/** The rules of one value, in the words of JSON Schema. */
const ValueRules = {
  enum: z.array(z.string()).optional(),
  pattern: z.string().optional(),
  minLength: z.number().int().optional(),
  maxLength: z.number().int().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
};

/** One parameter that a request may give at `/blueprint/parameters/<component>/<name>`. */
const BlueprintParameterBody = z
  .object({
    name: z.string(),
    type: z.enum(['string', 'integer', 'number', 'boolean', 'list']),
    description: z.string(),
    /** The request has to give it: neither the component nor the blueprint has a value. */
    required: z.boolean(),
    /** What holds in this blueprint when a request says nothing. */
    default: z
      .union([
        z.string(),
        z.number(),
        z.boolean(),
        z.array(z.union([z.string(), z.number(), z.record(z.string(), z.string())])),
      ])
      .optional(),
    ...ValueRules,
    multipleOf: z.number().optional(),
    items: z
      .object({
        type: z.enum(['string', 'integer', 'object']),
        /** Of an object: all of them are required. */
        properties: z.record(z.string(), z.object({ type: z.literal('string'), ...ValueRules })).optional(),
        ...ValueRules,
      })
      .optional(),
    minItems: z.number().int().optional(),
    maxItems: z.number().int().optional(),
  })
  .openapi('BlueprintParameter');
export type BlueprintParameterBody = z.infer<typeof BlueprintParameterBody>;

const BlueprintComponentBody = z
  .object({
    name: z.string(),
    title: z.string(),
    description: z.string(),
    version: z.string(),
    mode: z.enum(['deploy', 'verify']),
    /** The home Region alone, or every governed Region. */
    regions: z.enum(['home', 'governed']),
    /** A request may leave it out with `false`. */
    optional: z.boolean(),
    /** It is in an account whose request says nothing about it. */
    included: z.boolean(),
    parameters: z.array(BlueprintParameterBody),
  })
  .openapi('BlueprintComponent');

export const BlueprintBody = z
  .object({
    name: z.string(),
    title: z.string(),
    description: z.string(),
    version: z.string(),
    components: z.array(BlueprintComponentBody),
    /** Parameters that hold when a request says nothing, by component. */
    defaults: z.record(z.string(), z.any()),
  })
  .openapi('Blueprint');
export type BlueprintBody = z.infer<typeof BlueprintBody>;
