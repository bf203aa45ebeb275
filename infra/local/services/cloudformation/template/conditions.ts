import { evaluate, functionName, type Scope, templateError, unsupportedFunction } from './evaluate.ts';
import { isObject, type Json, type Template, validationError } from './template.ts';

/** A scope without resources: conditions may look only at parameters and mappings. */
export type ConditionScope = Omit<Scope, 'condition' | 'getAtt'>;

/**
 * Works out every condition of the template.
 * @throws AwsError `ValidationError`: unknown or circular condition, unsupported function
 */
export function evaluateConditions(template: Template, scope: ConditionScope): Map<string, boolean> {
  const known = new Map<string, boolean>();
  const open = new Set<string>();
  const named = (name: string): boolean => {
    const done = known.get(name);
    if (done !== undefined) return done;
    const node = template.conditions.get(name);
    if (node === undefined)
      throw validationError(
        `Template format error: Unresolved condition dependency ${name} in the Conditions block of the template`,
      );
    if (open.has(name))
      throw validationError(
        `Template format error: Found circular condition dependency between ${[...open].join(' and ')}`,
      );
    open.add(name);
    const value = holds(node, named, { ...scope, condition: named, getAtt: () => undefined });
    open.delete(name);
    known.set(name, value);
    return value;
  };
  for (const name of template.conditions.keys()) named(name);
  return known;
}

function holds(node: Json, named: (name: string) => boolean, scope: Scope): boolean {
  const inner = (item: Json) => holds(item, named, scope);
  if (!isObject(node) || Object.keys(node).length !== 1)
    throw validationError(
      'Template format error: Conditions can only be boolean operations on parameters and other conditions',
    );
  if (typeof node.Condition === 'string') return named(node.Condition);
  const name = functionName(node) ?? '';
  const argument = Array.isArray(node[name]) ? node[name] : [];
  switch (name) {
    case 'Fn::Equals':
      return equals(argument, scope);
    case 'Fn::Not':
      return !inner(only(name, argument, 1, 1)[0] as Json);
    case 'Fn::And':
      return only(name, argument, 2, 10).every(inner);
    case 'Fn::Or':
      return only(name, argument, 2, 10).some(inner);
    default:
      throw unsupportedFunction(name || JSON.stringify(node));
  }
}

function equals(argument: Json[], scope: Scope): boolean {
  const [left, right] = only('Fn::Equals', argument, 2, 2).map((item) =>
    JSON.stringify(asText(evaluate(item, scope))),
  );
  return left === right;
}

/** CloudFormation compares texts: `true` and `"true"` are equal. */
const asText = (value: Json): Json =>
  typeof value === 'boolean' || typeof value === 'number' ? String(value) : value;

function only(name: string, items: Json[], min: number, max: number): Json[] {
  if (items.length < min || items.length > max)
    throw templateError(
      `every ${name} object requires a list of ${min === max ? min : `${min} to ${max}`} values`,
    );
  return items;
}
