import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Orm, rowsOf } from '../../db/client.ts';
import { ofOwnTeams } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { DRIFT_RULES } from '../drift/findings.ts';
import { exceptionNote, type InForce } from '../exceptions/cover.ts';
import { exceptionsInForce, isExcepted } from '../exceptions/in-force.pg.ts';
import { containing } from '../kernel/containing.ts';
import { cursorPlace, cursorText } from '../kernel/cursor.ts';
import { ofBlueprint } from './blueprints.pg.ts';

/** What was true at `asOf`, as far as was known at `knownAt` (now, when nobody says otherwise). */
export type Instant = { asOf: Date; knownAt?: Date | undefined };

const known = (column: SQL, { knownAt }: Instant): SQL =>
  knownAt === undefined ? sql`true` : sql`${column} <= ${knownAt.toISOString()}::timestamptz`;

/** Whether the span of a row held at the instant. @param s alias of its table */
const spanHeld = (s: string, { asOf, knownAt }: Instant): SQL =>
  sql`span_held(${sql.raw(`${s}.from_at, ${s}.to_at, ${s}.known_at, ${s}.end_known_at`)}, ${asOf.getTime()}::bigint,
    ${knownAt?.toISOString() ?? null}::timestamptz)`;

/**
 * What the account of the row `a` was called and where it was at the instant. Nobody knows what it was before the first time that
 * somebody looked: it is taken to have been that.
 */
const identityThen = (instant: Instant): SQL => {
  const held = sql`i.from_at <= ${instant.asOf.getTime()} and ${known(sql`i.known_at`, instant)}`;
  return sql`cross join lateral (
    select i.name, i.email, i.organizational_unit_id, i.team from (
      select n.name, n.email, n.organizational_unit_id, n.team, n.from_at, n.known_at from account_identities n
      where n.account_id = a.account_id
      union all
      -- Of an account that nobody has noted yet.
      select a.name, a.email, a.organizational_unit_id, a.team, ${Number.MAX_SAFE_INTEGER}::bigint, 'infinity'::timestamptz) i
    order by ${held} desc, case when ${held} then -i.from_at else i.from_at end limit 1) i`;
};

/** The evaluation that held at the instant, for each finding of `c`: one probe of the history's key. */
const heldThen = (instant: Instant): SQL => sql`
  cross join lateral (select h.status, h.version from compliance_history h
    where h.key = c.key and h.version <= ${instant.asOf.getTime()} and ${known(sql`h.recorded_at`, instant)}
    order by h.version desc limit 1) h`;

type FindingThen = {
  account_id: string;
  name: string;
  organizational_unit_id: string | null;
  region: string;
  rule: string;
  control: string | null;
  resource_type: string;
  resource_id: string;
  status: string;
  version: number | string;
};

const findingAnswer = (row: FindingThen, inForce: readonly InForce[]) => ({
  accountId: row.account_id,
  accountName: row.name,
  organizationalUnitId: row.organizational_unit_id,
  region: row.region,
  rule: row.rule,
  control: row.control,
  resourceType: row.resource_type,
  resourceId: row.resource_id,
  status: row.status,
  evaluatedAt: new Date(Number(row.version)).toISOString(),
  ...exceptionNote(
    {
      accountId: row.account_id,
      rule: row.rule,
      control: row.control,
      resourceId: row.resource_id,
      status: row.status,
    },
    inForce,
  ),
});

export type FindingQuery = {
  status?: string | undefined;
  control?: string | undefined;
  ou?: string | undefined;
  /** Our own findings: what was taken away or changed beside us. */
  drift?: boolean | undefined;
  /** Violations that stand by an approved exception; everything else. */
  excepted?: boolean | undefined;
  cursor?: string | undefined;
  limit: number;
};

/** Findings as they were at an instant, with names and units of then. */
export const findingsAsOf = (orm: Orm, who: Principal, query: FindingQuery, instant: Instant) =>
  readAs(orm, who, async (reader) => {
    const after = readCursor(query.cursor);
    const rows = await rowsOf<FindingThen & { key: string }>(
      reader,
      sql`select c.key, c.account_id, i.name, i.organizational_unit_id, c.region, c.rule, c.control, c.resource_type,
          c.resource_id, h.status, h.version
        from compliance c join accounts a on a.account_id = c.account_id ${heldThen(instant)}
          ${identityThen(instant)}
        where ${ofOwnTeams(who, sql`a.team`)} and h.status <> 'REMOVED'
          and ${query.status === undefined ? sql`true` : sql`h.status = ${query.status}`}
          and ${query.control === undefined ? sql`true` : sql`c.control = ${query.control}`}
          and ${query.ou === undefined ? sql`true` : sql`i.organizational_unit_id = ${query.ou}`}
          and ${
            query.drift === undefined
              ? sql`true`
              : sql`(c.rule in (${sql.join(
                  DRIFT_RULES.map((rule) => sql`${rule}`),
                  sql`, `,
                )})) = ${query.drift}`
          }
          and ${query.excepted === undefined ? sql`true` : sql`(h.status = 'NON_COMPLIANT' and ${isExcepted({ at: instant.asOf, knownAt: instant.knownAt })}) = ${query.excepted}`}
          and ${after === undefined ? sql`true` : sql`(c.account_id, c.rule, c.key) > (${after.accountId}, ${after.rule}, ${after.key}::uuid)`}
        order by c.account_id, c.rule, c.key limit ${query.limit + 1}`,
    );
    const page = rows.slice(0, query.limit);
    const last = page.at(-1);
    const violated = page.flatMap((row) => (row.status === 'NON_COMPLIANT' ? [row.account_id] : []));
    const inForce = await exceptionsInForce(reader, violated, instant.asOf, instant.knownAt);
    return {
      items: page.map((row) => findingAnswer(row, inForce)),
      nextCursor:
        rows.length > query.limit && last
          ? writeCursor({ accountId: last.account_id, rule: last.rule, key: last.key })
          : null,
    };
  });

/** Where a page of findings ended: they are in the order of account, rule and key. */
export type FindingPlace = { accountId: string; rule: string; key: string };

export const writeCursor = ({ accountId, rule, key }: FindingPlace): string =>
  cursorText([accountId, rule, key]);

/** @throws Problem for a cursor that is none of ours */
export function readCursor(cursor: string | undefined): FindingPlace | undefined {
  if (cursor === undefined) return undefined;
  const [accountId, rule, key] = cursorPlace(PlaceText, cursor);
  return { accountId, rule, key };
}

const PlaceText = z.tuple([z.string(), z.string(), z.uuid()]);

export type AccountThenQuery = {
  status?: string | undefined;
  ou?: string | undefined;
  team?: string | undefined;
  q?: string | undefined;
  without?: string | undefined;
  blueprint?: string | undefined;
  cursor?: string | undefined;
  limit: number;
};

type AccountThen = {
  account_id: string;
  name: string;
  email: string;
  organizational_unit_id: string | null;
  team: string | null;
  status: string;
  origin: string;
  request_id: string | null;
  blueprint: { name: string } | null;
  created_at: Date | string;
};

/** Accounts as they were at an instant: status, name, e-mail, unit and team of then. Whoever sees them now sees them. */
export const accountsAsOf = (orm: Orm, who: Principal, query: AccountThenQuery, instant: Instant) =>
  readAs(orm, who, async (reader) => {
    const like = query.q === undefined ? undefined : containing(query.q);
    const rows = await rowsOf<AccountThen>(
      reader,
      sql`select a.account_id, i.name, i.email, i.organizational_unit_id, i.team, s.status, a.origin, a.request_id,
          a.blueprint, a.created_at
        from accounts a join account_spans s on s.account_id = a.account_id and ${spanHeld('s', instant)}
          ${identityThen(instant)}
        where ${ofOwnTeams(who, sql`a.team`)}
          and ${query.status === undefined ? sql`true` : sql`s.status = ${query.status}`}
          and ${query.ou === undefined ? sql`true` : sql`i.organizational_unit_id = ${query.ou}`}
          and ${query.team === undefined ? sql`true` : sql`i.team = ${query.team}`}
          and ${
            query.without === undefined
              ? sql`true`
              : sql`not exists (select from guardrail_spans g
            where g.account_id = a.account_id and g.control = ${query.without} and ${spanHeld('g', instant)})`
          }
          and ${query.blueprint === undefined ? sql`true` : ofBlueprint(sql`a.blueprint`, query.blueprint)}
          and ${like === undefined ? sql`true` : sql`(i.name ilike ${like} or i.email ilike ${like} or a.account_id ilike ${like})`}
          and ${query.cursor === undefined ? sql`true` : sql`a.account_id > ${query.cursor}`}
        order by a.account_id limit ${query.limit + 1}`,
    );
    const page = rows.slice(0, query.limit);
    return {
      items: page.map((row) => ({
        accountId: row.account_id,
        name: row.name,
        email: row.email,
        organizationalUnitId: row.organizational_unit_id,
        team: row.team,
        status: row.status,
        origin: row.origin as 'VENDED' | 'ADOPTED' | 'ORPHAN' | 'FOREIGN',
        ...(row.request_id === null ? {} : { requestId: row.request_id }),
        ...(row.blueprint === null ? {} : { blueprint: row.blueprint }),
        createdAt: new Date(row.created_at).toISOString(),
      })),
      nextCursor: rows.length > query.limit ? (page.at(-1)?.account_id ?? null) : null,
    };
  });
