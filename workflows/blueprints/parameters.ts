import { z } from 'zod';
import type { FieldError } from '../../services/kernel/errors.ts';
import { MAX_ZONES, TIERS } from './network.ts';

/** A NAT gateway stands in a public subnet and serves the private ones. */
const NAT_TIERS = ['public', 'private'] as const;

/** What a request may say about a VPC. `tiers` follows from `natGateway` when it is left out. */
const Vpc = z
  .strictObject({
    size: z.enum(['small', 'medium', 'large']),
    availabilityZones: z.number().int().min(1).max(MAX_ZONES),
    natGateway: z.boolean().default(false),
    tiers: z.array(z.enum(TIERS)).min(1).max(TIERS.length).optional(),
  })
  .refine(
    ({ natGateway, tiers }) => !natGateway || !tiers || NAT_TIERS.every((tier) => tiers.includes(tier)),
    {
      path: ['natGateway'],
      error: 'needs a public and a private tier',
    },
  )
  .transform(({ tiers, ...vpc }) => ({
    ...vpc,
    // No way to the internet unless it is asked for, as in Account Factory's own network settings.
    tiers: TIERS.filter((tier) => (tiers ?? defaultTiers(vpc.natGateway)).includes(tier)),
  }));
export type VpcParameters = z.output<typeof Vpc>;

const defaultTiers = (natGateway: boolean): readonly (typeof TIERS)[number][] =>
  natGateway ? TIERS : ['private', 'isolated'];

const Budget = z.strictObject({ monthlyLimitUsd: z.number().min(1).max(10_000_000).multipleOf(0.01) });
export type BudgetParameters = z.output<typeof Budget>;

const SCHEMAS = { vpc: Vpc, budget: Budget } as const;
export type ParameterName = keyof typeof SCHEMAS;
export const PARAMETER_NAMES = ['vpc', 'budget'] as const satisfies readonly ParameterName[];

/** A part that is left out (`false`, or `"none"`), or that the blueprint does not have, is null. */
export type BlueprintParameters = { vpc: VpcParameters | null; budget: BudgetParameters | null };

type Read<T> = { value: T | null } | { errors: FieldError[] };
export type ReadParameters = { parameters: BlueprintParameters } | { errors: FieldError[] };

/**
 * Checks the parameters of a request against the ones that a blueprint takes; what is not said comes from its
 * defaults. All errors are told, each with its JSON pointer; unknown fields are errors.
 */
export function readBlueprintParameters(
  given: Record<string, unknown>,
  blueprint: {
    name: string;
    takes: readonly ParameterName[];
    defaults: Partial<Record<ParameterName, unknown>>;
  },
  pointer: string,
): ReadParameters {
  const errors: FieldError[] = Object.keys(given)
    .filter((name) => !blueprint.takes.some((known) => known === name))
    .map((name) => ({
      pointer: join(pointer, [name]),
      message: `blueprint ${blueprint.name} has no ${name}`,
    }));
  const part = <T>(name: ParameterName, schema: z.ZodType<T>): T | null => {
    if (!blueprint.takes.includes(name)) return null;
    const read = readPart(given[name], blueprint.defaults[name], schema, `${pointer}/${name}`);
    if ('value' in read) return read.value;
    errors.push(...read.errors);
    return null;
  };
  const parameters = { vpc: part('vpc', SCHEMAS.vpc), budget: part('budget', SCHEMAS.budget) };
  return errors.length > 0 ? { errors } : { parameters };
}

function readPart<T>(given: unknown, defaults: unknown, schema: z.ZodType<T>, pointer: string): Read<T> {
  const value = given === undefined ? defaults : given;
  if (value === undefined || value === false || value === 'none') return { value: null };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { errors: [{ pointer, message: 'must be an object, or false to leave it out' }] };
  }
  const merged = typeof defaults === 'object' ? { ...defaults, ...value } : value;
  const parsed = schema.safeParse(merged);
  return parsed.success
    ? { value: parsed.data }
    : { errors: parsed.error.issues.flatMap((one) => tell(one, pointer)) };
}

function tell(issue: z.core.$ZodIssue, pointer: string): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: join(pointer, [...issue.path, key]),
      message: 'is not known',
    }));
  }
  return [{ pointer: join(pointer, issue.path), message: issue.message }];
}

/** RFC 6901 section 3. */
const join = (pointer: string, path: readonly PropertyKey[]): string =>
  [pointer, ...path.map((key) => String(key).replaceAll('~', '~0').replaceAll('/', '~1'))].join('/');
