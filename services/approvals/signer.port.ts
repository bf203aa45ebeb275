/** The approvals module's own key. Nothing else signs with it. */
export interface DecisionSigner {
  /** @returns the key's id and the signature, both to be kept with what was signed */
  sign(text: string): Promise<{ keyId: string; signature: string }>;
  /** False for another text, another key, or a signature that is none. @throws only when the key cannot be asked */
  verify(text: string, keyId: string, signature: string): Promise<boolean>;
}
