/** Time and ids as arguments, so that tests and the simulator decide them. */
export interface Clock {
  now(): Date;
}

export interface Ids {
  /** `req-` and a time-ordered UUID; safe as provision token, product name and execution name. */
  requestId(): string;
  /** A time-ordered UUID. */
  uuid(): string;
}
