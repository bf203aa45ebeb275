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
  /** Place of the plan's stage; null where it was decided before there were stages, and by a policy. */
  stage: number | null;
  /** The absent approver in whose place they decided. */
  onBehalfOf: string | null;
};

/**
 * What the approvals key signs, so that write access to the database alone forges nothing. A decision without a stage reads
 * as those did that were signed before there were any.
 */
export const decisionText = (d: Decision): string =>
  canonicalJson({
    requestId: d.requestId,
    decision: d.decision,
    decidedBy: d.decidedBy,
    decidedAt: d.decidedAt,
    via: d.via,
    planDigest: d.planDigest,
    comment: d.comment,
    ...(d.stage === null ? {} : { stage: d.stage, onBehalfOf: d.onBehalfOf }),
  });
