import { sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { type Fact, GOVERNANCE } from './fact.ts';

const SPEAK_OF_CONTROLS: readonly Fact['type'][] = [
  'ComplianceChanged',
  'DriftChecked',
  'GuardrailsAttached',
  'AccountChanged',
];

/**
 * What was found by controls that a changed account no longer has says nothing any more, whenever it is told: an
 * evaluation may come after the rule is gone, a look may have begun before. Who calls it holds the lanes.
 */
export async function endRemovedFindings(tx: Orm, fresh: readonly Fact[], now: Date): Promise<void> {
  const ids = fresh.flatMap((f) => (SPEAK_OF_CONTROLS.includes(f.type) && f.accountId ? [f.accountId] : []));
  if (ids.length === 0) return;
  const accounts = sql`array(select jsonb_array_elements_text(${JSON.stringify([...new Set(ids)])}::jsonb))`;
  await tx.execute(
    sql`select end_removed_findings(${GOVERNANCE}::smallint, ${accounts}, ${now.toISOString()}::timestamptz)`,
  );
}
