import { and, eq, ne, sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { accountGuardrails, compliance } from '../../db/schema/index.ts';
import type { Principal } from '../access/principal.ts';
import { readAs } from '../access/read-as.pg.ts';
import { driftOf } from '../drift/drift.pg.ts';
import { CONTROL_MISSING, isDrift } from '../drift/findings.ts';
import { exceptionNote, exceptionOf } from '../exceptions/cover.ts';
import { exceptionsInForce } from '../exceptions/in-force.pg.ts';
import { violationsByRule } from '../exceptions/violations.ts';
import { MIRROR_CONTROL, MIRROR_COVERAGE } from '../mirroring/findings.ts';
import { mirrorStatus } from '../mirroring/status.pg.ts';
import { getAccount } from './queries.pg.ts';
import { accountState } from './stands.ts';

/** Our own, of accounts that ask for mirroring. */
const MIRRORED = { control: MIRROR_CONTROL, kind: 'detective', carrier: MIRROR_COVERAGE };

/** Every guardrail of the account with its worst finding, and its violations rule by rule; what is excepted says so. */
export const accountCompliance = (orm: Orm, who: Principal, accountId: string, now: Date) =>
  readAs(orm, who, async (reader) => {
    await getAccount(reader, who, accountId);
    const guardrails = await reader
      .select()
      .from(accountGuardrails)
      .where(eq(accountGuardrails.accountId, accountId))
      .orderBy(accountGuardrails.control);
    const findings = await reader
      .select()
      .from(compliance)
      .where(and(eq(compliance.accountId, accountId), ne(compliance.status, 'REMOVED')))
      .orderBy(compliance.rule, compliance.resourceId);
    const inForce = await exceptionsInForce(reader, [accountId], now);
    const mirroring = await mirrorStatus(reader, accountId);
    const items = [...guardrails, ...(mirroring === undefined ? [] : [MIRRORED])].map((g) => {
      const about = findings.filter((f) => f.control === g.control);
      const own = about.filter((f) => !isDrift(f.rule));
      // What is mirrored has no findings of its own.
      const looked = g === MIRRORED && mirroring ? ['COMPLIANT'] : [];
      const missing = about.filter((f) => f.rule === CONTROL_MISSING && f.status === 'NON_COMPLIANT');
      return {
        control: g.control,
        kind: g.kind,
        carrier: g.carrier,
        // A preventive guardrail cannot be violated, only be missing; a detective one says what Config found.
        status:
          missing.length > 0
            ? 'NON_COMPLIANT'
            : g.kind === 'detective'
              ? worst([...looked, ...own.map((f) => f.status)])
              : 'COMPLIANT',
        resources: [...missing, ...own].map((f) => ({
          resourceType: f.resourceType,
          resourceId: f.resourceId,
          region: f.region,
          status: f.status,
          evaluatedAt: f.evaluatedAt.toISOString(),
          ...(f.annotation === null ? {} : { annotation: f.annotation }),
          ...exceptionNote(f, inForce),
        })),
      };
    });
    const since = await openSince(reader, accountId);
    const violations = violationsByRule(
      findings.map((f) => ({ ...f, since: (since.get(f.key) ?? f.evaluatedAt).toISOString() })),
      inForce,
    );
    const drift = await driftOf(reader, accountId);
    const stands = accountState(
      guardrails,
      findings.map((f) => ({ ...f, excepted: exceptionOf(f, inForce) !== undefined })),
    );
    return { accountId, ...stands, items, violations, ...(drift === undefined ? {} : { drift }) };
  });

/** Since when each violation of an account has been one, however often it was found again: by the key of its finding. */
async function openSince(reader: Orm, accountId: string): Promise<Map<string, Date>> {
  const rows = await rowsOf<{ key: string; since: number | string | null }>(
    reader,
    sql`select c.key, (select min(h.version) from compliance_history h where h.key = c.key and h.version > coalesce((
          select max(b.version) from compliance_history b where b.key = c.key and b.status <> 'NON_COMPLIANT'), -1)) as since
        from compliance c where c.account_id = ${accountId} and c.status = 'NON_COMPLIANT'`,
  );
  return new Map(
    rows.flatMap(({ key, since }) => (since === null ? [] : [[key, new Date(Number(since))] as const])),
  );
}

function worst(statuses: readonly string[]): string {
  if (statuses.includes('NON_COMPLIANT')) return 'NON_COMPLIANT';
  return statuses.some((s) => s === 'COMPLIANT' || s === 'NOT_APPLICABLE') ? 'COMPLIANT' : 'UNKNOWN';
}
