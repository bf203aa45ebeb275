import type { Orm } from '../../db/client.ts';
import type { Clock } from '../kernel/context.ts';
import { invalid, notFound, Problem } from '../kernel/errors.ts';
import { appendFacts } from '../ledger/ledger.pg.ts';
import type { SettingsStore } from '../settings/settings.pg.ts';
import type { Endpoint } from '../settings/settings.schema.ts';
import { secretProblem } from './given-secret.ts';
import {
  applyKeys,
  changeKey,
  isGenerated,
  type KeyDeps,
  type KeyRow,
  keyFact,
  lockKey,
  useOf,
} from './keys.pg.ts';

type Deps = KeyDeps & { clock: Clock; settings: SettingsStore };

/**
 * The secret of a key, shown to one person exactly once and noted in the ledger.
 * @throws Problem not-found, conflict: shown before, revoked, or a secret that is not ours
 */
export async function revealKey(
  tx: Orm,
  deps: Deps,
  endpoint: Endpoint,
  name: string,
  actor: string,
): Promise<string> {
  const { row, now } = await openKey(tx, deps, endpoint, name);
  if (!isGenerated(row.use) || row.sealed === null)
    throw new Problem('conflict', 'key-source', 'The secret of this key comes from Teams; set it here.');
  if (row.holder !== null) throw taken();
  await changeKey(tx, row, { holder: actor, heldAt: now });
  const id = `webhook-key-revealed:${row.id}`;
  await appendFacts(tx, [keyFact('WebhookKeyRevealed', row, now, { id, actor })], now);
  return deps.secrets.open(row.sealed);
}

/**
 * Gives a key the secret that Teams has made, once.
 * @throws Problem not-found, invalid, conflict: set before, revoked, or a key that is ours to make
 */
export async function setKey(
  tx: Orm,
  deps: Deps,
  endpoint: Endpoint,
  name: string,
  secret: string,
  actor: string,
): Promise<void> {
  const { row, now } = await openKey(tx, deps, endpoint, name);
  if (isGenerated(row.use))
    throw new Problem('conflict', 'key-source', 'The secret of this key was made here; reveal it.');
  const problem = secretProblem(endpoint, secret);
  if (problem !== undefined) throw invalid([{ pointer: '/secret', message: problem }]);
  if (row.sealed !== null) throw taken();
  await changeKey(tx, row, { sealed: deps.secrets.seal(secret), holder: actor, heldAt: now });
  const id = `webhook-key-set:${row.id}`;
  await appendFacts(tx, [keyFact('WebhookKeySet', row, now, { id, actor })], now);
}

/** Ends a key at once. It only takes power away, so it needs nobody's approval; again, it changes nothing. */
export async function revokeKey(
  tx: Orm,
  deps: Deps,
  endpoint: Endpoint,
  name: string,
  actor: string,
): Promise<void> {
  const { row, now } = await findKey(tx, deps, endpoint, name);
  if (row.revokedAt !== null) return;
  await changeKey(tx, row, { revokedAt: now });
  const id = `webhook-key-revoked:${row.id}`;
  await appendFacts(tx, [keyFact('WebhookKeyRevoked', row, now, { id, actor })], now);
}

async function openKey(tx: Orm, deps: Deps, endpoint: Endpoint, name: string) {
  const found = await findKey(tx, deps, endpoint, name);
  if (found.row.revokedAt !== null)
    throw new Problem(
      'conflict',
      'key-revoked',
      'The key was revoked. A new one is a change of the settings.',
    );
  return found;
}

/** A key that approved settings list has a secret, whichever of the two came first. */
async function findKey(
  tx: Orm,
  deps: Deps,
  endpoint: Endpoint,
  name: string,
): Promise<{ row: KeyRow; now: Date }> {
  const now = deps.clock.now();
  if (!endpoint.keys.includes(name)) throw notFound('key');
  const known = await lockKey(tx, endpoint, name);
  if (known) return { row: known, now };
  const { settings } = await deps.settings.current(tx);
  await applyKeys(tx, deps, settings, now);
  const made = await lockKey(tx, endpoint, name);
  if (!made) throw notFound(`key of ${useOf(endpoint)}`);
  return { row: made, now };
}

const taken = () =>
  new Problem(
    'conflict',
    'key-taken',
    'The secret of this key was shown or set before. For another one, change the settings to list a new key.',
  );
