import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { TokenVerifier, Vouched } from './token-verifier.port.ts';

const KNOWN = 10_000;
const FOR_MS = 60_000;

/**
 * A good token is checked again after a minute (or as soon as its key would be), and never taken after its end: with every call the same one comes.
 * Tokens are known by their hash. One that is not good is not remembered.
 */
export function rememberTokens(verifier: TokenVerifier): TokenVerifier {
  const forMs = Math.min(FOR_MS, verifier.keysForMs ?? FOR_MS);
  const known = new Map<string, { vouched: Vouched; from: number; until: number }>();
  return {
    async verify(token, now) {
      const key = createHash('sha256').update(token).digest('base64');
      const at = now.getTime();
      const last = known.get(key);
      // A clock that was set back makes nothing good.
      if (last && last.from <= at && at < last.until) return last.vouched;
      known.delete(key);
      const vouched = await verifier.verify(token, now);
      const end = (decodeJwt(token).exp ?? 0) * 1_000;
      known.set(key, { vouched, from: at, until: Math.min(at + forMs, end) });
      for (const oldest of known.keys()) {
        if (known.size <= KNOWN) break;
        known.delete(oldest);
      }
      return vouched;
    },
  };
}
