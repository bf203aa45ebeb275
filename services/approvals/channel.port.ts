/** Where approvers are asked. Showing the same request again edits the message in place. */
export interface ApprovalChannel {
  /** Posts the request's message, or brings it up to date: open, decided, cancelled, expired. */
  show(requestId: string, now: Date): Promise<void>;
}
