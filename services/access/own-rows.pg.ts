import { and, eq, inArray, ne, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { WHOLE_ORGANIZATION } from '../requests/kinds.ts';
import { type Principal, seesAll } from './principal.ts';
import { visibleKinds } from './scope.ts';

/** Only rows of the person's teams; a row without a team belongs to those who see everything. */
export function ofOwnTeams(who: Principal, team: SQLWrapper): SQL {
  if (seesAll(who)) return sql`true`;
  const teams = who.teams.filter((name) => name !== WHOLE_ORGANIZATION);
  return teams.length === 0 ? sql`false` : inArray(team, teams);
}

/** In SQL what `maySeeRequest` says of one request. */
export function ofOwnRequests(who: Principal, { team, kind }: { team: SQLWrapper; kind: SQLWrapper }): SQL {
  if (seesAll(who)) return sql`true`;
  const kinds = visibleKinds(who);
  const whole = kinds.length === 0 ? sql`false` : and(eq(team, WHOLE_ORGANIZATION), inArray(kind, kinds));
  return or(and(ne(team, WHOLE_ORGANIZATION), ofOwnTeams(who, team)), whole) ?? sql`false`;
}
