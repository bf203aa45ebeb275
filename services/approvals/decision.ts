import { canonicalJson } from '../kernel/canonical-json.ts';

/** A recorded answer of a person. The signature covers exactly these members. */
export type Decision = {
  requestId: string;
  decision: 'approve' | 'deny';
  decidedBy: string;
  /** RFC 3339 UTC */
  decidedAt: string;
  via: 'api' | 'dashboard' | 'chat' | 'slack' | 'teams' | 'webhook' | 'policy';
  planDigest: string;
  comment: string | null;
};

/** What the approvals key signs, so that write access to the database alone forges nothing. */
export const decisionText = (d: Decision): string =>
  canonicalJson({
    requestId: d.requestId,
    decision: d.decision,
    decidedBy: d.decidedBy,
    decidedAt: d.decidedAt,
    via: d.via,
    planDigest: d.planDigest,
    comment: d.comment,
  });

export type Confirmation =
  | { outcome: 'confirmed' }
  | { outcome: 'cancelled' }
  | { outcome: 'refused'; code: string; detail: string };

/**
 * The last look before the point of no return: is there a yes of another person, signed, for exactly this plan?
 * Anything else refuses.
 */
export function confirmApproval(input: {
  decision: Decision | undefined;
  signatureValid: boolean;
  cancelled: boolean;
  /** It has not ended: a vend still holds its e-mail address. */
  open: boolean;
  requestedBy: string;
  planDigest: string;
  askedDigest: string;
  /** Why the plan no longer fits what it was made from; undefined while it does. */
  outdated?: string | undefined;
  samePerson: (a: string, b: string) => boolean;
}): Confirmation {
  const { decision } = input;
  const refused = (code: string, detail: string): Confirmation => ({ outcome: 'refused', code, detail });
  if (input.cancelled) return { outcome: 'cancelled' };
  if (!decision) return refused('no-approval', 'No approval is recorded for this request.');
  if (!input.signatureValid)
    return refused('approval-forged', 'The recorded approval does not carry our signature.');
  if (decision.decision !== 'approve')
    return refused('not-approved', 'The recorded decision is not an approval.');
  if (decision.planDigest !== input.planDigest || decision.planDigest !== input.askedDigest) {
    return refused('plan-differs', 'The approval was given for another plan.');
  }
  if (!input.open) return refused('ended', 'The request has ended and holds nothing any longer.');
  if (input.outdated !== undefined) return refused('plan-outdated', input.outdated);
  if (input.samePerson(decision.decidedBy, input.requestedBy)) {
    return refused('self-approval', 'The person who asked may not approve.');
  }
  return { outcome: 'confirmed' };
}
