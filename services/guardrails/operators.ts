import ipaddr from 'ipaddr.js';
import { type CompiledGlob, compileGlob, globMatches, splitArn, type VariableResolver } from './glob.ts';
import { allOf, type Tri, tri } from './tri.ts';

/** Compares one value of the request with one value of the policy. `note` says why an answer is `maybe`. */
export type Compare = (
  actual: string,
  expected: string,
  resolve: VariableResolver | undefined,
  note: (why: string) => void,
) => Tri;

export type Operator = { compare: Compare; negated: boolean };

const text =
  (wildcards: boolean, fold: (value: string) => string = (value) => value): Compare =>
  (actual, expected, resolve, note) =>
    withGlob(compileGlob(fold(expected), { wildcards, resolve: folded(resolve, fold) }), note, (glob) =>
      tri(globMatches(glob, fold(actual))),
    );

function folded(
  resolve: VariableResolver | undefined,
  fold: (value: string) => string,
): VariableResolver | undefined {
  if (resolve === undefined) return undefined;
  return (name) => {
    const resolved = resolve(name);
    return typeof resolved === 'string' ? resolved : { value: fold(resolved.value) };
  };
}

function withGlob(
  compiled: CompiledGlob,
  note: (why: string) => void,
  test: (glob: readonly number[]) => Tri,
): Tri {
  if ('glob' in compiled) return test(compiled.glob);
  note(`policy variable ${compiled.unresolved} has no value in the request`);
  return 'maybe';
}

/** ArnEquals and ArnLike are the same at AWS: each of the six parts is matched by itself. */
const arn: Compare = (actual, expected, resolve, note) =>
  withGlob(compileGlob(expected, { wildcards: true, resolve }), note, (glob) => {
    if (expected === '*') return 'yes';
    const patterns = splitArn(glob);
    const parts = splitArn(plain(actual)).map((part) => String.fromCharCode(...part));
    if (patterns.length !== 6) {
      note(`${expected} is not the pattern of an ARN`);
      return 'maybe';
    }
    if (parts.length !== 6) return 'no';
    return allOf(patterns.entries(), ([i, pattern]) => tri(globMatches(pattern, parts[i] ?? '')));
  });

function plain(value: string): readonly number[] {
  const compiled = compileGlob(value, { wildcards: false });
  return 'glob' in compiled ? compiled.glob : [];
}

const ordered =
  (
    kind: string,
    read: (value: string) => number | undefined,
    test: (a: number, b: number) => boolean,
  ): Compare =>
  (actual, expected, _resolve, note) => {
    const [left, right] = [read(actual), read(expected)];
    if (left !== undefined && right !== undefined) return tri(test(left, right));
    note(`${left === undefined ? actual : expected} is not a ${kind}`);
    return 'maybe';
  };

function readNumber(value: string): number | undefined {
  return /^[+-]?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** ISO 8601 (UTC where no zone is given) or seconds since 1970, as milliseconds. */
function readDate(value: string): number | undefined {
  const seconds = readNumber(value);
  if (seconds !== undefined) return seconds * 1000;
  const found = DATE.exec(value);
  if (!found) return undefined;
  const ms = Date.parse(found[1] !== undefined && found[4] === undefined ? `${value}Z` : value);
  // A day that the month does not have would roll over into the next.
  const day = new Date(`${value.slice(0, 10)}T00:00:00Z`).getUTCDate();
  return Number.isNaN(ms) || day !== Number(value.slice(8, 10)) ? undefined : ms;
}

const bool: Compare = (actual, expected, _resolve, note) => {
  const [left, right] = [actual.toLowerCase(), expected.toLowerCase()];
  const odd = [left, right].find((value) => value !== 'true' && value !== 'false');
  if (odd === undefined) return tri(left === right);
  note(`${odd} is not true or false`);
  return 'maybe';
};

/** IPv4 in four decimal parts only: readers of `010.0.0.1` or `0x7f.1` differ. */
const isAddress = (text: string): boolean =>
  text.includes(':') ? ipaddr.IPv6.isValid(text) : ipaddr.IPv4.isValidFourPartDecimal(text);

const ip: Compare = (actual, expected, _resolve, note) => {
  const range = expected.includes('/') ? expected : `${expected}/${expected.includes(':') ? 128 : 32}`;
  const start = range.slice(0, range.indexOf('/'));
  if (!isAddress(start) || !ipaddr.isValidCIDR(range) || !isAddress(actual)) {
    note(`${actual} or ${expected} is not an IP address or range`);
    return 'maybe';
  }
  const address = ipaddr.parse(actual);
  const [network, bits] = ipaddr.parseCIDR(range);
  return tri(address.kind() === network.kind() && address.match(network, bits));
};

const number = (test: (a: number, b: number) => boolean): Compare => ordered('number', readNumber, test);
const date = (test: (a: number, b: number) => boolean): Compare => ordered('date', readDate, test);
const same = (a: number, b: number): boolean => a === b;
const less = (a: number, b: number): boolean => a < b;
const atMost = (a: number, b: number): boolean => a <= b;
const greater = (a: number, b: number): boolean => a > b;
const atLeast = (a: number, b: number): boolean => a >= b;
const lower = (value: string): string => value.toLowerCase();

const is = (compare: Compare): Operator => ({ compare, negated: false });
const isNot = (compare: Compare): Operator => ({ compare, negated: true });

/** Every operator of the IAM reference but Null, which looks at no value. Keys are lower case. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['stringequals', is(text(false))],
  ['stringnotequals', isNot(text(false))],
  ['stringequalsignorecase', is(text(false, lower))],
  ['stringnotequalsignorecase', isNot(text(false, lower))],
  ['stringlike', is(text(true))],
  ['stringnotlike', isNot(text(true))],
  ['arnequals', is(arn)],
  ['arnlike', is(arn)],
  ['arnnotequals', isNot(arn)],
  ['arnnotlike', isNot(arn)],
  ['bool', is(bool)],
  ['binaryequals', is(text(false))],
  ['ipaddress', is(ip)],
  ['notipaddress', isNot(ip)],
  ['numericequals', is(number(same))],
  ['numericnotequals', isNot(number(same))],
  ['numericlessthan', is(number(less))],
  ['numericlessthanequals', is(number(atMost))],
  ['numericgreaterthan', is(number(greater))],
  ['numericgreaterthanequals', is(number(atLeast))],
  ['dateequals', is(date(same))],
  ['datenotequals', isNot(date(same))],
  ['datelessthan', is(date(less))],
  ['datelessthanequals', is(date(atMost))],
  ['dategreaterthan', is(date(greater))],
  ['dategreaterthanequals', is(date(atLeast))],
]);
