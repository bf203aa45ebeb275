/** The other side has said when it may be asked again. */
export class RetryAfter extends Error {
  override readonly name = 'RetryAfter';
  constructor(
    message: string,
    readonly afterMs: number,
  ) {
    super(message);
  }
}
