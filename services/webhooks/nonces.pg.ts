import { eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { webhookNonces } from '../../db/schema/index.ts';
import { Problem } from '../kernel/errors.ts';

/**
 * Lets a verified message have its effect once. Called only after the signature was verified: a forged message must not
 * be able to fill the table or to use up a real one's id. A failure of ours gives the nonce back, so that the sender may
 * try again; a refusal keeps it.
 * @param nonce begins with the name of the endpoint, so that no endpoint can use up another one's
 * @throws Problem conflict replayed
 */
export async function onlyOnce<T>(orm: Orm, nonce: string, now: Date, effect: () => Promise<T>): Promise<T> {
  const fresh = await orm
    .insert(webhookNonces)
    .values({ nonce, seenAt: now })
    .onConflictDoNothing()
    .returning();
  if (fresh.length === 0) throw new Problem('conflict', 'replayed', 'This callback was received before.');
  try {
    return await effect();
  } catch (error) {
    if (!(error instanceof Problem)) await orm.delete(webhookNonces).where(eq(webhookNonces.nonce, nonce));
    throw error;
  }
}
