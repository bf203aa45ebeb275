import { conditionHolds, type RequestContext } from './conditions.ts';
import { compileGlob, type Glob, globCovers, globMatches, globsOverlap, splitArn } from './glob.ts';
import {
  type PolicyDocument,
  PolicyDocumentError,
  type PolicyStatement,
  parsePolicy,
} from './policy-document.ts';
import { type Principal, principalOf } from './principal.ts';
import { allOf, anyOf, not, type Tri } from './tri.ts';

/** One call to AWS. `context` holds further condition keys, in any case; several values as a list. */
export type PolicyRequest = {
  action: string;
  resource: string;
  principalArn: string;
  /** The account of the principal, whose chain of policies is asked. */
  accountId: string;
  region?: string | undefined;
  context?: Record<string, string | string[]> | undefined;
};

/** The service control policies attached at one place: the root, an OU, or the account. */
export type ChainLevel = { targetId: string; policies: { id: string; name: string; content: string }[] };

export type DecidedBy = { policyName: string; sid: string; targetId: string };

export type PolicyDecision = {
  decision: 'allowed' | 'denied' | 'unknown';
  /** Every statement that denies; for `unknown`, every one that may. Empty when the denial is a missing Allow. */
  by: DecidedBy[];
  why?: string;
};

/** What AWS attaches everywhere when service control policies are switched on. Everybody's has this id and content. */
export const FULL_AWS_ACCESS_ID = 'p-FullAWSAccess';
export const FULL_AWS_ACCESS =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';

export type EvaluationOptions = { missingKeys?: RequestContext['missingKeys'] };

type Compiled = {
  name: string;
  document: PolicyDocument | { error: string };
};
type Level = { targetId: string; policies: Compiled[] };

/**
 * Decides as AWS does for service control policies: any matching Deny denies, and every level needs an Allow.
 * `unknown` whenever something that is not given, or not understood, could change the answer.
 *
 * @example evaluatePolicies(chain, { action: 's3:PutObject', resource: 'arn:aws:s3:::a/b', principalArn, accountId })
 */
export function evaluatePolicies(
  chain: ChainLevel[],
  request: PolicyRequest,
  options: EvaluationOptions = {},
): PolicyDecision {
  return compileChain(chain)(request, options);
}

/** Parses a chain once, to decide many requests. A policy that cannot be read never lets anything be `allowed`. */
export function compileChain(
  chain: ChainLevel[],
): (request: PolicyRequest, options?: EvaluationOptions) => PolicyDecision {
  const levels = chain.map((level) => ({
    targetId: level.targetId,
    policies: level.policies.map(({ name, content }) => ({ name, document: readPolicy(content) })),
  }));
  return (request, options = {}) => decide(levels, request, options.missingKeys ?? 'absent');
}

function readPolicy(content: string): Compiled['document'] {
  try {
    return parsePolicy(content);
  } catch (error) {
    if (error instanceof PolicyDocumentError) return { error: error.message };
    throw error;
  }
}

function decide(
  levels: Level[],
  request: PolicyRequest,
  missingKeys: RequestContext['missingKeys'],
): PolicyDecision {
  const principal = principalOf(request.principalArn);
  if (principal.serviceLinkedRole === 'yes') return { decision: 'allowed', by: [], why: 'scp-not-applied' };
  const question = { request, context: contextOf(request, principal, missingKeys) };
  const decision = decideBound(levels, question);
  if (decision.decision !== 'allowed' && principal.serviceLinkedRole === 'maybe') {
    const why = 'the session may be of a service-linked role, which no service control policy binds';
    return { ...decision, decision: 'unknown', why };
  }
  return decision;
}

type Question = { request: PolicyRequest; context: RequestContext };

function decideBound(levels: Level[], question: Question): PolicyDecision {
  const notes = new Set<string>();
  const denials = levels.flatMap((level) => denialsAt(level, question, notes));
  const sure = denials.filter(({ holds }) => holds === 'yes');
  if (sure.length > 0) return { decision: 'denied', by: sure.map(({ by }) => by) };
  let unsure = denials.length > 0;
  for (const level of levels) {
    const reasons = new Set<string>();
    const allowed = allowAt(level, question, reasons);
    if (allowed === 'yes') continue;
    if (allowed === 'no') {
      return { decision: 'denied', by: [], why: `no policy attached to ${level.targetId} allows the action` };
    }
    unsure = true;
    for (const why of reasons) notes.add(why);
  }
  if (!unsure) return { decision: 'allowed', by: [] };
  return { decision: 'unknown', by: denials.map(({ by }) => by), why: [...notes].join('; ') };
}

function denialsAt(level: Level, question: Question, notes: Set<string>): { by: DecidedBy; holds: Tri }[] {
  return level.policies.flatMap(({ name, document }) => {
    if ('error' in document) {
      notes.add(`policy ${name} cannot be read: ${document.error}`);
      return [{ by: { policyName: name, sid: '', targetId: level.targetId }, holds: 'maybe' as const }];
    }
    return document.statements
      .filter(({ effect }) => effect === 'Deny')
      .map((statement) => ({
        by: { policyName: name, sid: statement.sid, targetId: level.targetId },
        holds: statementHolds(statement, document.variables, question, notes),
      }))
      .filter(({ holds }) => holds !== 'no');
  });
}

function allowAt(level: Level, question: Question, notes: Set<string>): Tri {
  return anyOf(level.policies, ({ document }) => {
    // Already noted among the denials.
    if ('error' in document) return 'maybe';
    return anyOf(document.statements, (statement) =>
      statement.effect === 'Allow' ? statementHolds(statement, document.variables, question, notes) : 'no',
    );
  });
}

/** Notes are kept only when the whole statement stays `maybe`: a reason that changes nothing is noise. */
function statementHolds(
  statement: PolicyStatement,
  variables: boolean,
  { request, context }: Question,
  notes: Set<string>,
): Tri {
  const reasons = new Set<string>();
  const note = (why: string): void => void reasons.add(why);
  const parts: (() => Tri)[] = [
    () => elementHolds(statement.actions, request.action.toLowerCase(), lowered, undefined, note),
    () => elementHolds(statement.resources, request.resource, same, variables ? context : undefined, note),
    ...statement.conditions.map((condition) => () => conditionHolds(condition, context, variables, note)),
  ];
  const holds = allOf(parts, (part) => part());
  if (holds === 'maybe') for (const why of reasons) notes.add(why);
  return holds;
}

const lowered = (text: string): string => text.toLowerCase();
const same = (text: string): string => text;

function elementHolds(
  element: PolicyStatement['actions'],
  asked: string,
  fold: (text: string) => string,
  context: RequestContext | undefined,
  note: (why: string) => void,
): Tri {
  const matched = anyOf(element.patterns, (pattern) => patternHolds(fold(pattern), asked, context, note));
  return element.negated ? not(matched) : matched;
}

/** A question with wildcards of its own (`s3:*`) holds only when every answer to it would be the same. */
function patternHolds(
  pattern: string,
  asked: string,
  context: RequestContext | undefined,
  note: (why: string) => void,
): Tri {
  const resolve = context && ((name: string) => context.values.get(name.toLowerCase())?.[0]);
  const compiled = compileGlob(pattern, { wildcards: true, resolve });
  if ('unresolved' in compiled) {
    note(`policy variable ${compiled.unresolved} has no value in the request`);
    return 'maybe';
  }
  if (!/[*?]/.test(asked)) return globMatches(compiled.glob, asked) ? 'yes' : 'no';
  const question = compileGlob(asked, { wildcards: true });
  if (!('glob' in question) || globCovers(compiled.glob, question.glob)) return 'yes';
  if (!couldBeSame(compiled.glob, question.glob)) return 'no';
  note(`${asked} is only partly ${pattern}`);
  return 'maybe';
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** An account id holds no colon: two ARNs overlap only part by part. Other shapes are compared as one text. */
function couldBeSame(pattern: Glob, question: Glob): boolean {
  const [left, right] = [splitArn(pattern), splitArn(question)];
  const account = left[4];
  const plainAccount = account !== undefined && (account.length <= 1 || account.every(isDigit));
  if (left.length !== 6 || right.length !== 6 || !plainAccount) return globsOverlap(pattern, question);
  return left.every((part, i) => globsOverlap(part, right[i] ?? []));
}

function contextOf(
  request: PolicyRequest,
  principal: Principal,
  missingKeys: RequestContext['missingKeys'],
): RequestContext {
  const values = new Map<string, readonly string[]>();
  const put = (key: string, value: string | undefined): void => {
    if (value !== undefined) values.set(key, [value]);
  };
  put('aws:principalisawsservice', 'false');
  for (const [key, given] of Object.entries(request.context ?? {})) {
    values.set(key.toLowerCase(), typeof given === 'string' ? [given] : given);
  }
  put('aws:principalarn', principal.arn);
  put('aws:principalaccount', principal.accountId ?? request.accountId);
  put('aws:principaltype', principal.type);
  put('aws:username', principal.userName);
  put('aws:assumedroot', principal.assumedRoot ? 'true' : undefined);
  put('aws:requestedregion', request.region);
  return { values, missingKeys };
}
