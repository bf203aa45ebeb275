import type { BlueprintBody, BlueprintParameterBody } from '../planning/blueprint.schema.ts';
import { textOf } from './form-errors.ts';

export type OfferedParameter = Omit<BlueprintParameterBody, 'type'> & {
  /** The field of the form: `vpc.size`. */
  field: string;
  type: 'string' | 'integer' | 'number' | 'boolean';
};
export type OfferedComponent = { name: string; title: string; parameters: OfferedParameter[] };

/** As a request says it, by component: values by name, or `false` for what is left out. */
type Parameters = Readonly<Record<string, unknown>>;
/** What the fields hold; empty: as the blueprint says. */
export type ParameterValues = Readonly<Record<string, string>>;

/**
 * What a form can offer of a blueprint: single values of the stacks that it makes. Lists stay as they are, and so do
 * components that the account does without.
 */
export function offeredParameters(
  blueprint: BlueprintBody | undefined,
  made: Parameters,
): OfferedComponent[] {
  return (blueprint?.components ?? []).flatMap(({ name, title, mode, parameters }) => {
    if (mode !== 'deploy' || made[name] === false) return [];
    const offered = parameters.flatMap(({ type, ...one }): OfferedParameter[] =>
      type === 'list' ? [] : [{ ...one, type, field: `${name}.${one.name}` }],
    );
    return offered.length === 0 ? [] : [{ name, title, parameters: offered }];
  });
}

/** What the account has today, as far as its request said so. */
export const valuesOf = (components: readonly OfferedComponent[], made: Parameters): ParameterValues =>
  fieldsOf(components, ({ component, name }) => {
    const value = membersOf(made[component])[name];
    return value === undefined ? '' : String(value);
  });

/** What a form says; a field that it did not have is as `before`. */
export const readParameters = (
  components: readonly OfferedComponent[],
  sent: Readonly<Record<string, unknown>>,
  before: ParameterValues,
): ParameterValues =>
  fieldsOf(components, ({ field }) =>
    sent[field] === undefined ? (before[field] ?? '') : textOf(sent, field),
  );

/**
 * The parameters of the new request: what was made, with what the fields say; undefined when nothing differs. Whether a
 * value is one that the blueprint takes is for the planner to say.
 */
export function changedParameters(
  components: readonly OfferedComponent[],
  made: Parameters,
  values: ParameterValues,
): Record<string, unknown> | undefined {
  const before = valuesOf(components, made);
  const changed = components.flatMap(({ name, parameters }) =>
    parameters
      .filter(({ field }) => values[field] !== before[field])
      .map((one) => ({ ...one, component: name, text: values[one.field] ?? '' })),
  );
  if (changed.length === 0) return undefined;
  const next: Record<string, Record<string, unknown> | unknown> = { ...made };
  for (const { component, name, type, text } of changed) {
    const { [name]: _, ...rest } = membersOf(next[component]);
    const members = text === '' ? rest : { ...rest, [name]: typed(type, text) };
    if (Object.keys(members).length > 0) next[component] = members;
    else delete next[component];
  }
  return next;
}

function fieldsOf(
  components: readonly OfferedComponent[],
  valueFor: (one: { component: string; name: string; field: string }) => string,
): ParameterValues {
  return Object.fromEntries(
    components.flatMap(({ name: component, parameters }) =>
      parameters.map(({ name, field }) => [field, valueFor({ component, name, field })]),
    ),
  );
}

const membersOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

function typed(type: OfferedParameter['type'], text: string): unknown {
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  const number = Number(text);
  return (type === 'integer' || type === 'number') && Number.isFinite(number) ? number : text;
}
