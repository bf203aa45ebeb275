import { askNamed, type Named, type Orm } from '../../db/client.ts';
import { perDatabase } from '../kernel/coalesce.ts';
import { canonicalEmail, nameKey } from '../requests/holds.pg.ts';
import type { AccountRequest } from '../requests/request.schema.ts';
import type { NewestSettings } from '../settings/settings.pg.ts';
import type { PlanningContext } from './context.ts';

/** What all plans of a moment have in common: settings and snapshot in force, and the newest finished vend. */
export type Ground = {
  /** Null: nobody has changed the settings yet. */
  version: number | null;
  digest: string | null;
  snapshot: string | null;
  /** Its place in the ledger; empty: there is none. */
  vended: string;
};

/** What somebody else has of what a request asks for. */
type Usage = Pick<PlanningContext, 'emailTakenBy' | 'nameTakenBy'>;
export type Grounded = { ground: Ground; usage: Usage };

export const settingsOf = ({ version, digest }: Ground): NewestSettings =>
  version === null || digest === null ? undefined : { version, digest };

/** For how long a ground may be guessed to be the same, in milliseconds. */
const GUESSED_MS = 1_000;

const lastGround = perDatabase((): { ground?: Ground; at: number } => ({ at: 0 }));

/** The database has said so just now. */
export const noteGround = (orm: Orm, ground: Ground): void =>
  void Object.assign(lastGround(orm), { ground, at: performance.now() });

/**
 * What the ground was a moment ago. Whoever plans on a guess has it looked at where the request is kept, by the same statement: so the
 * usual request asks the database once.
 */
export function guessedGround(orm: Orm): Ground | undefined {
  const { ground, at } = lastGround(orm);
  return performance.now() - at < GUESSED_MS ? ground : undefined;
}

type Found = string | null | undefined;
type GroundRow = Record<
  | 'account'
  | 'accountTeam'
  | 'request'
  | 'named'
  | 'namedTeam'
  | 'namedRequest'
  | 'snapshot'
  | 'vended'
  | 'version'
  | 'digest',
  string | null
>;

/**
 * What planning has to know of the database, for several requests in one round trip: the newest snapshot, who uses the
 * e-mail and the name, the settings in force. Each is looked up by its key: of how many there are a statement that is planned
 * once knows nothing. That an address is taken cannot be kept from anybody who wants it; by
 * which account is told to the team that has it, and to nobody else.
 */
export async function groundOf(
  orm: Orm,
  requests: readonly AccountRequest[],
): Promise<{ value: Grounded }[]> {
  const questions = requests.map(({ account: { email, name, organizationalUnitId } }, n) => ({
    n,
    email: canonicalEmail(email),
    key: nameKey(name, organizationalUnitId),
    name: name.toLowerCase(),
    unit: organizationalUnitId,
  }));
  const rows = await askNamed<GroundRow>(orm, GROUND, [JSON.stringify(questions)]);
  return rows.map((row, i) => {
    const team = requests[i]?.team;
    const who = (account: Found, accountTeam: Found, held: Found) => {
      if (!account) return held ? 'another account request' : undefined;
      return accountTeam === team ? `the account ${account}` : 'another account';
    };
    const usage = {
      emailTakenBy: who(row.account, row.accountTeam, row.request),
      nameTakenBy: who(row.named, row.namedTeam, row.namedRequest),
    };
    const { digest, snapshot, vended } = row;
    const ground = {
      version: row.version === null ? null : Number(row.version),
      digest,
      snapshot,
      vended: vended ?? '',
    };
    noteGround(orm, ground);
    return { value: { usage, ground } };
  });
}

const GROUND: Named = {
  name: 'planning_ground',
  text: `select a.account_id as account, a.team as "accountTeam", n.account_id as named, n.team as "namedTeam",
      e.request_id as request, h.request_id as "namedRequest",
      (select id from organization_snapshots where content is not null and completed_at is not null
        order by started_at desc limit 1) as snapshot,
      (select seq::text from facts where lane = 0 and type = 'AccountVended' order by facts.seq desc limit 1) as vended,
      s.version, s.digest
      from jsonb_to_recordset($1::jsonb)
        as q(n int, email text, key text, name text, unit text)
      left join (select version::text as version, digest from settings_versions
        order by settings_versions.version desc limit 1) s on true
      left join lateral (select request_id from email_holds where email_canonical = q.email limit 1) e on true
      left join lateral (select request_id from name_holds where key = q.key limit 1) h on true
      left join lateral (select account_id, team from accounts where email_canonical = q.email limit 1) a on true
      left join lateral (select account_id, team from accounts where lower(name) = q.name
        and organizational_unit_id = q.unit limit 1) n on true
      order by q.n`,
};
