/** What the relay delivers to AWS. Every act is safe to repeat. */
export interface Courier {
  /**
   * Starts a workflow; an execution of this name with this input counts as started.
   * @param traceHeader of X-Ray, for whoever follows it there
   */
  startWorkflow(machine: string, name: string, input: string, traceHeader?: string): Promise<void>;
  startReconcile(snapshotId: string, input: string): Promise<void>;
  /** Answers an ask. `closed`: nobody waits for this token any more, so there is nothing left to deliver. */
  answer(token: string, output: string): Promise<'delivered' | 'closed'>;
  /** Starts a broken execution again at the state that failed. */
  redrive(executionArn: string): Promise<void>;
  /** @returns the indexes of the events that the bus did not take, with its reason */
  publish(events: readonly OutboundEvent[]): Promise<{ index: number; reason: string }[]>;
}

export type OutboundEvent = { detailType: string; detail: string; time: Date };

/** The same execution name was used for another input: a person has to look. */
export class ExecutionDiffers extends Error {
  override readonly name = 'ExecutionDiffers';
}
