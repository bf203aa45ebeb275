/** @jsxImportSource hono/jsx */
import type { HeatMap } from '../ledger/heat-map.pg.ts';
import { bands, heatRuns } from './charts/heat.ts';
import { type Frame, Page } from './layout.page.tsx';
import { ControlId } from './parts/control-id.page.tsx';
import { Input, Select } from './parts/field.page.tsx';
import { Empty, Table } from './parts/table.page.tsx';
import { address } from './query.ts';
import { type Units, unitName, unitOptions } from './units.ts';
import { count } from './words.ts';

export type HeatFilters = { ou?: string; team?: string; worst?: string };
type Props = { frame: Frame; units: Units; filters: HeatFilters; map: HeatMap };

/** Accounts and controls that the table shows; the export has them all. */
const MOST_ROWS = 50;
const MOST_COLUMNS = 12;

/** Which account violates which control: a map that fits a thousand accounts, and a table of those that matter. */
export function CompliancePage({ frame, units, filters, map }: Props) {
  const violated = map.controls.filter((one) => one.violated > 0);
  return (
    <Page
      title="Compliance"
      frame={frame}
      lead={leadWords(map, violated.length)}
      aside={
        <a class="button" href={address('/compliance.csv', filters)}>
          Export CSV
        </a>
      }
    >
      <form class="filters" method="get" action="/compliance">
        <Select name="ou" label="Unit" any="Any" value={filters.ou} options={unitOptions(units)} />
        <Input name="team" label="Team" value={filters.team} />
        <Select
          name="worst"
          label="Accounts"
          any="All"
          value={filters.worst}
          options={[{ value: 'yes', label: 'With violations' }]}
        />
        <button type="submit">Filter</button>
        {Object.keys(filters).length > 0 ? <a href="/compliance">Clear</a> : null}
      </form>
      {map.accounts.length === 0 ? (
        <Empty title="No account has guardrails here">
          Accounts appear when their guardrails are attached.
        </Empty>
      ) : (
        <>
          <section class="panel">
            <h2>Account × control</h2>
            <HeatFigure map={map} units={units} />
          </section>
          <Violated map={map} units={units} />
        </>
      )}
    </Page>
  );
}

function leadWords({ accounts, total }: HeatMap, violated: number): string {
  const shown =
    accounts.length < total
      ? `The ${accounts.length.toLocaleString('en-US')} accounts with most violations of ${total.toLocaleString('en-US')}`
      : count(total, 'account');
  return `${shown}; ${count(violated, 'control')} violated.`;
}

const LABELS = 266;
const WIDTH = 680;
const NUMBERS = 34;
const ROW = 17;
const TOP = 20;
const TONE: Readonly<Record<string, string>> = { c: 'calm', u: 'idle', e: 'warn', v: 'bad' };

/** A row for each control, a column for each account: a thousand of them are a pixel wide each. */
function HeatFigure({ map, units }: Pick<Props, 'map' | 'units'>) {
  const { accounts, controls } = map;
  const width = Math.min(WIDTH, accounts.length * 40);
  const cell = width / accounts.length;
  const marks = bands(
    accounts.map(({ unit }) => unit),
    cell,
  );
  const height = TOP + controls.length * ROW;
  const violated = controls.filter((one) => one.violated > 0).length;
  return (
    <figure>
      <section class="across" aria-label="Heat map, scrolls sideways" tabindex={0}>
        <svg
          class="heat"
          viewBox={`${-LABELS} 0 ${LABELS + WIDTH + NUMBERS} ${height}`}
          role="img"
          aria-label={`${accounts.length} accounts by ${controls.length} controls; ${violated} controls are violated. The table below says by whom.`}
        >
          {marks.map(({ unit, x, width: w }, i) => (
            <>
              <rect
                class={i % 2 === 0 ? 'idle' : 'hue'}
                x={x}
                y={TOP - 6}
                width={Math.max(1, w - 1)}
                height={3}
              />
              {w > 46 ? (
                <text x={x} y={TOP - 9}>
                  {fitting(unitName(units, unit), w)}
                </text>
              ) : null}
            </>
          ))}
          {controls.map(({ control, cells, violated: n }, i) => {
            const y = TOP + i * ROW;
            return (
              <g>
                <text class={n > 0 ? 'ink' : ''} x={-8} y={y + 12} text-anchor="end">
                  {control.replace(/^AWS-GR_/, '')}
                </text>
                <rect class="track" x={0} y={y + 1} width={width} height={ROW - 3} />
                {heatRuns(cells, cell, y + 1, ROW - 3).map(({ state, d }) => (
                  <path class={TONE[state]} d={d} />
                ))}
                <text class={n > 0 ? 'strong' : ''} x={width + 8} y={y + 12}>
                  {n > 0 ? n : ''}
                </text>
              </g>
            );
          })}
        </svg>
      </section>
      <ul class="legend">
        <li class="bad">violated</li>
        <li class="warn">violated, by exception</li>
        <li>not known yet</li>
        <li class="calm">in order</li>
        <li class="track">not on the account</li>
      </ul>
      <p class="hint small">
        Columns are accounts, by unit and then by violations; the number at the right counts accounts that
        violate the control.
      </p>
    </figure>
  );
}

/** As much of a word as fits above a band. */
const fitting = (word: string, width: number): string => {
  const most = Math.floor(width / 6.2);
  return word.length <= most ? word : `${word.slice(0, Math.max(1, most - 1))}…`;
};

const WORDS: Readonly<Record<string, string>> = {
  v: 'violated',
  e: 'by exception',
  u: 'not known',
  c: 'in order',
  '-': '',
};

/** The same by name: accounts with violations, and the controls that are violated most. */
function Violated({ map, units }: Pick<Props, 'map' | 'units'>) {
  const columns = map.controls.filter((one) => one.violated > 0).slice(0, MOST_COLUMNS);
  const rows = map.accounts
    .map((account, n) => ({ ...account, n }))
    .filter(({ violations }) => violations > 0)
    .sort((a, b) => b.violations - a.violations)
    .slice(0, MOST_ROWS);
  if (rows.length === 0 || columns.length === 0)
    return <Empty title="Nothing is violated">Every control that was evaluated is in order.</Empty>;
  return (
    <section>
      <h2>Accounts with violations</h2>
      <Table
        class="heat"
        caption={`Accounts with violations, those with most first, by the controls violated most`}
        columns={[
          'Account',
          'Unit',
          'Violations',
          ...columns.map(({ control }) => ({
            title: <ControlId id={control.replace(/^AWS-GR_/, '')} />,
          })),
        ]}
      >
        {rows.map(({ accountId, name, unit, violations, n }) => (
          <tr>
            <th scope="row">
              <a href={`/accounts/${accountId}`}>{name}</a>
            </th>
            <td>{unitName(units, unit)}</td>
            <td>{violations}</td>
            {columns.map(({ cells }) => (
              <td class={cells[n] === 'v' ? 'bad' : 'warn'}>{WORDS[cells[n] ?? '-']}</td>
            ))}
          </tr>
        ))}
      </Table>
    </section>
  );
}
