import {
  type ApiShapes,
  isList,
  isMap,
  isStructure,
  type ListShape,
  type MapShape,
  type Member,
  NO_MEMBERS,
  operationOf,
  resolve,
  type Scalar,
  type ShapeMembers,
} from './model.ts';
import { memberNamed, type Naming, spell } from './naming.ts';

/** `type` is a wrong JSON type (AWS cannot even read it); the others are values that AWS reads and refuses. */
export type IssueKind =
  | 'operation'
  | 'unknown'
  | 'required'
  | 'type'
  | 'enum'
  | 'range'
  | 'length'
  | 'pattern';

/** @property path `ProvisioningParameters[0].Valuee`; empty for the input itself. */
export type Issue = { kind: IssueKind; path: string; message: string; value?: unknown };

export type ValidateOptions = {
  /** Default `api`. */
  naming?: Naming;
  /** Values that stand for anything, such as `{% … %}` in a state machine. Default: none. */
  anything?: (value: unknown) => boolean;
};

type Walk = { shapes: ApiShapes; naming: Naming; anything: (value: unknown) => boolean; issues: Issue[] };

/** Everything that is wrong with an operation's input, in document order; empty when it is sound. */
export function validateInput(
  shapes: ApiShapes,
  action: string,
  input: unknown,
  options: ValidateOptions = {},
): Issue[] {
  const operation = operationOf(shapes, action);
  if (!operation) {
    return [{ kind: 'operation', path: '', message: `unknown operation ${action} of ${shapes.service}` }];
  }
  return validateMembers(shapes, operation.input ?? NO_MEMBERS, `${action} input`, input, options);
}

/** The same for what a service answered: it finds members that AWS would never send. */
export function validateOutput(shapes: ApiShapes, action: string, output: unknown): Issue[] {
  const operation = operationOf(shapes, action);
  if (!operation) return [];
  return validateMembers(shapes, operation.output ?? NO_MEMBERS, `${action} output`, output, {});
}

const EXPRESSION = /^\{%[\s\S]*%\}$/;

/**
 * Checks the `Arguments` of a Step Functions task against the operation: names, nesting and literal values. A
 * `{% … %}` string is accepted wherever it stands. Members are spelt as Step Functions spells them (PascalCase).
 *
 * @example checkKeys(shapes, 'ProvisionProduct', { ProvisionToken: '{% $t %}', Nmae: 'x' })
 *   // → ['Arguments.ProvisionedProductName: required', 'Arguments.Nmae: not a member of ProvisionProduct input']
 */
export function checkKeys(shapes: ApiShapes, action: string, template: unknown): string[] {
  const anything = (value: unknown) => typeof value === 'string' && EXPRESSION.test(value);
  if (anything(template) && operationOf(shapes, action)) return [];
  const issues = validateInput(shapes, action, template ?? {}, { naming: 'states', anything });
  return issues.map((issue) => issueText(issue, 'Arguments'));
}

/** @example issueText(issue, 'Arguments') === 'Arguments.ProvisioningParameters[0].Valuee: not a member of …' */
export function issueText(issue: Issue, prefix: string): string {
  if (issue.kind === 'operation') return issue.message;
  const path = issue.path === '' || issue.path.startsWith('[') ? issue.path : `.${issue.path}`;
  return `${prefix}${path}: ${issue.message}`;
}

/** The text AWS's JSON services give: one sentence with every violation. */
export function awsValidationMessage(issues: Issue[]): string {
  const text = issues.map((issue) => {
    const value = issue.value === undefined ? 'Value null' : `Value '${shorten(issue.value)}'`;
    const at = issue.path.replace(
      /(^|\.)([A-Z])/g,
      (_, dot: string, letter: string) => dot + letter.toLowerCase(),
    );
    return `${value} at '${at}' failed to satisfy constraint: Member ${issue.path}: ${issue.message}`;
  });
  return `${issues.length} validation error${issues.length === 1 ? '' : 's'} detected: ${text.join('; ')}`;
}

const shorten = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
};

function validateMembers(
  shapes: ApiShapes,
  members: ShapeMembers,
  title: string,
  value: unknown,
  options: ValidateOptions,
): Issue[] {
  const walk: Walk = {
    shapes,
    naming: options.naming ?? 'api',
    anything: options.anything ?? (() => false),
    issues: [],
  };
  structure(walk, members, title, value ?? {}, '');
  return walk.issues;
}

function structure(walk: Walk, shape: ShapeMembers, title: string, value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    wrongType(walk, path, value, `an object (${title})`);
    return;
  }
  const given = value as Record<string, unknown>;
  for (const required of shape.required) {
    const key = spell(required, walk.naming);
    if (given[key] === undefined || given[key] === null) {
      walk.issues.push({ kind: 'required', path: join(path, key), message: 'required' });
    }
  }
  for (const [key, inner] of Object.entries(given)) {
    const name = memberNamed(shape, key, walk.naming);
    const member = name === undefined ? undefined : shape.members[name];
    if (!member) {
      walk.issues.push({
        kind: 'unknown',
        path: join(path, key),
        message: `not a member of ${title}`,
        value: inner,
      });
    } else if (inner !== undefined && inner !== null) {
      visit(walk, member, inner, join(path, key));
    }
  }
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

function visit(walk: Walk, member: Member, value: unknown, path: string): void {
  if (walk.anything(value)) return;
  const shape = resolve(walk.shapes, member);
  if (isStructure(shape)) {
    if (!shape.document) structure(walk, shape, 'ref' in member ? member.ref : 'structure', value, path);
  } else if (isList(shape)) list(walk, shape, value, path);
  else if (isMap(shape)) map(walk, shape, value, path);
  else scalar(walk, shape, value, path);
}

function list(walk: Walk, shape: ListShape, value: unknown, path: string): void {
  if (!Array.isArray(value)) {
    wrongType(walk, path, value, 'a list');
    return;
  }
  size(walk, shape, value.length, 'items', value, path);
  value.forEach((item, index) => {
    visit(walk, shape.member, item, `${path}[${index}]`);
  });
}

function map(walk: Walk, shape: MapShape, value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    wrongType(walk, path, value, 'a map');
    return;
  }
  size(walk, shape, Object.keys(value).length, 'entries', value, path);
  for (const [key, inner] of Object.entries(value)) {
    scalar(walk, shape.key, key, join(path, key));
    visit(walk, shape.value, inner, join(path, key));
  }
}

const TYPES: Record<string, { name: string; fits: (value: unknown) => boolean }> = {
  string: { name: 'a string', fits: (value) => typeof value === 'string' },
  blob: { name: 'a base64 string', fits: (value) => typeof value === 'string' },
  boolean: { name: 'a boolean', fits: (value) => typeof value === 'boolean' },
  integer: { name: 'a whole number', fits: Number.isInteger },
  long: { name: 'a whole number', fits: Number.isInteger },
  double: { name: 'a number', fits: (value) => typeof value === 'number' },
  float: { name: 'a number', fits: (value) => typeof value === 'number' },
  timestamp: {
    name: 'a time',
    fits: (value) =>
      typeof value === 'number' || (typeof value === 'string' && !Number.isNaN(Date.parse(value))),
  },
};

function scalar(walk: Walk, shape: Scalar, value: unknown, path: string): void {
  const type = TYPES[shape.type];
  if (type && !type.fits(value)) {
    wrongType(walk, path, value, type.name);
    return;
  }
  if (typeof value === 'number') {
    if ((shape.min ?? value) > value || (shape.max ?? value) < value) {
      walk.issues.push({ kind: 'range', path, message: `must be ${bounds(shape)}`, value });
    }
    return;
  }
  if (typeof value !== 'string' || shape.type === 'timestamp') return;
  if (shape.enum && !shape.enum.includes(value)) {
    walk.issues.push({ kind: 'enum', path, message: `must be one of [${shape.enum.join(', ')}]`, value });
    return;
  }
  size(walk, shape, value.length, 'characters', value, path);
  if (shape.pattern !== undefined && !fullMatch(shape.pattern, value)) {
    const message = `must satisfy regular expression pattern: ${shape.pattern}`;
    walk.issues.push({ kind: 'pattern', path, message, value });
  }
}

function wrongType(walk: Walk, path: string, value: unknown, wanted: string): void {
  walk.issues.push({ kind: 'type', path, message: `must be ${wanted}`, value });
}

const bounds = ({ min, max }: { min?: number; max?: number }): string =>
  [min === undefined ? [] : `at least ${min}`, max === undefined ? [] : `at most ${max}`]
    .flat()
    .join(' and ');

function size(
  walk: Walk,
  limits: { min?: number; max?: number },
  length: number,
  unit: string,
  value: unknown,
  path: string,
): void {
  if (length < (limits.min ?? 0) || length > (limits.max ?? Number.POSITIVE_INFINITY)) {
    walk.issues.push({
      kind: 'length',
      path,
      message: `must have ${bounds(limits)} ${unit}, has ${length}`,
      value,
    });
  }
}

const compiled = new Map<string, RegExp | null>();

/** AWS matches the whole value. A pattern that only Java understands is passed over. */
function fullMatch(pattern: string, value: string): boolean {
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    expression = compile(pattern, 'u') ?? compile(pattern, '');
    compiled.set(pattern, expression);
  }
  return expression === null || expression.test(value);
}

function compile(pattern: string, flags: string): RegExp | null {
  try {
    return new RegExp(`^(?:${pattern})$`, flags);
  } catch {
    return null;
  }
}
