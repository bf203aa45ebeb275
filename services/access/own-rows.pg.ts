import { and, eq, inArray, ne, notInArray, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { askedApprovers } from '../../db/schema/index.ts';
import { WHOLE_ORGANIZATION } from '../requests/kinds.ts';
import { type Principal, seesAll } from './principal.ts';
import { visibleKinds } from './scope.ts';

/** Only rows of the person's teams; a row without a team belongs to those who see everything. */
export function ofOwnTeams(who: Principal, team: SQLWrapper): SQL {
  if (seesAll(who)) return sql`true`;
  const teams = who.teams.filter((name) => name !== WHOLE_ORGANIZATION);
  return teams.length === 0 ? sql`false` : inArray(team, teams);
}

/** Whose counters: those of everybody, or of each of one's teams. */
export function ofOwnScopes(who: Principal, scope: SQLWrapper): SQL {
  if (seesAll(who)) return eq(scope, '*');
  const teams = who.teams.filter((name) => name !== WHOLE_ORGANIZATION);
  return teams.length === 0
    ? sql`false`
    : inArray(
        scope,
        teams.map((team) => `team:${team}`),
      );
}

/** The same two for functions of the database: names of teams (null: of everybody), and scopes of counters. */
export const ownTeams = (who: Principal): string[] | null =>
  seesAll(who) ? null : who.teams.filter((name) => name !== WHOLE_ORGANIZATION);
export const ownScopes = (who: Principal): string[] => ownTeams(who)?.map((team) => `team:${team}`) ?? ['*'];

/** In SQL what `maySeeRequest` says of one request, and what is put to the person for approval. */
export function ofOwnRequests(
  who: Principal,
  { id, team, kind }: { id: SQLWrapper; team: SQLWrapper; kind: SQLWrapper },
): SQL {
  if (seesAll(who)) return sql`true`;
  const kinds = visibleKinds(who);
  const whole = kinds.length === 0 ? sql`false` : and(eq(team, WHOLE_ORGANIZATION), inArray(kind, kinds));
  return or(and(ne(team, WHOLE_ORGANIZATION), ofOwnTeams(who, team)), whole, putTo(who, id)) ?? sql`false`;
}

/** An array, so that it is read once for a statement and the requests are found by their key. */
function putTo({ places = [] }: Principal, request: SQLWrapper): SQL {
  const { asked, requestedBy, requestId } = askedApprovers;
  const matches = places.map((place) =>
    and(inArray(asked, [...place.asked]), notInArray(requestedBy, [...place.not])),
  );
  if (matches.length === 0) return sql`false`;
  return sql`${request} = any (array(select ${requestId} from ${askedApprovers} where ${or(...matches)}))`;
}
