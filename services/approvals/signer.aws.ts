import { createPublicKey, type KeyObject, verify as verifySignature } from 'node:crypto';
import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { sha256 } from '../kernel/canonical-json.ts';
import { type DecisionSigner, KeyUnavailable } from './signer.port.ts';

const ALGORITHM = 'ECDSA_SHA_256';
/** A key that was disabled is believed this much longer. */
const REMEMBERED_MS = 10 * 60_000;

/** KMS takes 4,096 bytes and a comment may be longer, so the digest in words is what is signed. */
const signedBytes = (text: string): Buffer => Buffer.from(sha256(text), 'utf8');

/** arn:aws:kms:<region>:<account>:key/<id> */
export const regionOfKey = (arn: string): string => arn.split(':')[3] ?? '';

/**
 * A key of KMS that never leaves it (ECC_NIST_P256, SIGN_VERIFY). An asymmetric one, not an HMAC: the right to check is
 * then not the right to make, an auditor checks old decisions with nothing but the public key, and the confirmation does
 * so without a call to KMS while it holds locks.
 * @param arns the first signs; what the others have signed stays valid. No other key's signature counts, whatever the row
 * names as its key
 */
export function kmsSigner(
  clientFor: (arn: string) => Pick<KMSClient, 'send'>,
  arns: readonly [string, ...string[]],
  now: () => number,
): DecisionSigner {
  const known = new Map<string, { key: KeyObject; at: number }>();
  const publicKey = async (arn: string): Promise<KeyObject> => {
    const kept = known.get(arn);
    if (kept && now() - kept.at < REMEMBERED_MS) return kept.key;
    const { PublicKey, SigningAlgorithms } = await clientFor(arn).send(
      new GetPublicKeyCommand({ KeyId: arn }),
    );
    if (!PublicKey || !SigningAlgorithms?.includes(ALGORITHM))
      throw new Error(`${arn} is no key for ${ALGORITHM}: make one of ECC_NIST_P256 for SIGN_VERIFY`);
    const key = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
    known.set(arn, { key, at: now() });
    return key;
  };
  return {
    async sign(text) {
      const [arn] = arns;
      const { Signature } = await asked(() =>
        clientFor(arn).send(
          new SignCommand({
            KeyId: arn,
            Message: signedBytes(text),
            MessageType: 'RAW',
            SigningAlgorithm: ALGORITHM,
          }),
        ),
      );
      if (!Signature) throw new KeyUnavailable(`${arn} gave no signature`);
      return { keyId: arn, signature: Buffer.from(Signature).toString('base64url') };
    },
    async verify(text, keyId, signature) {
      if (!arns.includes(keyId)) return false;
      const key = await asked(() => publicKey(keyId));
      return verifySignature('sha256', signedBytes(text), key, Buffer.from(signature, 'base64url'));
    },
  };
}

/** Throttled, away, forbidden, disabled: whatever KMS says instead of an answer is no answer. */
async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new KeyUnavailable(`the key for approvals cannot be asked: ${(cause as Error).message}`, { cause });
  }
}
