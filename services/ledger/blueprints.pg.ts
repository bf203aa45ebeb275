import { type SQL, sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { accounts } from '../../db/schema/index.ts';
import { ofOwnTeams } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';

export type BlueprintUse = {
  name: string;
  /** Null: the account follows a plan from before versions were written down, or its first vend is not over. */
  version: string | null;
  accounts: number;
  /** Whether that is what the blueprint is now; null for a version that is not known. */
  newest: boolean | null;
};

/**
 * How the versions of blueprints are spread over the accounts that still are: those of many accounts first.
 * @param newestOf the version of a blueprint now; undefined for one that is not there any more
 */
export const blueprintSpread = (
  orm: Orm,
  who: Principal,
  newestOf: (name: string) => string | undefined,
): Promise<BlueprintUse[]> =>
  readAs(orm, who, async (reader) => {
    const rows = await rowsOf<{ name: string; version: string | null; accounts: number }>(
      reader,
      sql`select blueprint ->> 'name' as name, blueprint ->> 'version' as version, count(*)::int as accounts
        from ${accounts} where blueprint is not null and status not in ('CLOSED', 'DEPARTED')
          and ${ofOwnTeams(who, accounts.team)}
        group by 1, 2 order by 3 desc, 1, 2`,
    );
    return rows.map(({ version, ...row }) => ({
      ...row,
      version,
      newest: version === null ? null : version === newestOf(row.name),
    }));
  });

/** Accounts of a blueprint, as `standard`, or of one of its versions, as `standard@1.3.0`. */
export function ofBlueprint(column: SQL, blueprint: string): SQL {
  const [name, version] = blueprint.split('@');
  return version === undefined
    ? sql`${column} ->> 'name' = ${name}`
    : sql`(${column} ->> 'name' = ${name} and ${column} ->> 'version' = ${version})`;
}
