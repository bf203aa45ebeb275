/** One pattern as code units; the two wildcards are negative. Values put in for variables can never be wildcards. */
export type Glob = readonly number[];

const STAR = -1;
const ONE = -2;

/** `absent`: the request has no such key, so that a default is taken. `unknown`: it may have one. */
export type Resolved = { value: string } | 'absent' | 'unknown';

/** Gives the value of a policy variable. */
export type VariableResolver = (name: string) => Resolved;

export type CompiledGlob = { glob: Glob } | { unresolved: string };

const VARIABLE = /\$\{([^}]*)\}/g;
const WITH_DEFAULT = /^([^,]+?)\s*,\s*'([^']*)'$/;
const ESCAPES = new Set(['*', '?', '$']);

/**
 * Compiles a pattern of a policy. `wildcards: false` keeps `*` and `?` as plain characters (StringEquals).
 * Without a resolver `${…}` is plain text, as in policies of version 2008-10-17.
 */
export function compileGlob(
  text: string,
  options: { wildcards: boolean; resolve?: VariableResolver | undefined },
): CompiledGlob {
  const glob: number[] = [];
  const add = (part: string, wildcards: boolean): void => {
    for (let i = 0; i < part.length; i++) glob.push(unit(part, i, wildcards));
  };
  if (options.resolve === undefined) {
    add(text, options.wildcards);
    return { glob };
  }
  let from = 0;
  for (const found of text.matchAll(VARIABLE)) {
    add(text.slice(from, found.index), options.wildcards);
    const value = resolveVariable(found[1] ?? '', options.resolve);
    if (value === undefined) return { unresolved: found[0] };
    add(value, false);
    from = found.index + found[0].length;
  }
  add(text.slice(from), options.wildcards);
  return { glob };
}

function unit(text: string, at: number, wildcards: boolean): number {
  if (wildcards && text[at] === '*') return STAR;
  if (wildcards && text[at] === '?') return ONE;
  return text.charCodeAt(at);
}

/** Undefined when the request does not tell the value: what AWS does then is not documented for every element. */
function resolveVariable(inner: string, resolve: VariableResolver): string | undefined {
  if (ESCAPES.has(inner)) return inner;
  const withDefault = WITH_DEFAULT.exec(inner);
  const resolved = resolve((withDefault?.[1] ?? inner).trim());
  if (resolved === 'unknown') return undefined;
  return resolved === 'absent' ? withDefault?.[2] : resolved.value;
}

/** Linear-time match: no regular expression, so no pattern can make it slow. */
export function globMatches(glob: Glob, text: string): boolean {
  let g = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    const code = glob[g];
    if (code === STAR) {
      star = g++;
      mark = t;
    } else if (code === ONE || code === text.charCodeAt(t)) {
      g++;
      t++;
    } else if (star >= 0) {
      g = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (glob[g] === STAR) g++;
  return g === glob.length;
}

/** Is there a text that both patterns match? Needed when the question itself holds wildcards (`s3:*`). */
export function globsOverlap(left: Glob, right: Glob): boolean {
  let row = firstRow(right);
  for (const code of left) {
    const next: boolean[] = [code === STAR && row[0] === true];
    for (let j = 0; j < right.length; j++) next.push(reachable(code, right[j] ?? 0, row, next, j));
    row = next;
  }
  return row[right.length] === true;
}

function firstRow(right: Glob): boolean[] {
  const row = [true];
  for (const code of right) row.push(row[row.length - 1] === true && code === STAR);
  return row;
}

function reachable(left: number, right: number, above: boolean[], current: boolean[], j: number): boolean {
  if (left === STAR || right === STAR) return above[j + 1] === true || current[j] === true;
  return (left === ONE || right === ONE || left === right) && above[j] === true;
}

/** Does `outer` match everything that `inner` matches? May answer no wrongly, never yes wrongly. */
export function globCovers(outer: Glob, inner: Glob): boolean {
  let o = 0;
  let i = 0;
  let star = -1;
  let mark = 0;
  while (i < inner.length) {
    const code = outer[o];
    const wanted = inner[i];
    if (code === STAR) {
      star = o++;
      mark = i;
    } else if (code === wanted || (code === ONE && wanted !== STAR)) {
      o++;
      i++;
    } else if (star >= 0) {
      o = star + 1;
      i = ++mark;
    } else {
      return false;
    }
  }
  while (outer[o] === STAR) o++;
  return o === outer.length;
}

/** Cuts at plain `:`; the last part keeps its colons, as the resource part of an ARN does. */
export function splitArn(glob: Glob): Glob[] {
  const parts: number[][] = [[]];
  for (const code of glob) {
    if (code === 58 && parts.length < 6) parts.push([]);
    else parts[parts.length - 1]?.push(code);
  }
  return parts;
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** An account id holds no colon: two ARNs overlap only part by part. Other shapes are compared as one text. */
export function couldBeSame(pattern: Glob, question: Glob): boolean {
  const [left, right] = [splitArn(pattern), splitArn(question)];
  const account = left[4];
  const plainAccount = account !== undefined && (account.length <= 1 || account.every(isDigit));
  if (left.length !== 6 || right.length !== 6 || !plainAccount) return globsOverlap(pattern, question);
  return left.every((part, i) => globsOverlap(part, right[i] ?? []));
}
