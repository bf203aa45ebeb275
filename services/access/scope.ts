import type { ReaderScope } from '../../db/reader.ts';
import { REQUEST_KINDS, type RequestKind, WHOLE_ORGANIZATION } from '../requests/kinds.ts';
import { maySeeRequest, type Principal, seesAll } from './principal.ts';

/** Kinds of requests for the whole organization that this person may see, whatever the person's teams are called. */
export const visibleKinds = (who: Principal): RequestKind[] =>
  REQUEST_KINDS.filter((kind) => maySeeRequest({ ...who, teams: [] }, { kind, team: WHOLE_ORGANIZATION }));

/** What `ofOwnRequests` says in SQL, of a request that nobody has put to the person for approval. */
export const seesRequest = (who: Principal, { kind, team }: { kind: RequestKind; team: string }): boolean =>
  seesAll(who) || (team === WHOLE_ORGANIZATION ? visibleKinds(who).includes(kind) : who.teams.includes(team));

/** What row-level security is told of the person who asks. */
export const scopeOf = (who: Principal): ReaderScope => ({
  teams: seesAll(who) ? 'all' : who.teams,
  kinds: visibleKinds(who),
  places: who.places ?? [],
});
