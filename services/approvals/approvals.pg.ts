import { eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { accountRequests, cancellations, requestViews, verdicts } from '../../db/schema/index.ts';
import { maySeeRequest, type Principal } from '../access/principal.ts';
import type { Clock } from '../kernel/context.ts';
import { notFound, Problem } from '../kernel/errors.ts';
import type { Secrets } from '../kernel/secrets.node.ts';
import { rememberPerson, standingOf } from '../people/people.pg.ts';
import { sharePerson } from '../people/person.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import { type ApprovalCase, lockRequest, openCase } from './approval-case.pg.ts';
import { attempting } from './attempts.pg.ts';
import { type Claim, claimAt, claimOf, ownClaim, plannedFor, type Rules } from './claims.ts';
import type { Decision } from './decision.ts';
import { absentFor, barOf } from './eligible.ts';
import { type Recorded, record } from './record.pg.ts';
import type { DecisionSigner } from './signer.port.ts';
import { approvalsIn, openStage, sameVoice } from './stages.ts';
import { progressOf } from './verdict.ts';

export { lockRequest } from './approval-case.pg.ts';

export type ApprovalDeps = {
  orm: Orm;
  clock: Clock;
  secrets: Secrets;
  settings: SettingsStore;
  signer: DecisionSigner;
  /** How long what a token said is believed of somebody who decides in a chat; 30 where nothing is said. */
  standingDays?: number;
};

export type DecideCommand = {
  requestId: string;
  decision: 'approve' | 'deny';
  planDigest: string;
  comment?: string | undefined;
  /** A policy decides by another door. */
  via: Exclude<Decision['via'], 'policy'>;
};

/**
 * Records what a person decides. A denial ends the matter at once; approvals count until every stage has its quorum of
 * different people. One outcome wins; everybody later is told who decided and when.
 * @throws Problem not-found, forbidden (not an approver of this stage, or one's own request), conflict (decided or ended
 * already, or not one's turn), invalid (another plan), unavailable (the key does not answer)
 */
export async function decide(deps: ApprovalDeps, who: Principal, command: DecideCommand): Promise<Recorded> {
  const { requestId, planDigest, decision, via } = command;
  const attempt = { act: 'decide', who: who.subject, via, requestId, planDigest, decision } as const;
  return attempting(deps, attempt, async (tx) => {
    const now = deps.clock.now();
    const request = await lockRequest(tx, requestId);
    if (!request) throw notFound('account request');
    const matter = await openCase(tx, deps, request);
    const claims = await claimsOf(tx, matter, who, now);
    refuseStranger(who, matter, claims);
    if (planDigest !== request.planDigest) throw otherPlan(request.planDigest);
    await refuseIfSettled(tx, matter, who);
    const { stage, claim } = turnOf(matter, claims);
    const made: Decision = {
      requestId,
      decision,
      decidedBy: who.subject,
      decidedAt: now.toISOString(),
      via,
      planDigest,
      comment: command.comment ?? null,
      stage,
      onBehalfOf: claim.onBehalfOf,
    };
    if (decision === 'approve') refuseSecondVoice(matter, made);
    await rememberLocal(tx, who, via, now);
    return record(tx, deps, matter, made);
  });
}

/**
 * Whether they still may is asked of the directory before the point of no return. It knows everybody for whom an identity
 * provider vouches; with a local token people vouch for themselves. In chat they never do.
 */
async function rememberLocal(tx: Orm, who: Principal, via: DecideCommand['via'], now: Date): Promise<void> {
  const vouched = 'vouchedAt' in who && who.vouchedAt !== undefined;
  if (!vouched && (via === 'api' || via === 'dashboard' || via === 'chat'))
    await rememberPerson(tx, who, now);
}

/**
 * The same person as somebody of the request's team where the request asks them for their approval: approvers may read
 * what they are to sign, whichever team it belongs to. Only for reading this very request.
 */
export async function readerOf(deps: ApprovalDeps, who: Principal, requestId: string): Promise<Principal> {
  if (!who.roles.includes('approver')) return who;
  const [request] = await deps.orm.select().from(accountRequests).where(eq(accountRequests.id, requestId));
  if (!request || maySeeRequest(who, request)) return who;
  const matter = await openCase(deps.orm, deps, request);
  const claims = await claimsOf(deps.orm, matter, who, deps.clock.now());
  return namedIn(matter, claims).length > 0 ? { ...who, teams: [...who.teams, request.team] } : who;
}

const namedIn = (matter: ApprovalCase, claims: readonly Claim[]): Claim[] => {
  const rules = rulesOf(matter);
  return claims.filter((claim) => matter.planned.stages.some((_, stage) => plannedFor(rules, claim, stage)));
};

const rulesOf = (matter: ApprovalCase): Rules => ({
  planned: matter.planned,
  policy: matter.policy,
  team: matter.request.team,
  directory: matter.settings,
  escalated: matter.escalatedAt !== null,
});

/** One's own standing, and that of every absent approver whose place one takes now. None for who may not decide. */
async function claimsOf(tx: Orm, matter: ApprovalCase, who: Principal, now: Date): Promise<Claim[]> {
  const { request, settings } = matter;
  if (barOf(settings, who, request.requestedBy)) return [];
  const claims = [ownClaim(who)];
  for (const subject of absentFor(settings.delegations, settings, who.subject, now.getTime())) {
    const absent = await standingOf(tx, subject);
    if (absent && !barOf(settings, absent, request.requestedBy)) claims.push(claimOf(absent));
  }
  return claims;
}

/** Absent and foreign look the same to who is neither of the team nor asked. */
function refuseStranger(who: Principal, matter: ApprovalCase, claims: readonly Claim[]): void {
  const { request, planned, settings } = matter;
  const rules = rulesOf(matter);
  const named = namedIn(matter, claims);
  if (named.length === 0 && !maySeeRequest(who, request)) throw notFound('account request');
  const bar = barOf(settings, who, request.requestedBy);
  if (bar) throw bar;
  if (planned.stages.some((_, stage) => claimAt(rules, claims, stage) !== undefined)) return;
  const words =
    named.length > 0
      ? 'The approval policy has changed since this was planned: you are not among its approvers any more.'
      : `It is for others to decide: ${planned.approvers.join('; ')}.`;
  throw new Problem('forbidden', 'not-an-approver', words);
}

const otherPlan = (digest: string) =>
  new Problem('invalid', 'plan-differs', 'The digest is not that of the plan of this request.', {
    errors: [{ pointer: '/planDigest', message: `is not the digest of this request's plan (${digest})` }],
  });

const alreadyDecided = (decidedBy: string, decidedAt: string, words: string) =>
  new Problem('conflict', 'already-decided', `${words} at ${decidedAt}.`, { decidedBy, decidedAt });

/** @throws Problem conflict with who and when */
async function refuseIfSettled(tx: Orm, { request, decided, settings }: ApprovalCase, who: Principal) {
  const own = decided.find((d) => d.via !== 'policy' && sharePerson(settings, d.decidedBy, who.subject));
  if (own) throw alreadyDecided(own.decidedBy, own.decidedAt, `You already chose to ${own.decision} it`);
  const [verdict] = await tx.select().from(verdicts).where(eq(verdicts.requestId, request.id));
  if (verdict) {
    const chose = verdict.outcome === 'approved' ? 'approve' : 'deny';
    const words = `${verdict.decidedBy} already chose to ${chose} it`;
    throw alreadyDecided(verdict.decidedBy, verdict.decidedAt.toISOString(), words);
  }
  const [cancelled] = await tx.select().from(cancellations).where(eq(cancellations.requestId, request.id));
  if (cancelled) {
    throw new Problem(
      'conflict',
      'cancelled',
      `${cancelled.cancelledBy} cancelled this request; nothing is left to decide.`,
    );
  }
  const [view] = await tx.select().from(requestViews).where(eq(requestViews.requestId, request.id));
  if (view?.terminal) throw new Problem('conflict', 'ended', `The request has ended: ${view.status}.`);
}

/** @throws Problem conflict when it is the turn of others */
function turnOf(matter: ApprovalCase, claims: readonly Claim[]): { stage: number; claim: Claim } {
  const { planned, settings } = matter;
  const rules = rulesOf(matter);
  const stage = openStage(planned.stages, approvalsIn(matter.decided), settings);
  const claim = claimAt(rules, claims, stage);
  if (claim) return { stage, claim };
  const { name } = planned.stages[stage] ?? { name: 'none' };
  const later = planned.stages.findIndex((_, i) => i > stage && claimAt(rules, claims, i) !== undefined);
  if (later !== -1) {
    const yours = planned.stages[later]?.name ?? '';
    const words = `The stage ${name} comes first; you are asked at ${yours}, once it is approved there.`;
    throw new Problem('conflict', 'stage-not-open', words);
  }
  const last = progressOf(planned, matter.decided, settings)
    .filter((_, i) => i < stage && claimAt(rules, claims, i) !== undefined)
    .flatMap(({ by }) => by)
    .at(-1);
  if (!last) throw new Problem('conflict', 'stage-not-open', `The stage ${name} is for others to decide.`);
  throw alreadyDecided(last.decidedBy, last.decidedAt, `${last.decidedBy} already chose to approve it`);
}

/** A delegate and the absent approver are one voice. */
function refuseSecondVoice({ decided, settings }: ApprovalCase, made: Decision): void {
  const other = approvalsIn(decided).find((given) => sameVoice(given, made, settings));
  if (!other) return;
  const whose = other.onBehalfOf === null ? '' : ` for ${other.onBehalfOf}`;
  throw alreadyDecided(
    other.decidedBy,
    other.decidedAt,
    `You and ${other.decidedBy} count once: ${other.decidedBy} already chose to approve it${whose}`,
  );
}
