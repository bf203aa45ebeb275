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
  const underWay = new Map<string, Promise<Vouched>>();
  // A clock that was set back makes nothing good.
  const good = (key: string, at: number): Vouched | undefined => {
    const last = known.get(key);
    return last && last.from <= at && at < last.until ? last.vouched : undefined;
  };
  const check = async (key: string, token: string, now: Date): Promise<Vouched> => {
    known.delete(key);
    const vouched = await verifier.verify(token, now);
    const end = (decodeJwt(token).exp ?? 0) * 1_000;
    known.set(key, { vouched, from: now.getTime(), until: Math.min(now.getTime() + forMs, end) });
    for (const oldest of known.keys()) {
      if (known.size <= KNOWN) break;
      known.delete(oldest);
    }
    return vouched;
  };
  return {
    async verify(token, now) {
      const key = createHash('sha256').update(token).digest('base64');
      const at = now.getTime();
      const last = good(key, at);
      if (last) return last;
      // Whoever calls many times at once is looked at once; it is good for each by the time of that one.
      const others = underWay.get(key);
      const found = others && (await others.then(() => good(key, at)).catch(() => undefined));
      if (found) return found;
      const checking = check(key, token, now);
      underWay.set(key, checking);
      return checking.finally(() => {
        if (underWay.get(key) === checking) underWay.delete(key);
      });
    },
  };
}
