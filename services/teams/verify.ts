import { createHash, createHmac } from 'node:crypto';
import { z } from 'zod';
import { type Key, sameText, utf8, withinWindow } from '../webhooks/standard.ts';

const AUTHORIZATION = /^HMAC ([A-Za-z0-9+/]{43}=)$/;

/** What is read of a message activity; Teams sends much more. */
const Activity = z.object({
  type: z.literal('message'),
  id: z.string().min(1).max(200),
  timestamp: z.iso.datetime({ offset: true }),
  text: z.string().max(16_000),
  from: z.object({ aadObjectId: z.string().min(1).max(64) }),
  channelData: z.object({ tenant: z.object({ id: z.string().min(1).max(64) }) }),
});
export type Activity = z.infer<typeof Activity>;

export type VerifiedActivity = { key: Key; activity: Activity; bodyDigest: string };

/**
 * The message of an outgoing webhook, when one of the keys signed exactly these bytes and the time within them is within
 * five minutes of our clock on both sides. Nothing of the body is looked at before its signature.
 * @returns the activity; `unreadable` for a signed body that is no message of a person; undefined for everything else
 */
export function verifyTeams(
  authorization: string | undefined,
  raw: Uint8Array,
  keys: readonly Key[],
  now: Date,
): VerifiedActivity | 'unreadable' | undefined {
  const given = AUTHORIZATION.exec(authorization ?? '')?.[1];
  if (given === undefined) return undefined;
  let key: Key | undefined;
  for (const candidate of keys) {
    const expected = createHmac('sha256', Buffer.from(candidate.secret, 'base64'))
      .update(raw)
      .digest('base64');
    // As text: the last character of base64 has two bits that no byte sees.
    if (sameText(given, expected)) key ??= candidate;
  }
  if (!key) return undefined;
  const activity = readActivity(raw);
  if (!activity) return 'unreadable';
  if (!withinWindow(Date.parse(activity.timestamp), now)) return undefined;
  return { key, activity, bodyDigest: createHash('sha256').update(raw).digest('base64url') };
}

function readActivity(raw: Uint8Array): Activity | undefined {
  try {
    return Activity.safeParse(JSON.parse(utf8(raw) ?? '')).data;
  } catch {
    return undefined;
  }
}
