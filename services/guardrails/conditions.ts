import { OPERATORS, type Operator } from './operators.ts';
import type { PolicyStatement } from './policy-document.ts';
import { allOf, anyOf, not, type Tri, tri } from './tri.ts';

/** What is known of a request, by lower-case condition key. */
export type RequestContext = {
  values: ReadonlyMap<string, readonly string[]>;
  /** `absent`: a key that is not given is not in the request. `unknown`: it may be there (CloudTrail records). */
  missingKeys: 'absent' | 'unknown';
};

type Condition = PolicyStatement['conditions'][number];
type Note = (why: string) => void;

/**
 * AWS puts these into every request of an organization's account. When the question leaves one out we do not know it;
 * taking it for absent would answer a Region or organization condition by accident.
 */
const ALWAYS_PRESENT = new Set([
  'aws:requestedregion',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:currenttime',
  'aws:epochtime',
  'aws:securetransport',
]);

const SHAPE = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/i;

/** One condition: one operator over one key. `note` is told why an answer is `maybe`. */
export function conditionHolds(
  condition: Condition,
  context: RequestContext,
  variables: boolean,
  note: Note,
): Tri {
  const [, set, name = '', ifExists] = SHAPE.exec(condition.operator) ?? [];
  const values = context.values.get(condition.key.toLowerCase());
  if (/^null$/i.test(name) && !set && !ifExists) return nullHolds(condition, context, values, note);
  const operator = OPERATORS.get(name.toLowerCase());
  if (operator === undefined) {
    note(`operator ${condition.operator} is not known`);
    return 'maybe';
  }
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
  return operator.negated ? not(matched) : matched;
}

/** The one value of a key; a key with several cannot stand in a policy variable. */
function single(context: RequestContext, key: string): string | undefined {
  const values = context.values.get(key.toLowerCase());
  return values?.length === 1 ? values[0] : undefined;
}

/** The rules of IAM for a key that the request does not have: only negated operators hold, and ForAllValues. */
function missingHolds(
  key: string,
  how: { set: string | undefined; ifExists: boolean; operator: Operator },
  context: RequestContext,
  note: Note,
): Tri {
  if (context.missingKeys === 'unknown' || ALWAYS_PRESENT.has(key.toLowerCase())) {
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
  const known = values !== undefined || ALWAYS_PRESENT.has(condition.key.toLowerCase());
  if (!known && context.missingKeys === 'unknown') {
    note(`${condition.key} is not given`);
    return 'maybe';
  }
  const absent = values === undefined ? !known : values.length === 0;
  return anyOf(condition.values, (expected) => {
    if (/^(true|false)$/i.test(expected)) return tri(/^true$/i.test(expected) === absent);
    note(`Null takes true or false, not ${expected}`);
    return 'maybe';
  });
}
