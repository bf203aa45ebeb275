import { sql } from 'drizzle-orm';
import { pgPolicy, pgRole } from 'drizzle-orm/pg-core';

/**
 * Row-level security is the second net under the conditions of the queries. Every table has it. The service works as
 * `jetway_app`, which owns nothing and may reach every row; what a person asks is answered as `jetway_reader`, which sees
 * only what the person's teams may see, and nothing at all until somebody has said who asks (db/reader.ts).
 */
const app = pgRole('jetway_app').existing();
const reader = pgRole('jetway_reader').existing();

/** Every table has this one: the service reaches all rows. */
export const service = () =>
  pgPolicy('service', { to: app, for: 'all', using: sql`true`, withCheck: sql`true` });

/** What answers to people may contain. The reader also needs a grant, which a migration gives. */
const people = (rows: string) =>
  pgPolicy('people', { to: reader, for: 'select', using: sql.raw(`(select reads_everything()) or ${rows}`) });

// The functions are sub-selects, so that Postgres asks them once for a statement and not for each row.
const OWN_TEAM = `(team <> '*' and team = any ((select reading_teams())::text[]))`;
const itsRequest = (table: string) =>
  `exists (select from account_requests r where r.id = ${table}.request_id)`;
/** The same as a function: a statement that meets no such row does not plan for it. */
const wholeRequest = `sees_request(request_id)`;
const itsAccount = (table: string) =>
  `exists (select from accounts a where a.account_id = ${table}.account_id)`;
/**
 * Rows of the account that a question names (`jetway.account`), which is looked up once for a statement, and as the reader:
 * naming an account that the person may not see gives no row. Without a name the other conditions decide row by row.
 */
const NAMED_ACCOUNT = `account_id = (select a.account_id from accounts a where a.account_id = current_setting('jetway.account', true))`;
/** Requests that the person is asked to approve now, whichever team they belong to. One look for a statement. */
const putTo = (request: string) => `${request} = any ((select reading_put_to())::text[])`;

/** Rows of a team. A row without one is for those who see everything. */
export const teamRows = () => [service(), people(OWN_TEAM)];

/**
 * Requests of a team; what concerns the whole organization (`*`) by its kind; and what the person is asked to approve.
 */
export const requestRows = () => [
  service(),
  people(`${OWN_TEAM} or (team = '*' and kind = any ((select reading_kinds())::text[])) or ${putTo('id')}`),
];

/**
 * Who is asked: what is put to the person by one of the places that they may approve by. Who sees everything needs none of
 * it, so nothing stands beside what the index finds.
 */
export const askedRows = () => [
  service(),
  pgPolicy('people', {
    to: reader,
    for: 'select',
    using: sql.raw(`asked = any ((select reading_asked())::text[])
  and exists (select from jsonb_array_elements((select reading_places())) p
    where p -> 'asked' ? asked and not p -> 'not' ? requested_by)`),
  }),
];

/** Rows with the team of a request, whose kind is known to the request alone. */
export const rowsOfTeamOrRequest = () => [
  service(),
  people(`${OWN_TEAM} or (team = '*' and ${wholeRequest}) or ${putTo('request_id')}`),
];

export const rowsOfRequest = (table: string) => [service(), people(itsRequest(table))];
export const rowsOfAccount = (table: string) => [service(), people(itsAccount(table))];
/** The same for tables that are read account by account. */
export const rowsOfNamedAccount = (table: string) => [
  service(),
  people(`${NAMED_ACCOUNT} or ${itsAccount(table)}`),
];
export const rowsOfRequestOrAccount = (table: string) => [
  service(),
  people(`${NAMED_ACCOUNT} or ${itsRequest(table)} or ${itsAccount(table)}`),
];

/** Counts of a team; those of everybody are for who sees everything. */
export const talliesOfTeam = () => [
  service(),
  people(`scope = any ((select array(select 'team:' || unnest(reading_teams())))::text[])`),
];

/** Rows that say something of the whole organization: only who sees everything sees them. */
export const rowsOfNobody = () => [service(), people('false')];
