/**
 * What an approver is shown, whatever the chat: every text in it is already plain (`plain`), so that a renderer only has to
 * escape what its own format needs.
 */
export type ApprovalMessage = {
  /** Empty for a message that stands for many. */
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
  /** What the confirmation of a yes names: the account and what it costs. */
  summary: string;
  /** "1 of 2 approvals (ben@example.com)"; null where one yes is enough and none is given. */
  progress: string | null;
  /** Says who, what and when, and takes the buttons' place; null while a decision is open. */
  settled: string | null;
  /** It tells, and asks for nothing. */
  notice?: true;
};

/** What the builders of the kinds make; the rest is the same for all. */
export type Asked = Pick<ApprovalMessage, 'title' | 'why' | 'fields' | 'sections' | 'unusual' | 'summary'>;

/** The message as lines of text: one for each title, field, note and line of a section, whatever people have written. */
export function messageText(message: ApprovalMessage): string {
  const settled = message.settled === null ? [] : [message.settled];
  const title = `${message.title}.`;
  return [
    ...(message.notice ? [title, ...settled] : [...settled, title]),
    ...(message.progress === null ? [] : [`So far: ${message.progress}`]),
    ...(message.why === null ? [] : [`Why: ${message.why}`]),
    ...message.unusual.map((line) => `Note: ${line}`),
    ...message.fields.map(({ label, value }) => `${label}: ${value}`),
    ...message.sections.flatMap(({ title, lines }) => lines.map((line) => `${title}: ${line}`)),
    ...(message.requestId === '' ? [] : [`Request ${message.requestId}`]),
  ].join('\n');
}
