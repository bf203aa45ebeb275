/** @jsxImportSource hono/jsx */
import type { Overview } from '../ledger/overview.pg.ts';
import type { complianceSummary, TrendPoint } from '../ledger/summary.pg.ts';
import type { Pulse } from '../requests/pulse.pg.ts';
import type { ListedRequest } from '../requests/request-list.pg.ts';
import { type Frame, Page } from './layout.page.tsx';
import { newsMark } from './news.ts';
import { Bars, PartsBar, TrendChart } from './parts/charts.page.tsx';
import { Live } from './parts/live.page.tsx';
import { Empty, Figure, Table } from './parts/table.page.tsx';
import { address } from './query.ts';
import { InProgress } from './requests.page.tsx';
import { type Units, unitName } from './units.ts';
import { sentence, statusWord } from './words.ts';

export type HomeProps = {
  frame: Frame;
  units: Units;
  nowMs: number;
  summary: Awaited<ReturnType<typeof complianceSummary>>;
  trend: readonly TrendPoint[];
  overview: Overview;
  /** The newest of them. */
  open: readonly ListedRequest[];
  pulse: Pulse;
};

const AGES = ['Under 30 days', '30 to 90 days', '3 to 12 months', '1 to 3 years', 'Over 3 years'];

/** Accounts, guardrails and compliance in numbers, and what is under way. */
export function HomePage(props: HomeProps) {
  const { frame, summary, overview, units, open } = props;
  const mayAsk = frame.who.roles.some((role) => role === 'requester' || role === 'approver');
  return (
    <Page
      title="Overview"
      frame={frame}
      lead={scopeWords(frame)}
      aside={
        mayAsk ? (
          <a class="button primary" href="/requests/new">
            Ask for an account
          </a>
        ) : null
      }
    >
      <Live path="/" events={address('/events', { seen: newsMark(props.pulse, summary) })}>
        <Figures {...props} />
        <section>
          <h2>Under way</h2>
          <InProgress requests={open} units={units} nowMs={props.nowMs} />
          {openOf(props.pulse) > open.length ? (
            <p class="hint small">
              <a href="/requests?status=open">All {openOf(props.pulse).toLocaleString('en-US')} of them</a>
            </p>
          ) : null}
        </section>
        {summary.accounts.total === 0 ? (
          <Empty title="No accounts yet">
            Accounts appear here when the first one is vended, or when the organization has been read.
          </Empty>
        ) : (
          <>
            <Accounts {...props} />
            <div class="grid">
              <section class="panel">
                <h2>Controls most violated</h2>
                {overview.controls.length === 0 ? (
                  <p class="soft">No control is violated.</p>
                ) : (
                  <Bars
                    label="Accounts that violate a control"
                    tone="bad"
                    rows={overview.controls.map(({ control, accounts }) => ({
                      label: <span class="mono small">{control}</span>,
                      n: accounts,
                      href: `/guardrails/${control}`,
                    }))}
                  />
                )}
              </section>
              <section class="panel">
                <h2>Accounts with most violations</h2>
                {overview.accounts.length === 0 ? (
                  <p class="soft">No account has one.</p>
                ) : (
                  <Bars
                    label="Violations of an account"
                    tone="bad"
                    rows={overview.accounts.map(({ accountId, name, violations }) => ({
                      label: name,
                      n: violations,
                      href: `/accounts/${accountId}`,
                    }))}
                  />
                )}
              </section>
              <section class="panel">
                <h2>Guardrails by guidance</h2>
                <Bars
                  label="Guardrails enabled on accounts, by guidance"
                  rows={Object.entries(summary.guardrails.byGuidance).map(([guidance, n]) => ({
                    label: sentence(guidance),
                    n,
                    href: address('/guardrails', { guidance }),
                  }))}
                />
                <p class="hint small">Counted once for each account that has the guardrail.</p>
              </section>
            </div>
            <ByUnit units={units} rows={overview.units} />
          </>
        )}
      </Live>
    </Page>
  );
}

const scopeWords = ({ who }: Frame): string => {
  if (who.roles.some((role) => role === 'operator' || role === 'auditor')) return 'The whole organization.';
  return who.teams.length === 0 ? 'You are in no team yet.' : `Teams: ${who.teams.join(', ')}.`;
};

const openOf = ({ underWay, waiting, stuck }: Pulse): number => underWay + waiting + stuck;

function Figures({ summary, overview, pulse }: HomeProps) {
  const { underWay, waiting, stuck } = pulse;
  const { nonCompliant } = summary.compliance;
  return (
    <ul class="figures">
      <Figure n={summary.accounts.total} label="accounts" href="/accounts" />
      <Figure n={summary.accounts.byStatus.ACTIVE ?? 0} label="active" href="/accounts?status=ACTIVE" />
      <Figure n={underWay} label="under way" href="/requests?status=open" />
      <Figure
        n={waiting}
        label="await approval"
        href="/requests?status=AWAITING_APPROVAL"
        {...(waiting > 0 ? { tone: 'warn' } : {})}
      />
      <Figure
        n={stuck}
        label="need a person"
        href="/requests?status=QUARANTINED"
        {...(stuck > 0 ? { tone: 'bad' } : {})}
      />
      <Figure n={summary.guardrails.enabled} label="guardrails enabled" href="/guardrails" />
      <Figure
        n={nonCompliant}
        label="not compliant"
        href="/accounts?compliance=nonCompliant"
        {...(nonCompliant > 0 ? { tone: 'bad' } : {})}
      />
      <Figure n={overview.drifted} label="drifted" {...(overview.drifted > 0 ? { tone: 'warn' } : {})} />
    </ul>
  );
}

function Accounts({ summary, trend, overview }: HomeProps) {
  const { compliant, nonCompliant, excepted, unknown } = summary.compliance;
  return (
    <div class="grid wide">
      <section class="panel">
        <h2>Compliance of accounts, 30 days</h2>
        <PartsBar
          label="Accounts now"
          parts={[
            { key: 'compliant', n: compliant, label: 'compliant', tone: 'good' },
            { key: 'unknown', n: unknown, label: 'not known', tone: 'idle' },
            { key: 'excepted', n: excepted, label: 'by exception', tone: 'warn' },
            { key: 'nonCompliant', n: nonCompliant, label: 'not compliant', tone: 'bad' },
          ]}
        />
        <TrendChart points={trend} />
      </section>
      <section class="panel">
        <h2>Accounts by status</h2>
        <Bars
          label="Accounts by status"
          rows={Object.entries(summary.accounts.byStatus).map(([status, n]) => ({
            label: statusWord(status),
            n,
            href: address('/accounts', { status }),
          }))}
        />
        <h2 class="later">Accounts by age</h2>
        <Bars label="Accounts by age" rows={overview.ages.map((n, i) => ({ label: AGES[i] ?? '', n }))} />
      </section>
    </div>
  );
}

function ByUnit({ units, rows }: { units: Units; rows: Overview['units'] }) {
  return (
    <section>
      <h2>By organizational unit</h2>
      <Table
        stack
        caption="Accounts and their compliance by organizational unit"
        columns={[
          'Unit',
          ...['Accounts', 'Active', 'Compliant', 'Not compliant', 'By exception', 'Not known'].map(
            (title) => ({
              title,
              numeric: true as const,
            }),
          ),
        ]}
      >
        {rows.map((row) => (
          <tr>
            <th scope="row">
              {row.unit === null ? (
                'No unit'
              ) : (
                <a href={address('/accounts', { ou: row.unit })}>{unitName(units, row.unit)}</a>
              )}
            </th>
            <td class="num" data-head="Accounts">
              {row.accounts}
            </td>
            <td class="num" data-head="Active">
              {row.active}
            </td>
            <td class="num" data-head="Compliant">
              {row.compliant}
            </td>
            <td class="num" data-head="Not compliant">
              {row.nonCompliant > 0 && row.unit !== null ? (
                <a href={address('/compliance', { ou: row.unit })}>{row.nonCompliant}</a>
              ) : (
                row.nonCompliant
              )}
            </td>
            <td class="num" data-head="By exception">
              {row.excepted}
            </td>
            <td class="num" data-head="Not known">
              {row.unknown}
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
