import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { guardrailFigures } from './guardrail-figures.ts';
import { type Figure, measure, type Result } from './measure.ts';

/** Every figure of the bench, by group: a file of figures for each. */
const GROUPS: readonly (() => readonly Figure[])[] = [guardrailFigures];

const OPTIONS = {
  json: { type: 'boolean', default: false },
  /** Names that begin so, with commas between. */
  only: { type: 'string', default: '' },
} as const;

/** Prints each figure beside its yardstick, measured in the same run: a ratio says the same on every machine. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const prefixes = values.only.split(',').filter((prefix) => prefix !== '');
  const figures = GROUPS.flatMap((group) => group()).filter(
    ({ name }) => prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix)),
  );
  if (figures.length === 0) throw new Error(`no figure begins with ${prefixes.join(' or ')}`);
  const results: Result[] = [];
  for (const figure of figures) results.push(await measure(figure));
  const [cpu] = cpus();
  const machine = {
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memoryMb: Math.round(totalmem() / 2 ** 20),
    node: process.version,
  };
  process.stdout.write(values.json ? `${JSON.stringify({ machine, results })}\n` : table(results));
}

function table(results: readonly Result[]): string {
  const number = (value: number) => value.toPrecision(4);
  const rows = results.map(({ name, ours, yardstick, ratio, unit, runs, yardstickName }) => [
    name,
    number(ours),
    number(yardstick),
    unit,
    number(ratio),
    String(runs),
    yardstickName,
  ]);
  const head = ['figure', 'ours', 'yardstick', 'unit', 'ratio', 'runs', 'the yardstick is'];
  const widths = head.map((title, i) => Math.max(...[head, ...rows].map((row) => (row[i] ?? title).length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === 0 || i === 6 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return `${[head, ...rows].map(line).join('\n')}\n`;
}

await main();
