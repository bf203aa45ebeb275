import { and, eq, inArray, ne, sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { accounts, compliance } from '../../db/schema/index.ts';
import { ofOwnTeams } from '../access/own-rows.pg.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { DRIFT_RULES } from '../drift/findings.ts';
import { exceptionNote } from '../exceptions/cover.ts';
import { exceptionsInForce, isExcepted } from '../exceptions/in-force.pg.ts';
import { type FindingQuery, readCursor, writeCursor } from './as-of.pg.ts';

/** Findings, one row for each resource and rule, in the order of account, rule and finding. */
export const listCompliance = (orm: Orm, who: Principal, query: FindingQuery, now: Date) =>
  readAs(orm, who, async (reader) => {
    const after = readCursor(query.cursor);
    const rows = await reader
      .select({ row: compliance, name: accounts.name, organizationalUnitId: accounts.organizationalUnitId })
      .from(compliance)
      .innerJoin(accounts, eq(accounts.accountId, compliance.accountId))
      .where(
        and(
          ofOwnTeams(who, accounts.team),
          query.status ? eq(compliance.status, query.status) : ne(compliance.status, 'REMOVED'),
          query.control ? eq(compliance.control, query.control) : undefined,
          query.ou ? eq(accounts.organizationalUnitId, query.ou) : undefined,
          query.drift === undefined
            ? undefined
            : sql`(${inArray(compliance.rule, [...DRIFT_RULES])}) = ${query.drift}`,
          query.excepted === undefined
            ? undefined
            : sql`(${compliance.status} = 'NON_COMPLIANT' and ${isExcepted({ at: now }, 'compliance')}) = ${query.excepted}`,
          after
            ? sql`(${compliance.accountId}, ${compliance.rule}, ${compliance.key}) > (${after.accountId}, ${after.rule}, ${after.key}::uuid)`
            : undefined,
        ),
      )
      .orderBy(compliance.accountId, compliance.rule, compliance.key)
      .limit(query.limit + 1);
    const page = rows.slice(0, query.limit);
    const last = page.at(-1)?.row;
    const violated = page.flatMap(({ row }) => (row.status === 'NON_COMPLIANT' ? [row.accountId] : []));
    const inForce = await exceptionsInForce(reader, violated, now);
    return {
      items: page.map(({ row, name, organizationalUnitId }) => ({
        accountId: row.accountId,
        accountName: name,
        organizationalUnitId,
        region: row.region,
        rule: row.rule,
        control: row.control,
        resourceType: row.resourceType,
        resourceId: row.resourceId,
        status: row.status,
        evaluatedAt: row.evaluatedAt.toISOString(),
        ...(row.annotation === null ? {} : { annotation: row.annotation }),
        ...exceptionNote(row, inForce),
      })),
      nextCursor: rows.length > query.limit && last ? writeCursor(last) : null,
    };
  });
