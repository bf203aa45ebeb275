import { FUNCTIONS, functionName, getAttParts, unsupportedFunction } from './evaluate.ts';
import { subPlaceholders } from './sub.ts';
import { isObject, type Json, type Template, validationError } from './template.ts';

export const PSEUDO_PARAMETERS: ReadonlySet<string> = new Set([
  'AWS::AccountId',
  'AWS::NoValue',
  'AWS::NotificationARNs',
  'AWS::Partition',
  'AWS::Region',
  'AWS::StackId',
  'AWS::StackName',
  'AWS::URLSuffix',
]);

/** A use of another name. `attribute` is absent for `Ref`, and null when a function computes it. */
export type Reference = { name: string; attribute?: string | null };

/**
 * Every reference under `node`. With `holds` only the taken branch of each `Fn::If` is followed, because a resource
 * whose condition is false may be named in the branch that is not.
 * @throws AwsError `ValidationError` for an unsupported function
 */
export function references(node: Json, holds?: (condition: string) => boolean): Reference[] {
  if (Array.isArray(node)) return node.flatMap((item) => references(item, holds));
  if (typeof node === 'string') return refuseDynamic(node);
  if (!isObject(node)) return [];
  const name = functionName(node);
  if (name === undefined) return Object.values(node).flatMap((value) => references(value, holds));
  const argument = node[name] as Json;
  switch (name) {
    case 'Ref':
      return typeof argument === 'string' ? [{ name: argument }] : [];
    case 'Fn::GetAtt': {
      const [logicalId, attribute] = getAttParts(argument);
      return [{ name: logicalId, attribute: typeof attribute === 'string' ? attribute : null }];
    }
    case 'Fn::Sub':
      return subReferences(argument, holds);
    case 'Fn::If':
      return branches(argument, holds).flatMap((branch) => references(branch, holds));
    default:
      if (!(FUNCTIONS as readonly string[]).includes(name)) throw unsupportedFunction(name);
      return references(argument, holds);
  }
}

/** Conditions that `Fn::If` names anywhere under `node`. */
export function usedConditions(node: Json): string[] {
  if (Array.isArray(node)) return node.flatMap(usedConditions);
  if (!isObject(node)) return [];
  const own =
    Array.isArray(node['Fn::If']) && typeof node['Fn::If'][0] === 'string' ? [node['Fn::If'][0]] : [];
  return [...own, ...Object.values(node).flatMap(usedConditions)];
}

function branches(argument: Json, holds?: (condition: string) => boolean): Json[] {
  const [condition, whenTrue = null, whenFalse = null] = Array.isArray(argument) ? argument : [];
  if (holds === undefined || typeof condition !== 'string') return [whenTrue, whenFalse];
  return [holds(condition) ? whenTrue : whenFalse];
}

function subReferences(argument: Json, holds?: (condition: string) => boolean): Reference[] {
  const [template, own] = Array.isArray(argument) ? argument : [argument, {}];
  if (typeof template !== 'string') return [];
  const variables = isObject(own) ? own : {};
  const used = subPlaceholders(template).flatMap((part): Reference[] => {
    if (part.kind === 'text' || (part.attribute === undefined && Object.hasOwn(variables, part.name)))
      return [];
    return [
      part.attribute === undefined ? { name: part.name } : { name: part.name, attribute: part.attribute },
    ];
  });
  return [...used, ...references(variables, holds)];
}

/** Parameter Store and Secrets Manager are not here; passing the text through would hide it. */
function refuseDynamic(text: string): [] {
  const found = /\{\{resolve:[^}]*\}\}/.exec(text);
  if (found) throw validationError(`Template error: dynamic reference ${found[0]} is not supported`);
  return [];
}

/** Is this name a parameter or pseudo-parameter, thus no resource? */
export const isParameter = (template: Template, name: string): boolean =>
  template.parameters.has(name) || PSEUDO_PARAMETERS.has(name);
