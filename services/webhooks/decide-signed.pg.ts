import { eq } from 'drizzle-orm';
import { transact } from '../../db/client.ts';
import { accountRequests } from '../../db/schema/index.ts';
import type { Principal } from '../access/principal.ts';
import { type ApprovalDeps, type DecideCommand, decide } from '../approvals/approvals.pg.ts';
import { markRecorded, recordRefusal } from '../approvals/attempts.pg.ts';
import { Problem } from '../kernel/errors.ts';
import { principalOfIdentity } from '../people/people.pg.ts';
import { sharePerson } from '../people/person.ts';
import type { Identity } from '../settings/settings.schema.ts';
import { type ActiveKey, noteUse } from './keys.pg.ts';

/**
 * Decides for a person whom a signed message names. The signature proves the endpoint; the person is what the approved
 * settings map that name to, with the roles that the identity provider gave last. Who knows the key could have written
 * the message in anybody's name, so a request of that very person is not decided with it.
 */
export async function decideSigned(
  deps: ApprovalDeps,
  key: ActiveKey,
  all: readonly ActiveKey[],
  identity: Identity,
  command: DecideCommand,
) {
  const now = deps.clock.now();
  await transact(deps.orm, (tx) => noteUse(tx, key, all, now));
  let who: Principal;
  try {
    who = await personBehind(deps, key, identity, command.requestId, now);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    await record(deps, identity, command, error.code);
    throw markRecorded(error);
  }
  return decide(deps, who, command);
}

async function personBehind(
  deps: ApprovalDeps,
  key: ActiveKey,
  identity: Identity,
  requestId: string,
  now: Date,
): Promise<Principal> {
  const { settings } = await deps.settings.current(deps.orm);
  const who = await principalOfIdentity(deps.orm, settings, identity, now, deps.standingDays);
  const [request] = await deps.orm
    .select({ requestedBy: accountRequests.requestedBy })
    .from(accountRequests)
    .where(eq(accountRequests.id, requestId));
  const { holder } = key.row;
  if (request && holder !== null && sharePerson(settings, holder, request.requestedBy)) {
    throw new Problem(
      'forbidden',
      'self-approval',
      'The person who asked holds the key that signed this, so somebody else has to decide in another way.',
    );
  }
  return who;
}

/** Who cannot be said, so the ledger gets the name that the message used. */
const record = (
  deps: ApprovalDeps,
  identity: Identity,
  { requestId, planDigest, decision, via }: DecideCommand,
  reason: string,
) => {
  const who = Object.values(identity).join(':');
  return recordRefusal(deps, { act: 'decide', who, via, requestId, planDigest, decision }, reason);
};
