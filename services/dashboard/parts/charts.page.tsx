/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { partsOf } from '../charts/parts.ts';
import { stackedTrend } from '../charts/trend.ts';
import { Numbers, Table } from './table.page.tsx';

/** Counts of one thing as a bar of parts, with a legend that says the numbers. */
export function PartsBar({
  parts,
  label,
}: {
  parts: readonly { key: string; n: number; label: string; tone: string }[];
  label: string;
}) {
  const drawn = partsOf(parts, 600);
  const toneOf = new Map(parts.map(({ key, tone }) => [key, tone]));
  return (
    <figure>
      <svg
        viewBox="0 0 600 14"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: ${parts.map(({ n, label: word }) => `${n} ${word}`).join(', ')}`}
      >
        <rect class="track" width={600} height={14} rx={2} />
        {drawn.map(({ key, x, width }) => (
          <rect class={toneOf.get(key)} x={x} width={width} height={14} />
        ))}
      </svg>
      <ul class="legend">
        {parts.map(({ n, label: word, tone }) => (
          <li class={tone}>
            {n.toLocaleString('en-US')} {word}
          </li>
        ))}
      </ul>
    </figure>
  );
}

export type BarRow = { label: Child; n: number; href?: string };

/** Rows with a bar each: the list is its own table. */
export function Bars({
  rows,
  label,
  tone = 'hue',
}: {
  rows: readonly BarRow[];
  label: string;
  tone?: string;
}) {
  const most = Math.max(1, ...rows.map(({ n }) => n));
  return (
    <table class="barlist">
      <caption class="sr">{label}</caption>
      <tbody>
        {rows.map(({ label: name, n, href }) => (
          <tr>
            <th scope="row">{href ? <a href={href}>{name}</a> : name}</th>
            <td class="barcell">
              <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect
                  class={tone}
                  width={n === 0 ? 0 : Math.max(1, Math.round((n * 100) / most))}
                  height={10}
                  rx={1}
                />
              </svg>
            </td>
            <td class="num">{n.toLocaleString('en-US')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

type TrendPoint = {
  at: string;
  compliant: number;
  nonCompliant: number;
  excepted: number;
  unknown: number;
};
const SERIES = [
  ['compliant', 'good', 'compliant'],
  ['unknown', 'idle', 'not known'],
  ['excepted', 'warn', 'by exception'],
  ['nonCompliant', 'bad', 'not compliant'],
] as const;

/** Accounts by their state of compliance, day by day. */
export function TrendChart({ points }: { points: readonly TrendPoint[] }) {
  const [width, height] = [560, 150];
  const { areas, across, up } = stackedTrend(
    points,
    SERIES.map(([key]) => key),
    { width, height },
  );
  const last = points.at(-1);
  const words = last
    ? `${last.compliant} compliant, ${last.nonCompliant} not compliant, ${last.excepted} by exception, ${last.unknown} not known on ${last.at.slice(0, 10)}`
    : 'no days yet';
  return (
    <figure>
      <svg
        class="shrinks"
        viewBox={`-34 -8 ${width + 44} ${height + 30}`}
        role="img"
        aria-label={`Accounts day by day: ${words}`}
      >
        {up.map(({ at, label }) => (
          <>
            <path class="axis" d={`M0 ${at}H${width}`} />
            <text x={-8} y={at + 4} text-anchor="end">
              {label}
            </text>
          </>
        ))}
        {areas.map(({ key, d }) => (
          <path class={SERIES.find(([name]) => name === key)?.[1]} d={d} />
        ))}
        {across.map(({ at, label }, i) => (
          <text
            x={at}
            y={height + 18}
            text-anchor={i === 0 ? 'start' : i === across.length - 1 ? 'end' : 'middle'}
          >
            {label}
          </text>
        ))}
      </svg>
      <ul class="legend">
        {SERIES.map(([, tone, word]) => (
          <li class={tone}>{word}</li>
        ))}
      </ul>
      <Numbers>
        <Table
          caption="Accounts by state of compliance, newest day first"
          columns={['Day', ...SERIES.map(([, , word]) => ({ title: word, numeric: true as const }))]}
        >
          {[...points].reverse().map((point) => (
            <tr>
              <th scope="row">{point.at.slice(0, 10)}</th>
              {SERIES.map(([key]) => (
                <td class="num">{point[key]}</td>
              ))}
            </tr>
          ))}
        </Table>
      </Numbers>
    </figure>
  );
}
