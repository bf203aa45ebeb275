import type { Secrets } from '../kernel/secrets.node.ts';
import type { DecisionSigner } from './signer.port.ts';

const KEY_ID = 'local';
const PURPOSE = 'approval-decision';

/** A key of this installation, derived from its root secret. In front of a real AWS the key is KMS's. */
export const localSigner = (secrets: Secrets): DecisionSigner => ({
  sign: async (text) => ({ keyId: KEY_ID, signature: secrets.sign(PURPOSE, text) }),
  verify: async (text, keyId, signature) => keyId === KEY_ID && secrets.verify(PURPOSE, text, signature),
});

/** The first signs; each checks what carries its own keys, so that decisions outlive a change of the key. */
export const firstSigns = (first: DecisionSigner, ...before: readonly DecisionSigner[]): DecisionSigner => ({
  sign: first.sign,
  async verify(text, keyId, signature) {
    for (const signer of [first, ...before]) if (await signer.verify(text, keyId, signature)) return true;
    return false;
  },
});
