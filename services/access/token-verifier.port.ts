import type { Principal } from './principal.ts';

/** What a good token says. */
export type Vouched = {
  who: Principal;
  /** Only where the identity provider has verified it. */
  email?: string;
  name?: string;
};

export interface TokenVerifier {
  /** @throws Problem unauthenticated (not good here), unavailable (the keys of the identity provider cannot be had) */
  verify(token: string, now: Date): Promise<Vouched>;
  /** How long a key is believed in without asking again, milliseconds; what a key has vouched for is not believed longer. */
  keysForMs?: number;
}
