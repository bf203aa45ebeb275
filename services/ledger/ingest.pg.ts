import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { factLine, type NewFact } from './fact.ts';

/**
 * Appends observations of AWS to their lane, folds them and puts what leaves in the outbox: one round trip and one
 * transaction, whatever their number.
 * @param told facts of this lane (`laneOf`)
 * @returns those that were new
 */
export async function ingest(
  orm: Orm,
  lane: number,
  told: readonly NewFact[],
  now: Date,
): Promise<NewFact[]> {
  const at = now.toISOString();
  const lines = told.map((fact) => factLine(fact, at)).join('\n');
  const [row] = await rowsOf<{ lines: string }>(
    orm,
    sql`select coalesce(array_to_json(lines)::text, '[]') as lines
      from ledger_ingest(${lane}::smallint, ${lines}, ${at}::timestamptz)`,
  );
  return (JSON.parse(row?.lines ?? '[]') as number[]).map((line) => told[line - 1]!);
}
