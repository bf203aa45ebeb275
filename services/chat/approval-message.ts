/**
 * What an approver is shown, whatever the chat: every text in it is already plain (`plain`), so that a renderer only has to
 * escape what its own format needs.
 */
export type ApprovalMessage = {
  requestId: string;
  planDigest: string;
  /** "ana@example.com asks for the account payments-prod" */
  title: string;
  /** Why, in the requester's words. */
  why: string | null;
  /** Where, network, access, cost. */
  fields: readonly { label: string; value: string }[];
  /** Guardrails, what CloudFormation would change. */
  sections: readonly { title: string; lines: readonly string[] }[];
  /** What is unusual about it; the approver should read these first. */
  unusual: readonly string[];
  /** "1 of 2 approvals (ben@example.com)"; null where one yes is enough and none is given. */
  progress: string | null;
  /** Says who, what and when, and takes the buttons' place; null while a decision is open. */
  settled: string | null;
};
