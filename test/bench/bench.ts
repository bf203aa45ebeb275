import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { apiFigures } from './api-figures.ts';
import { benchCluster, closeCluster } from './cluster.ts';
import { type Figure, measure, type Result } from './figure.ts';
import { guardrailFigures } from './guardrail-figures.ts';
import { ledgerFigures } from './ledger-figures.ts';
import { memoryFigures } from './memory-figures.ts';
import { pageFigures } from './page-figures.ts';
import { queryFigures } from './query-figures.ts';
import { rebuildFigures } from './rebuild-figures.ts';
import { startFigures } from './start-figures.ts';

/** Every figure of the bench, by group: a file of figures for each. */
const GROUPS: readonly (() => readonly Figure[])[] = [
  apiFigures,
  guardrailFigures,
  ledgerFigures,
  memoryFigures,
  pageFigures,
  queryFigures,
  rebuildFigures,
  startFigures,
];

const OPTIONS = {
  json: { type: 'boolean', default: false },
  /** Names that begin so, with commas between. */
  only: { type: 'string', default: '' },
  /** Exits 1 when a figure does not reach its gate. */
  gate: { type: 'boolean', default: false },
  /** In place of each figure's own number: at least five. */
  rounds: { type: 'string' },
} as const;

/** Prints each figure beside its yardstick, measured in the same run: a ratio says the same on every machine. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  const rounds = values.rounds === undefined ? undefined : Math.max(5, Number(values.rounds));
  const prefixes = values.only.split(',').filter((prefix) => prefix !== '');
  const figures = GROUPS.flatMap((group) => group()).filter(
    ({ name }) => prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix)),
  );
  if (figures.length === 0) throw new Error(`no figure begins with ${prefixes.join(' or ')}`);
  const results: Result[] = [];
  let broken = 0;
  try {
    for (const figure of figures) {
      process.stderr.write(`${figure.name}\n`);
      try {
        results.push(await measure(figure, rounds));
      } catch (error) {
        // What was measured before and after it counts all the same.
        broken++;
        process.stderr.write(`${figure.name} could not be measured: ${(error as Error).stack}\n`);
      }
    }
    const machine = await describeMachine();
    process.stdout.write(values.json ? `${JSON.stringify({ machine, results })}\n` : table(results));
  } finally {
    await closeCluster();
  }
  if (broken > 0) return 1;
  return values.gate && results.some(({ reached }) => reached === false) ? 1 : 0;
}

async function describeMachine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryMb: Math.round(totalmem() / 2 ** 20),
    node: process.version,
    postgres: (await benchCluster()).version,
    fsync: true,
  };
}

function table(results: readonly Result[]): string {
  const number = (value: number) => value.toPrecision(4);
  const rows = results.map((result) => [
    result.name,
    number(result.ours),
    number(result.yardstick),
    result.unit,
    number(result.ratio),
    gateOf(result),
    String(result.runs),
    result.yardstickName,
  ]);
  const head = ['figure', 'ours', 'yardstick', 'unit', 'ratio', 'gate', 'runs', 'the yardstick is'];
  const widths = head.map((title, i) => Math.max(...[head, ...rows].map((row) => (row[i] ?? title).length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === 0 || i === 7 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return `${[head, ...rows].map(line).join('\n')}\n`;
}

const gateOf = ({ gate, most, unit, reached }: Result): string => {
  if (reached === undefined) return '';
  const words = [
    ...(gate === undefined
      ? []
      : ['atLeast' in gate ? `at least ${gate.atLeast}` : `at most ${gate.atMost}`]),
    ...(most === undefined ? [] : [`below ${most} ${unit}`]),
  ].join(', ');
  return reached ? words : `${words}: MISSED`;
};

process.exitCode = await main();
