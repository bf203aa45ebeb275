import jsonata from 'jsonata';
import type { Template } from './definition.ts';

/** A node of JSONata's syntax tree, as far as it is looked at here. */
type Node = {
  type?: string;
  value?: unknown;
  steps?: Node[];
  lhs?: unknown;
  rhs?: unknown;
  arguments?: Node[];
  procedure?: Node;
  expressions?: Node[];
  then?: Node;
  else?: Node;
  focus?: string;
  index?: string;
};

/** Functions of JSONata 2.0.6 and of Step Functions; AWS has no $eval. */
const FUNCTIONS = new Set(
  `sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim pad
  match contains replace split join formatNumber formatBase formatInteger parseInteger number floor ceil round abs
  sqrt power random boolean not map zip filter single reduce sift keys lookup append exists spread merge reverse
  each error assert type sort shuffle distinct base64encode base64decode encodeUrlComponent encodeUrl
  decodeUrlComponent decodeUrl toMillis fromMillis now millis partition range hash uuid parse`.split(/\s+/),
);

const MARKED = /^\{%([\s\S]*)%\}$/;

/** The code in a `{% … %}` string, or undefined: plain text. */
const codeIn = (text: string): string | undefined => MARKED.exec(text)?.[1]?.trim();

/** Every expression of a template, with its path. */
export function expressionsIn(template: unknown, path: string): { path: string; code: string }[] {
  if (typeof template === 'string') {
    const code = codeIn(template);
    return code === undefined ? [] : [{ path, code }];
  }
  if (typeof template !== 'object' || template === null) return [];
  return Object.entries(template).flatMap(([key, inner]) => expressionsIn(inner, `${path}.${key}`));
}

/** What an expression reads: variables from outside it, and members of `$states`. @throws when it does not parse */
export function readsOf(code: string): { variables: string[]; states: string[] } {
  const local = new Set<string>();
  const variables = new Set<string>();
  const states = new Set<string>();
  for (const node of nodesOf(jsonata(code).ast())) {
    if (node.type === 'bind') local.add(String((node.lhs as Node).value));
    if (node.type === 'lambda')
      for (const argument of node.arguments ?? []) local.add(String(argument.value));
    if (node.focus) local.add(node.focus);
    if (node.index) local.add(node.index);
    if (node.type === 'path' && node.steps?.[0]?.type === 'variable' && node.steps[0].value === 'states') {
      states.add(String(node.steps[1]?.value));
    }
    if (node.type === 'variable') variables.add(String(node.value));
  }
  const foreign = [...variables].filter(
    (name) => !['', '$', 'states'].includes(name) && !local.has(name) && !FUNCTIONS.has(name),
  );
  return { variables: foreign, states: [...states] };
}

function nodesOf(root: unknown): Node[] {
  const seen = new Set<object>();
  const visit = (value: unknown): Node[] => {
    if (typeof value !== 'object' || value === null || value instanceof RegExp || seen.has(value)) return [];
    seen.add(value);
    const inner = Object.values(value).flatMap(visit);
    return 'type' in value ? [value as Node, ...inner] : inner;
  };
  return visit(root);
}

const ANYTHING = '{% … %}';

/**
 * The template that an expression stands for, as far as its text shows: objects and arrays as they are written,
 * `$merge` of objects put together, both sides of a condition; anything else as `{% … %}`.
 *
 * @example templateOf("$merge([{'Filter': 'X'}, $t = '' ? {} : {'NextToken': $t}])")
 *   // → { Filter: 'X', NextToken: '{% … %}' }
 */
export const templateOf = (code: string): Template => templateOfNode(jsonata(code).ast() as Node);

function templateOfNode(node: Node | undefined): Template {
  if (!node) return {};
  if (node.type === 'string' || node.type === 'number') return node.value as Template;
  if (node.type === 'value') return node.value as Template;
  if (node.type === 'unary' && node.value === '{') return objectOf(node.lhs as [Node, Node][]);
  if (node.type === 'unary' && node.value === '[') return (node.expressions ?? []).map(templateOfNode);
  if (node.type === 'block' && node.expressions?.length === 1) return templateOfNode(node.expressions[0]);
  if (node.type === 'condition') return together([templateOfNode(node.then), templateOfNode(node.else)]);
  if (node.type === 'function' && node.procedure?.value === 'merge') {
    const parts = templateOfNode(node.arguments?.[0]);
    return Array.isArray(parts) ? together(parts) : ANYTHING;
  }
  return ANYTHING;
}

const objectOf = (pairs: [Node, Node][]): Template =>
  Object.fromEntries(pairs.map(([key, value]) => [String(key.value), templateOfNode(value)]));

const together = (parts: readonly Template[]): Template =>
  parts.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one))
    ? Object.assign({}, ...parts)
    : ANYTHING;

/** A template whose expressions are opened as far as their text shows. */
export function opened(template: Template): Template {
  if (typeof template === 'string') {
    const code = codeIn(template);
    return code === undefined ? template : templateOf(code);
  }
  if (Array.isArray(template)) return template.map(opened);
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([key, inner]) => [key, opened(inner)]));
}
