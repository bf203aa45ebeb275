/** Something has to be switched by a person first; the message says what and where. Nothing was applied. */
export class NotReady extends Error {
  override readonly name = 'NotReady';
}
