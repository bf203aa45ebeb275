import { compileGlob, couldBeSame, type Resolved, type VariableResolver } from './glob.ts';
import { OPERATORS, type Operator } from './operators.ts';
import type { PolicyStatement } from './policy-document.ts';
import { allOf, anyOf, not, type Tri, tri } from './tri.ts';

/** What is known of a request, by lower-case condition key. */
export type RequestContext = {
  /** An empty list says that the key is not in the request, whatever `missingKeys` says. */
  values: ReadonlyMap<string, readonly string[]>;
  /** What the value of a key may be besides the one given. */
  patterns: ReadonlyMap<string, string>;
  /** `absent`: a key that is not given is not in the request. `unknown`: it may be there (CloudTrail records). */
  missingKeys: 'absent' | 'unknown';
};

type Condition = PolicyStatement['conditions'][number];
type Note = (why: string) => void;

/**
 * AWS puts these into every request of an organization's account ("Availability" in the IAM reference of global
 * condition keys). When the question leaves one out we do not know its value; taking it for absent would answer a Region
 * or organization condition by accident.
 */
const ALWAYS_PRESENT = new Set([
  'aws:requestedregion',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:currenttime',
  'aws:epochtime',
  'aws:securetransport',
  'aws:useragent',
  'aws:userid',
  'aws:viaawsservice',
]);

/** In most requests, but not of every service: neither there nor absent unless the question says so. */
const MOSTLY_PRESENT = new Set(['aws:resourceaccount', 'aws:resourceorgid', 'aws:resourceorgpaths']);

const SHAPE = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/i;

/** One condition: one operator over one key. `note` is told why an answer is `maybe`. */
export function conditionHolds(
  condition: Condition,
  context: RequestContext,
  variables: boolean,
  note: Note,
): Tri {
  const [, set, name = '', ifExists] = SHAPE.exec(condition.operator) ?? [];
  const given = context.values.get(condition.key.toLowerCase());
  if (/^null$/i.test(name) && !set && !ifExists) return nullHolds(condition, context, given, note);
  const operator = OPERATORS.get(name.toLowerCase());
  if (operator === undefined) {
    note(`operator ${condition.operator} is not known`);
    return 'maybe';
  }
  // For the set operators a key that holds only the empty text has no values.
  const values = set ? given?.filter((value) => value !== '') : given;
  if (values === undefined || values.length === 0) {
    return missingHolds(condition.key, { set, ifExists: ifExists !== undefined, operator }, context, note);
  }
  const one = (value: string): Tri => valueHolds(operator, value, condition, context, variables, note);
  if (/^forany/i.test(set ?? '')) return anyOf(values, one);
  if (/^forall/i.test(set ?? '')) return allOf(values, one);
  if (values.length === 1) return one(values[0] ?? '');
  note(`${condition.key} has several values, but ${condition.operator} takes one`);
  return 'maybe';
}

function valueHolds(
  operator: Operator,
  value: string,
  condition: Condition,
  context: RequestContext,
  variables: boolean,
  note: Note,
): Tri {
  const resolve = variables ? (name: string) => single(context, name) : undefined;
  const matched = anyOf(condition.values, (expected) => operator.compare(value, expected, resolve, note));
  if (matched === 'no' && mayBeAnother(condition, context, resolve)) {
    note(`${condition.key} may have a path that is not told`);
    return 'maybe';
  }
  return operator.negated ? not(matched) : matched;
}

/** A role's ARN with a path in it. */
const WITH_PATH = /:role\/.*\//s;

/**
 * Would one of the expected values fit what the key may hold besides the value given? Asked only of values that name a
 * path: `role/Dev*` would fit a path `Dev…/` too, but whoever writes it means names.
 */
function mayBeAnother(
  { key, values }: Condition,
  context: RequestContext,
  resolve: VariableResolver | undefined,
): boolean {
  const pattern = context.patterns.get(key.toLowerCase());
  const other = pattern === undefined ? undefined : compileGlob(pattern, { wildcards: true });
  if (other === undefined || !('glob' in other)) return false;
  return values.some((expected) => {
    if (!WITH_PATH.test(expected)) return false;
    const compiled = compileGlob(expected, { wildcards: true, resolve });
    return 'glob' in compiled && couldBeSame(compiled.glob, other.glob);
  });
}

/**
 * The one value of a key for a policy variable. `unknown`: it has several, or may have one that is not given, so that
 * not even the default of the variable can be taken.
 */
export function single(context: RequestContext, key: string): Resolved {
  const name = key.toLowerCase();
  const values = context.values.get(name);
  if (values?.length === 1) return { value: values[0] ?? '' };
  if (values !== undefined) return values.length === 0 ? 'absent' : 'unknown';
  return mayBePresent(name, context) ? 'unknown' : 'absent';
}

const mayBePresent = (name: string, { missingKeys }: RequestContext): boolean =>
  missingKeys === 'unknown' || ALWAYS_PRESENT.has(name) || MOSTLY_PRESENT.has(name);

/** The rules of IAM for a key that the request does not have: only negated operators hold, and ForAllValues. */
function missingHolds(
  key: string,
  how: { set: string | undefined; ifExists: boolean; operator: Operator },
  context: RequestContext,
  note: Note,
): Tri {
  const name = key.toLowerCase();
  if (!context.values.has(name) && mayBePresent(name, context)) {
    note(`${key} is not given`);
    return 'maybe';
  }
  if (how.ifExists || /^forall/i.test(how.set ?? '')) return 'yes';
  if (/^forany/i.test(how.set ?? '')) return 'no';
  return tri(how.operator.negated);
}

function nullHolds(
  condition: Condition,
  context: RequestContext,
  values: readonly string[] | undefined,
  note: Note,
): Tri {
  const name = condition.key.toLowerCase();
  if (values === undefined && !ALWAYS_PRESENT.has(name) && mayBePresent(name, context)) {
    note(`${condition.key} is not given`);
    return 'maybe';
  }
  const absent = values === undefined ? !ALWAYS_PRESENT.has(name) : values.length === 0;
  return anyOf(condition.values, (expected) => {
    if (/^(true|false)$/i.test(expected)) return tri(/^true$/i.test(expected) === absent);
    note(`Null takes true or false, not ${expected}`);
    return 'maybe';
  });
}
