/** The approvals module's own key. Nothing else signs with it. */
export interface DecisionSigner {
  /** @returns the key's id and the signature, both to be kept with what was signed. @throws KeyUnavailable */
  sign(text: string): Promise<{ keyId: string; signature: string }>;
  /** False for another text, another key, or a signature that is none. @throws KeyUnavailable, and nothing else */
  verify(text: string, keyId: string, signature: string): Promise<boolean>;
}

/** The key cannot be asked now: neither a yes nor a no. Whoever asked tries again later. */
export class KeyUnavailable extends Error {
  override readonly name = 'KeyUnavailable';
}
