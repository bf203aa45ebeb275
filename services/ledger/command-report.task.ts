import { EXIT, type Options, say } from './command-run.task.ts';
import type { Rebuilt } from './rebuild.pg.ts';

export function report(
  { facts, tables, repaired }: Rebuilt,
  only: readonly string[],
  { json }: Options,
): number {
  const shown = tables.filter(({ table }) => only.includes(table));
  const wrong = shown.filter(({ differing }) => differing > 0);
  const ok = repaired || wrong.length === 0;
  if (json) say(JSON.stringify({ ok, facts, repaired: repaired && wrong.length > 0, tables: shown }));
  else {
    for (const { table, rows, hash, differing, sample } of shown)
      say(
        differing === 0
          ? `  ${table.padEnd(20)} ${rows.live} rows, hash ${hash.live}`
          : `  ${table.padEnd(20)} DIFFERS in ${differing} rows (live ${rows.live}, rebuilt ${rows.rebuilt}): ${sample.join('; ')}${differing > sample.length ? '; …' : ''}`,
      );
    const n = `${wrong.length} of ${shown.length} tables`;
    say(
      wrong.length === 0
        ? `all are what ${facts} facts make of them`
        : repaired
          ? `${n} differed from what ${facts} facts make of them, and were put right`
          : `${n} differ from what ${facts} facts make of them; "rebuild" puts them right`,
    );
  }
  return ok ? EXIT.ok : EXIT.differs;
}
