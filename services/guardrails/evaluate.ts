import { conditionHolds, type RequestContext } from './conditions.ts';
import { actionHolds, compileActions, compileResources, type Element, resourceHolds } from './elements.ts';
import { PolicyDocumentError, type PolicyStatement, parsePolicy } from './policy-document.ts';
import { principalOf } from './principal.ts';
import { contextOf, type PolicyRequest, resourceAccountOf } from './request-context.ts';
import { allOf, anyOf, type Tri, tri } from './tri.ts';

export type { PolicyRequest } from './request-context.ts';

export type AttachedPolicy = {
  id: string;
  name: string;
  content: string;
  /** A resource control policy binds the resources of the target, an SCP (where this is absent) its principals. */
  type?: 'RCP';
  /** The control that the policy stands for, where it stands for one alone. */
  control?: string;
  /** Why its denials are not sure: it may be attached with other parameters. */
  unsure?: string;
};

/** The policies attached at one place: the root, an OU, or the account. */
export type ChainLevel = { targetId: string; policies: AttachedPolicy[] };

export type DecidedBy = { policyName: string; sid: string; targetId: string; control?: string };

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

export type EvaluationOptions = {
  missingKeys?: RequestContext['missingKeys'];
  /** No service control policy binds its principals, and no resource control policy its resources. */
  managementAccountId?: string;
};

type Statement = Pick<PolicyStatement, 'sid' | 'effect' | 'conditions'> & {
  actions: Element;
  resources: Element;
};
type Compiled = AttachedPolicy & {
  document: { variables: boolean; statements: Statement[] } | { error: string };
};
type Level = { targetId: string; policies: Compiled[] };

/**
 * Decides as AWS does for organization policies: any matching Deny denies, and every level needs an Allow.
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
    policies: level.policies.map((policy) => ({ ...policy, document: readPolicy(policy.content) })),
  }));
  return (request, options = {}) => decide(levels, request, options);
}

function readPolicy(content: string): Compiled['document'] {
  try {
    const { variables, statements } = parsePolicy(content);
    return {
      variables,
      statements: statements.map((statement) => ({
        ...statement,
        actions: compileActions(statement.actions),
        resources: compileResources(statement.resources, variables),
      })),
    };
  } catch (error) {
    if (error instanceof PolicyDocumentError) return { error: error.message };
    throw error;
  }
}

/** What the request is asked against: `bound` says which kinds of policy bind it. */
type Question = { request: PolicyRequest; context: RequestContext; bound: { scp: boolean; rcp: Tri } };

function decide(levels: Level[], request: PolicyRequest, options: EvaluationOptions): PolicyDecision {
  const principal = principalOf(request.principalArn);
  if (principal.serviceLinkedRole === 'yes') return { decision: 'allowed', by: [], why: NOT_APPLIED };
  const context = contextOf(request, principal, options.missingKeys ?? 'absent');
  const management = options.managementAccountId;
  const ofManagement = management !== undefined && (principal.accountId ?? request.accountId) === management;
  const ofService = context.values.get('aws:principalisawsservice')?.[0]?.toLowerCase() === 'true';
  const bound = { scp: !ofManagement && !ofService, rcp: rcpBinds(request, management, ofManagement) };
  const decision = decideBound(levels, { request, context, bound });
  if (decision.decision !== 'allowed' && principal.serviceLinkedRole === 'maybe') {
    const why = 'the session may be of a service-linked role, which no service control policy binds';
    return { ...decision, decision: 'unknown', why };
  }
  return !bound.scp && decision.decision === 'allowed' ? { ...decision, why: NOT_APPLIED } : decision;
}

const NOT_APPLIED = 'scp-not-applied';

/** A resource whose account is not told is taken for one of the caller's account, unless that is the management account. */
function rcpBinds(request: PolicyRequest, management: string | undefined, ofManagement: boolean): Tri {
  const owner = resourceAccountOf(request);
  if (owner !== undefined) return tri(owner !== management);
  return ofManagement ? 'maybe' : 'yes';
}

function decideBound(levels: Level[], question: Question): PolicyDecision {
  const notes = new Set<string>();
  const denials = levels.flatMap((level) => denialsAt(level, question, notes));
  const sure = denials.filter(({ holds }) => holds === 'yes');
  if (sure.length > 0) return { decision: 'denied', by: sure.map(({ by }) => by) };
  let unsure = denials.length > 0;
  for (const level of question.bound.scp ? levels : []) {
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
  return level.policies.flatMap((policy) => {
    const binds = policy.type === 'RCP' ? question.bound.rcp : tri(question.bound.scp);
    if (binds === 'no') return [];
    const { name, document, control } = policy;
    const by = (sid: string): DecidedBy => ({
      policyName: name,
      sid,
      targetId: level.targetId,
      ...(control === undefined ? {} : { control }),
    });
    if ('error' in document) {
      notes.add(`policy ${name} cannot be read: ${document.error}`);
      return [{ by: by(''), holds: 'maybe' as const }];
    }
    return document.statements
      .filter(({ effect }) => effect === 'Deny')
      .map((statement) => ({
        by: by(statement.sid),
        holds: lessSure(statementHolds(statement, document.variables, question, notes), policy, binds, notes),
      }))
      .filter(({ holds }) => holds !== 'no');
  });
}

/** A sure denial is only possible where the policy may have other parameters, or may not bind the resource. */
function lessSure(holds: Tri, { unsure }: Compiled, binds: Tri, notes: Set<string>): Tri {
  if (holds !== 'yes') return holds;
  if (unsure !== undefined) notes.add(unsure);
  if (binds === 'maybe') notes.add('the account of the resource is not told');
  return unsure !== undefined || binds === 'maybe' ? 'maybe' : 'yes';
}

function allowAt(level: Level, question: Question, notes: Set<string>): Tri {
  const scps = level.policies.filter(({ type }) => type === undefined);
  return anyOf(scps, ({ document }) => {
    // Already noted among the denials.
    if ('error' in document) return 'maybe';
    return anyOf(document.statements, (statement) =>
      statement.effect === 'Allow' ? statementHolds(statement, document.variables, question, notes) : 'no',
    );
  });
}

/** Notes are kept only when the whole statement stays `maybe`: a reason that changes nothing is noise. */
function statementHolds(
  statement: Statement,
  variables: boolean,
  { request, context }: Question,
  notes: Set<string>,
): Tri {
  const reasons = new Set<string>();
  const note = (why: string): void => void reasons.add(why);
  const parts: (() => Tri)[] = [
    () => actionHolds(statement.actions, request.action.toLowerCase(), note),
    () => resourceHolds(statement.resources, request.resource, context, note),
    ...statement.conditions.map((condition) => () => conditionHolds(condition, context, variables, note)),
  ];
  const holds = allOf(parts, (part) => part());
  if (holds === 'maybe') for (const why of reasons) notes.add(why);
  return holds;
}
