/** A plain reminder, or others are asked too from now on. */
export type ReminderAct = 'remind' | 'escalate';

/** Where approvers are asked. Showing the same request again edits the message in place. */
export interface ApprovalChannel {
  /** Posts the request's message, or brings it up to date: open, decided, cancelled, expired. */
  show(requestId: string, now: Date): Promise<void>;
  /** Says that a decision is still open. Nothing is said of a request that has been settled meanwhile. */
  remind(requestId: string, act: ReminderAct, now: Date): Promise<void>;
}
