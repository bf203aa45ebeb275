import { sql } from 'drizzle-orm';
import { type Orm, rowsOf } from '../../db/client.ts';
import { factLine, type NewFact } from './fact.ts';
import { observedLine } from './observed-line.ts';

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
  const plain = sorted();
  const others = sorted();
  for (const fact of told) {
    const line = observedLine(fact, at);
    const kind = line === undefined ? others : plain;
    kind.facts.push(fact);
    kind.lines.push(line ?? factLine(fact, at));
  }
  const calls = [
    ...(plain.lines.length > 0 ? [{ name: 'ledger_observe', ...plain }] : []),
    ...(others.lines.length > 0 ? [{ name: 'ledger_ingest', ...others }] : []),
  ];
  if (calls.length === 0) return [];
  const [row] = await rowsOf<Record<string, string | null>>(
    orm,
    sql`select ${sql.join(
      calls.map(({ name, lines }) => {
        const kept = sql`${sql.raw(name)}(${lane}::smallint, ${lines.join('\n')}, ${at}::timestamptz)`;
        return sql`(select array_to_json(lines)::text from ${kept}) as ${sql.raw(name)}`;
      }),
      sql`, `,
    )}`,
  );
  return calls.flatMap(({ name, facts }) =>
    (JSON.parse(row?.[name] ?? '[]') as number[]).map((line) => facts[line - 1]!),
  );
}

const sorted = () => ({ facts: [] as NewFact[], lines: [] as string[] });
