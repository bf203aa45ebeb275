import type { Report } from './definition-check.ts';
import { isExpression, sourceOf, syntaxError } from './expressions.ts';

type Check = (value: unknown, location: string, report: Report) => void;
type Field = { check: Check; required?: true };
type Fields = Record<string, Field>;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const check = (test: (value: unknown) => boolean, expected: string): Check => {
  return (value, location, report) => {
    if (!test(value)) report(`Expected ${expected}`, location);
  };
};
const required = (field: Check): Field => ({ check: field, required: true });
const optional = (field: Check): Field => ({ check: field });

const text = check((value) => typeof value === 'string', 'value of type String');
const flag = check((value) => typeof value === 'boolean', 'value of type Boolean');
const object = check(isObject, 'value of type Object');
const between = (low: number, high: number, whole = true): Check =>
  check(
    (value) =>
      typeof value === 'number' && value >= low && value <= high && (!whole || Number.isInteger(value)),
    `${whole ? 'an integer' : 'a number'} from ${low} to ${high}`,
  );

/** Any JSON; every string in it that is an expression must parse. */
const template: Check = (value, location, report) => {
  if (typeof value === 'string') checkString(value, location, report);
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) template(item, `${location}[${index}]`, report);
  } else if (isObject(value)) {
    for (const [key, member] of Object.entries(value)) template(member, `${location}/${key}`, report);
  }
};

function checkString(value: string, location: string, report: Report): void {
  if (isExpression(value)) {
    const problem = syntaxError(sourceOf(value));
    if (problem) report(`Invalid JSONata expression: ${problem}`, location);
  } else if (value.startsWith('{%') || value.endsWith('%}')) {
    report("A JSONata expression starts with '{%' and ends with '%}'", location);
  }
}

/** An expression, or a literal that passes `literal`. */
const or = (literal: Check): Check => {
  return (value, location, report) => {
    if (typeof value === 'string' && isExpression(value)) checkString(value, location, report);
    else literal(value, location, report);
  };
};

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Whether a string is a timestamp as AWS takes it. */
export const isTimestamp = (value: string): boolean =>
  RFC3339.test(value) && !Number.isNaN(Date.parse(value));

/** A name for a variable. `$states` is AWS's own. */
export const isVariableName = (name: string): boolean =>
  name.length <= 80 && name !== 'states' && /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name);

const assign: Check = (value, location, report) => {
  template(value, location, report);
  if (typeof value === 'string' && isExpression(value)) return;
  if (!isObject(value)) return report('Expected value of type Object', location);
  for (const name of Object.keys(value)) {
    if (!isVariableName(name)) report(`'${name}' is not a variable name`, location);
  }
};

const list = (entry: Fields, least: number): Check => {
  return (value, location, report) => {
    if (!Array.isArray(value) || value.length < least) {
      return report(`Expected an array of at least ${least}`, location);
    }
    for (const [index, item] of value.entries()) entryOf(item, entry, `${location}[${index}]`, report);
  };
};

function entryOf(item: unknown, fields: Fields, location: string, report: Report): void {
  if (!isObject(item)) {
    report('Expected value of type Object', location);
    return;
  }
  for (const [name, field] of Object.entries(fields)) {
    if (field.required && item[name] === undefined) report(`The field '${name}' is required`, location);
  }
  for (const [name, value] of Object.entries(item)) {
    if (Object.hasOwn(fields, name)) fields[name]?.check(value, `${location}/${name}`, report);
    else report(`Field '${name}' is not supported here`, location);
  }
}

const errorEquals: Check = (value, location, report) => {
  if (!Array.isArray(value) || value.length === 0 || !value.every((name) => typeof name === 'string')) {
    return report('Expected a non-empty array of error names', location);
  }
  if (value.includes('States.ALL') && value.length > 1) report('States.ALL must appear alone', location);
};

/** A rule after one for States.ALL would never be asked. */
const guards = (entry: Fields): Check => {
  return (value, location, report) => {
    list(entry, 0)(value, location, report);
    if (!Array.isArray(value)) return;
    const all = value.findIndex((rule) => isObject(rule) && String(rule.ErrorEquals) === 'States.ALL');
    if (all >= 0 && all < value.length - 1)
      report('States.ALL must be in the last rule', `${location}[${all}]`);
  };
};

const resource: Check = (value, location, report) => {
  const known =
    /^arn:aws[a-z-]*:states:::(aws-sdk:[a-z0-9]+:[a-z][A-Za-z0-9]*|[a-z0-9-]+:[a-z][A-Za-z0-9]*)(\.waitForTaskToken)?$/;
  if (typeof value === 'string' && known.test(value)) return;
  report(
    `The resource provided ${String(value)} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`,
    location,
  );
};

const credentials: Check = (value, location, report) =>
  entryOf(value, { RoleArn: required(or(text)) }, location, report);

const processorMode: Check = (value, location, report) =>
  entryOf(
    value,
    { Mode: optional(check((mode) => mode === 'INLINE', "the Mode 'INLINE'")) },
    location,
    report,
  );

const SECONDS = or(between(1, 99_999_999));
const COMMON: Fields = { Type: required(text), Comment: optional(text), QueryLanguage: optional(text) };
const SHAPING: Fields = { Output: optional(template), Assign: optional(assign) };
const FLOW: Fields = { ...COMMON, ...SHAPING, Next: optional(text), End: optional(flag) };

const RETRIER: Fields = {
  ErrorEquals: required(errorEquals),
  IntervalSeconds: optional(between(1, 99_999_999)),
  BackoffRate: optional(between(1, Number.MAX_SAFE_INTEGER, false)),
  MaxAttempts: optional(between(0, 99_999_999)),
  MaxDelaySeconds: optional(between(1, 31_622_400)),
  JitterStrategy: optional(check((value) => value === 'FULL' || value === 'NONE', 'FULL or NONE')),
  Comment: optional(text),
};
const CATCHER: Fields = {
  ...SHAPING,
  ErrorEquals: required(errorEquals),
  Next: required(text),
  Comment: optional(text),
};
const GUARDED: Fields = { ...FLOW, Retry: optional(guards(RETRIER)), Catch: optional(guards(CATCHER)) };
const RULE: Fields = {
  ...SHAPING,
  Condition: required(or(flag)),
  Next: required(text),
  Comment: optional(text),
};

/** The fields of each state type in JSONata mode, as far as this engine runs them. */
export const FIELDS: Readonly<Record<string, Fields>> = {
  Pass: FLOW,
  Task: {
    ...GUARDED,
    Resource: required(resource),
    Arguments: optional(template),
    TimeoutSeconds: optional(SECONDS),
    HeartbeatSeconds: optional(SECONDS),
    Credentials: optional(credentials),
  },
  Choice: { ...COMMON, ...SHAPING, Choices: required(list(RULE, 1)), Default: optional(text) },
  Wait: {
    ...FLOW,
    Seconds: optional(or(between(0, 99_999_999))),
    Timestamp: optional(
      or((value, location, report) => {
        if (!(typeof value === 'string' && isTimestamp(value))) {
          report('String does not match RFC3339 timestamp', location);
        }
      }),
    ),
  },
  Succeed: { ...COMMON, Output: optional(template) },
  Fail: { ...COMMON, Error: optional(or(text)), Cause: optional(or(text)) },
  Parallel: {
    ...GUARDED,
    Branches: required(
      check((value) => Array.isArray(value) && value.every(isObject), 'an array of branches'),
    ),
    Arguments: optional(template),
  },
  Map: {
    ...GUARDED,
    ItemProcessor: required(object),
    Items: optional(template),
    ItemSelector: optional(template),
    MaxConcurrency: optional(or(between(0, Number.MAX_SAFE_INTEGER))),
  },
};

export const BRANCH_FIELDS: Fields = {
  StartAt: optional(text),
  States: optional(object),
  Comment: optional(text),
};

export const TOP_FIELDS: Fields = {
  ...BRANCH_FIELDS,
  Version: optional(text),
  QueryLanguage: optional(text),
  TimeoutSeconds: optional(between(1, 99_999_999)),
};

export const PROCESSOR_FIELDS: Fields = {
  ...BRANCH_FIELDS,
  ProcessorConfig: optional(processorMode),
};
