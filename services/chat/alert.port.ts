/** Where new violations are told. */
export interface AlertChannel {
  /** Puts what waits to be told into messages, one for each team and place within an hour. */
  gather(now: Date): Promise<void>;
  /** Posts such a message, or brings it up to date. */
  show(digestId: string, now: Date): Promise<void>;
}
