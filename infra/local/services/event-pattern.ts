/**
 * EventBridge's pattern language, by https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html:
 * exact, prefix, suffix, equals-ignore-case, wildcard, anything-but, numeric, cidr, exists and `$or`. Pure.
 */
export type EventPattern = { readonly [key: string]: unknown };

type Operator = { [name: string]: unknown };
type Test = (operand: unknown, value: unknown) => boolean;

/** @returns why the pattern is refused, or undefined when it is sound */
export function patternFault(pattern: unknown): string | undefined {
  if (!isObject(pattern)) return 'Filter is not an object';
  if (Object.keys(pattern).length === 0) return 'Empty pattern is not allowed';
  for (const [key, value] of Object.entries(pattern)) {
    const fault = key === '$or' ? orFault(value) : fieldFault(key, value);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function orFault(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length < 2) return '"$or" must be an array of two or more patterns';
  return value.map(patternFault).find((fault) => fault !== undefined);
}

function fieldFault(key: string, value: unknown): string | undefined {
  if (isObject(value)) return patternFault(value);
  if (!Array.isArray(value)) return `"${key}" must be an object or an array`;
  if (value.length === 0) return `Empty arrays are not allowed: "${key}"`;
  return value.map(matcherFault).find((fault) => fault !== undefined);
}

function matcherFault(matcher: unknown): string | undefined {
  if (Array.isArray(matcher)) return 'Arrays within arrays are not allowed';
  if (!isObject(matcher)) return undefined;
  const [name, ...others] = Object.keys(matcher);
  if (name === undefined || others.length > 0) return 'Only one key allowed in match expression';
  if (name === 'exists')
    return typeof matcher[name] === 'boolean' ? undefined : 'exists must be true or false';
  if (name === 'numeric') return numericFault(matcher[name]);
  return Object.hasOwn(TESTS, name) ? undefined : `Unrecognized match type ${name}`;
}

function numericFault(operand: unknown): string | undefined {
  const sound =
    Array.isArray(operand) &&
    (operand.length === 2 || operand.length === 4) &&
    operand.every((part, at) =>
      at % 2 === 0 ? Object.hasOwn(COMPARE, String(part)) : typeof part === 'number',
    );
  return sound ? undefined : 'Value of numeric must be pairs of an operator and a number';
}

/** Whether an event, or a part of one, matches. The pattern must be sound. */
export function matchesPattern(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([key, wanted]) => {
    if (key === '$or') return (wanted as EventPattern[]).some((choice) => matchesPattern(choice, event));
    const value = isObject(event) && Object.hasOwn(event, key) ? event[key] : undefined;
    if (Array.isArray(wanted)) return matchesLeaf(wanted, value);
    const nested = wanted as EventPattern;
    // An array of objects matches when one of its elements does.
    return Array.isArray(value)
      ? value.some((element) => matchesPattern(nested, element))
      : matchesPattern(nested, value);
  });
}

function matchesLeaf(matchers: unknown[], value: unknown): boolean {
  const values = (Array.isArray(value) ? value.flat(8) : [value]).filter(
    (one) => one !== undefined && !isObject(one),
  );
  return matchers.some((matcher) => {
    if (isObject(matcher) && 'exists' in matcher) return matcher.exists === values.length > 0;
    return values.some((one) => matchesValue(matcher, one));
  });
}

function matchesValue(matcher: unknown, value: unknown): boolean {
  if (!isObject(matcher)) return matcher === value;
  const [name, operand] = Object.entries(matcher as Operator)[0] ?? ['', undefined];
  return TESTS[name]?.(operand, value) ?? false;
}

const text =
  (test: (operand: string, value: string) => boolean): Test =>
  (operand, value) =>
    typeof operand === 'string' && typeof value === 'string' && test(operand, value);

/** prefix and suffix also take `{ "equals-ignore-case": … }`. */
const atEdge =
  (test: (operand: string, value: string) => boolean): Test =>
  (operand, value) =>
    isObject(operand)
      ? text((o, v) => test(o.toLowerCase(), v.toLowerCase()))(operand['equals-ignore-case'], value)
      : text(test)(operand, value);

const TESTS: Record<string, Test> = {
  prefix: atEdge((operand, value) => value.startsWith(operand)),
  suffix: atEdge((operand, value) => value.endsWith(operand)),
  'equals-ignore-case': text((operand, value) => value.toLowerCase() === operand.toLowerCase()),
  wildcard: text((operand, value) => wildcard(operand).test(value)),
  cidr: text(inCidr),
  numeric: (operand, value) =>
    typeof value === 'number' &&
    Array.isArray(operand) &&
    operand.every(
      (part, at) => at % 2 === 1 || (COMPARE[String(part)]?.(value, Number(operand[at + 1])) ?? false),
    ),
  'anything-but': (operand, value) => !listed(operand, value),
};

/** What anything-but excludes: values, or one operator with a value or a list of them. */
function listed(operand: unknown, value: unknown): boolean {
  if (Array.isArray(operand)) return operand.some((one) => matchesValue(one, value));
  if (!isObject(operand)) return operand === value;
  const [name, inner] = Object.entries(operand as Operator)[0] ?? ['', undefined];
  const choices = Array.isArray(inner) ? inner : [inner];
  return choices.some((choice) => TESTS[name]?.(choice, value) ?? false);
}

const COMPARE: Record<string, (value: number, bound: number) => boolean> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** `*` stands for any characters; `\*` and `\\` for themselves. */
function wildcard(pattern: string): RegExp {
  const parts = pattern.match(/\\[*\\]|\*|[^*\\]+|\\/g) ?? [];
  const literal = (plain: string) => plain.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const source = parts.map((part) => (part === '*' ? '.*' : literal(part.replace(/^\\([*\\])$/, '$1'))));
  return new RegExp(`^${source.join('')}$`, 's');
}

function inCidr(cidr: string, address: string): boolean {
  const [base = '', bits = ''] = cidr.split('/');
  const wanted = ipBits(base);
  const given = ipBits(address);
  if (wanted === undefined || given === undefined || wanted.length !== given.length) return false;
  return given.slice(0, Number(bits)) === wanted.slice(0, Number(bits));
}

/** 32 or 128 binary digits, or undefined when the text is no address. */
function ipBits(address: string): string | undefined {
  const binary = (numbers: number[], width: number) =>
    numbers.map((n) => n.toString(2).padStart(width, '0')).join('');
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) {
    const bytes = address.split('.').map(Number);
    return bytes.every((byte) => byte <= 255) ? binary(bytes, 8) : undefined;
  }
  if (!/^[\da-f:]+$/i.test(address) || !address.includes(':')) return undefined;
  const [head = '', tail] = address.split('::');
  const groups = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = new Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0);
  return binary([...before, ...zeros, ...after], 16);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
