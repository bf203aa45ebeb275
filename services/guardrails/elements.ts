import { type RequestContext, single } from './conditions.ts';
import { compileGlob, couldBeSame, type Glob, globCovers, globMatches, splitArn } from './glob.ts';
import type { PolicyStatement } from './policy-document.ts';
import { anyOf, not, type Tri, tri } from './tri.ts';

type Note = (why: string) => void;

/** An Action or Resource element, its patterns compiled as far as they can be without a request. */
export type Element = { negated: boolean; patterns: { text: string; glob: Glob | undefined }[] };

/** Actions have no case and no policy variables. */
export const compileActions = ({ negated, patterns }: PolicyStatement['actions']): Element => ({
  negated,
  patterns: patterns.map((text) => ({ text, glob: plainGlob(text.toLowerCase()) })),
});

/** Resources have both; those with variables are compiled for each request. */
export const compileResources = (
  { negated, patterns }: PolicyStatement['resources'],
  variables: boolean,
): Element => ({
  negated,
  patterns: patterns.map((text) => ({
    text,
    glob: variables && text.includes('${') ? undefined : plainGlob(text),
  })),
});

function plainGlob(text: string): Glob {
  const compiled = compileGlob(text, { wildcards: true });
  return 'glob' in compiled ? compiled.glob : [];
}

export const actionHolds = (element: Element, action: string, note: Note): Tri =>
  elementHolds(element, ({ text, glob }) => matches(glob ?? [], text, action, note));

export const resourceHolds = (element: Element, resource: string, context: RequestContext, note: Note): Tri =>
  elementHolds(element, ({ text, glob }) => {
    if (glob !== undefined) return matchesArn(glob, text, resource, note);
    const compiled = compileGlob(text, { wildcards: true, resolve: (name) => single(context, name) });
    if ('glob' in compiled) return matchesArn(compiled.glob, text, resource, note);
    note(`policy variable ${compiled.unresolved} has no value in the request`);
    return 'maybe';
  });

function elementHolds(element: Element, test: (pattern: Element['patterns'][number]) => Tri): Tri {
  const matched = anyOf(element.patterns, test);
  return element.negated ? not(matched) : matched;
}

/** A question with wildcards of its own (`s3:*`) holds only when every answer to it would be the same. */
function matches(glob: Glob, text: string, asked: string, note: Note): Tri {
  if (!/[*?]/.test(asked)) return tri(globMatches(glob, asked));
  const question = plainGlob(asked);
  if (globCovers(glob, question)) return 'yes';
  if (!couldBeSame(glob, question)) return 'no';
  note(`${asked} is only partly ${text}`);
  return 'maybe';
}

/**
 * The Resource element: a wildcard stays in its part of the ARN, but a `*` that ends a part may run past the colon
 * (IAM reference, "Using wildcards in resource ARNs"). What matches only by another crossing is not documented.
 */
function matchesArn(glob: Glob, text: string, asked: string, note: Note): Tri {
  const matched = matches(glob, text, asked, note);
  if (matched !== 'yes' || !hasInnerWildcard(glob) || partsMatch(glob, asked)) return matched;
  note(`${asked} is ${text} only if a wildcard crosses a colon`);
  return 'maybe';
}

/** `?`, or a `*` that ends no part, before the part of an ARN that may hold colons. */
function hasInnerWildcard(glob: Glob): boolean {
  const head = splitArn(glob).slice(0, 5);
  return head.some((part) => part.slice(0, -1).some((code) => code < 0) || (part.at(-1) ?? 0) < -1);
}

function partsMatch(glob: Glob, asked: string): boolean {
  const [patterns, parts] = [splitArn(glob), splitArn(plainGlob(asked))];
  return (
    patterns.length === parts.length && patterns.every((pattern, i) => globCovers(pattern, parts[i] ?? []))
  );
}
