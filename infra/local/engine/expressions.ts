import jsonata, { type Expression } from 'jsonata';
import { StateFailure } from './failure.ts';
import { addFunctions } from './functions.ts';
import { type Json, NotJson, textOf, toJson, trusted, typeName } from './json.ts';

/**
 * What an expression sees: the state that it belongs to, and variables by name (`states` among them; undefined where there is
 * none). They are looked up when an expression names them: most states have expressions that name one or two of a hundred.
 */
export type Scope = { state: string; enteredEvent: number; lookup: (name: string) => unknown };

export const isExpression = (value: string): boolean =>
  value.startsWith('{%') && value.endsWith('%}') && value.length > 3;

/** The JSONata between the marks. */
export const sourceOf = (value: string): string => value.slice(2, -2).trim();

/** `names`: every name after a `$` in the source, variables of its own and functions among them. */
type Compiled = { expression: Expression; names: readonly string[] };

const compiled = new Map<string, Compiled>();
const constant = new WeakMap<object, boolean>();

function compile(source: string): Compiled {
  const known = compiled.get(source);
  if (known) return known;
  const expression = jsonata(source);
  addFunctions(expression);
  const names = new Set(Array.from(source.matchAll(/\$(\p{ID_Continue}+)/gu), ([, name]) => name ?? ''));
  const made = { expression, names: [...names] };
  compiled.set(source, made);
  return made;
}

/** What a source names, as far as it is there. */
function bindingsOf({ names }: Compiled, scope: Scope): Record<string, unknown> {
  const found = names.map((name): [string, unknown] => [name, scope.lookup(name)]);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

/** What is wrong with the syntax of a JSONata expression, or undefined. */
export function syntaxError(source: string): string | undefined {
  try {
    compile(source);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/**
 * The value of a template: literals stay, every string `{% … %}` in it is evaluated.
 *
 * @param field where the template stands, as AWS names it: `Arguments`, `Choices[0]/Condition`
 * @throws StateFailure States.QueryEvaluationError
 */
export async function evaluate(template: Json, scope: Scope, field: string): Promise<Json> {
  if (typeof template === 'string') {
    return isExpression(template) ? evaluateExpression(sourceOf(template), scope, field) : template;
  }
  if (template === null || typeof template !== 'object' || isConstant(template)) return template;
  if (Array.isArray(template)) {
    const items: Json[] = [];
    for (const [index, item] of template.entries())
      items.push(await evaluate(item, scope, `${field}[${index}]`));
    return trusted(items);
  }
  const members: [string, Json][] = [];
  for (const [key, member] of Object.entries(template)) {
    members.push([key, await evaluate(member, scope, `${field}/${key}`)]);
  }
  return trusted(Object.fromEntries(members));
}

/** A template without expressions is its own value: no copy at each evaluation. */
function isConstant(template: Json): boolean {
  if (typeof template === 'string') return !isExpression(template);
  if (template === null || typeof template !== 'object') return true;
  const known = constant.get(template);
  if (known !== undefined) return known;
  const result = Object.values(template).every(isConstant);
  constant.set(template, result);
  return result;
}

async function evaluateExpression(source: string, scope: Scope, field: string): Promise<Json> {
  const subject = `The JSONata expression '${source}' specified for the field '${field}'`;
  let result: unknown;
  try {
    const known = compile(source);
    result = await known.expression.evaluate(undefined, bindingsOf(known, scope));
  } catch (error) {
    throw queryFailure(scope, `${subject} threw an error during evaluation. ${messageOf(error)}`, field);
  }
  try {
    const value = toJson(result);
    if (value !== undefined) return value;
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    throw queryFailure(scope, `${subject} returned an unsupported result type.`, field);
  }
  throw queryFailure(scope, `${subject} returned nothing (undefined).`, field);
}

/** JSONata throws plain objects with a code (`T2001`) and a message. */
function messageOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code === undefined ? String(message ?? error) : `${code}: ${message}`;
}

type Expected = {
  string: string;
  boolean: boolean;
  integer: number;
  array: Json[];
  object: { [key: string]: Json };
};

/**
 * The value of a template that must have a type.
 *
 * @throws StateFailure States.QueryEvaluationError
 */
export async function evaluateAs<T extends keyof Expected>(
  type: T,
  template: Json,
  scope: Scope,
  field: string,
): Promise<Expected[T]> {
  const value = await evaluate(template, scope, field);
  const fits = type === 'integer' ? Number.isInteger(value) : typeName(value) === type;
  if (fits) return value as Expected[T];
  const source =
    typeof template === 'string' && isExpression(template) ? sourceOf(template) : textOf(template);
  throw queryFailure(
    scope,
    `The JSONata expression '${source}' specified for the field '${field}' returned an unexpected result type. Expected '${type}', but was '${typeName(value)}' for value: ${textOf(value)}`,
    field,
  );
}

/**
 * An integer of a JSONata field that has bounds.
 *
 * @throws StateFailure States.QueryEvaluationError
 */
export async function evaluateBetween(
  [low, high]: readonly [number, number],
  template: Json,
  scope: Scope,
  field: string,
): Promise<number> {
  const value = await evaluateAs('integer', template, scope, field);
  if (value >= low && value <= high) return value;
  throw queryFailure(
    scope,
    `The value ${value} of the field '${field}' is not within the range from ${low} to ${high}`,
    field,
  );
}

/** The failure of a state whose fields could not be computed. */
export function queryFailure(scope: Scope, problem: string, location: string | null): StateFailure {
  const where = `An error occurred while executing the state '${scope.state}' (entered at the event id #${scope.enteredEvent}).`;
  return new StateFailure(
    { error: 'States.QueryEvaluationError', cause: `${where} ${problem}` },
    { state: scope.state, location },
  );
}
