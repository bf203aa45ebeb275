/** @jsxImportSource hono/jsx */
import type { guardrailDetail, guardrailView } from '../guardrails/guardrail-view.ts';
import type { ControlAccount, ControlCount } from '../ledger/control-counts.pg.ts';
import { type Frame, Page } from './layout.page.tsx';
import { Input, Select } from './parts/field.page.tsx';
import { Status, Tag } from './parts/status.page.tsx';
import { Empty, Pager, Table } from './parts/table.page.tsx';
import { address } from './query.ts';
import { type Units, unitName } from './units.ts';
import { count, sentence } from './words.ts';

export type GuardrailFilters = { q?: string; guidance?: string; behavior?: string };
type View = ReturnType<typeof guardrailView>;
type ListProps = {
  frame: Frame;
  filters: GuardrailFilters;
  controls: readonly View[];
  counts: ReadonlyMap<string, ControlCount>;
  total: number;
  page: number;
  more: boolean;
};

const options = (values: readonly string[]) => values.map((value) => ({ value, label: sentence(value) }));

/** The control catalogue, with how many accounts have and violate each. */
export function GuardrailsPage({ frame, filters, controls, counts, total, page, more }: ListProps) {
  return (
    <Page
      title="Guardrails"
      frame={frame}
      lead={count(total, 'control')}
      aside={
        <a class="button" href="/guardrails/what-if">
          What would they deny?
        </a>
      }
    >
      <form class="filters" method="get" action="/guardrails">
        <Input name="q" label="Search" type="search" value={filters.q} placeholder="Id or title" />
        <Select
          name="guidance"
          label="Guidance"
          any="Any"
          value={filters.guidance}
          options={options(['mandatory', 'strongly-recommended', 'elective'])}
        />
        <Select
          name="behavior"
          label="Behaviour"
          any="Any"
          value={filters.behavior}
          options={options(['preventive', 'detective', 'proactive'])}
        />
        <button type="submit">Filter</button>
        {Object.keys(filters).length > 0 ? <a href="/guardrails">Clear</a> : null}
      </form>
      {controls.length === 0 ? (
        <Empty title="No control fits">
          <a href="/guardrails">Show the whole catalogue</a>
        </Empty>
      ) : (
        <Table
          stack
          caption="Controls of the catalogue"
          columns={[
            'Control',
            'Guidance',
            'Behaviour',
            { title: 'Units', numeric: true },
            { title: 'Accounts', numeric: true },
            { title: 'Violated in', numeric: true },
          ]}
        >
          {controls.map((control) => (
            <Row control={control} found={counts.get(control.id)} />
          ))}
        </Table>
      )}
      <Pager
        first={page > 1 ? address('/guardrails', filters) : undefined}
        next={more ? address('/guardrails', { ...filters, page: page + 1 }) : undefined}
      />
    </Page>
  );
}

const Row = ({ control, found }: { control: View; found: ControlCount | undefined }) => (
  <tr>
    <th scope="row">
      <a href={`/guardrails/${control.id}`}>{control.title}</a>
      <span class="hint mono">{control.id}</span>
    </th>
    <td data-head="Guidance">{sentence(control.guidance)}</td>
    <td data-head="Behaviour">{sentence(control.behavior)}</td>
    <td class="num" data-head="Units">
      {control.enabledOn.length}
    </td>
    <td class="num" data-head="Accounts">
      {found?.accounts ?? 0}
    </td>
    <td class="num" data-head="Violated in">
      {found?.violated ? <strong class="problem">{found.violated}</strong> : 0}
    </td>
  </tr>
);

type DetailProps = {
  frame: Frame;
  units: Units;
  control: ReturnType<typeof guardrailDetail>;
  accounts: readonly ControlAccount[];
};

/** One control: what it says, where it is on, who violates it. */
export function GuardrailPage({ frame, units, control, accounts }: DetailProps) {
  const rule = 'configRule' in control ? control.configRule : undefined;
  const statements = 'statements' in control ? control.statements : undefined;
  return (
    <Page
      title={control.title}
      frame={frame}
      crumb={['Guardrails', '/guardrails']}
      lead={<span class="mono">{control.id}</span>}
    >
      <div class="two">
        <div>
          <section>
            <h2>Accounts</h2>
            {accounts.length === 0 ? (
              <Empty title="No account has it">Of those that you may see.</Empty>
            ) : (
              <Table
                stack
                caption="Accounts that have the control"
                columns={['Account', 'Unit', 'From', 'State', { title: 'Violations', numeric: true }]}
              >
                {accounts.map(({ accountId, name, unit, kind, status, violations }) => (
                  <tr>
                    <th scope="row">
                      <a href={`/accounts/${accountId}`}>{name}</a>
                    </th>
                    <td data-head="Unit">{unitName(units, unit)}</td>
                    <td data-head="From">{kind === 'inherited' ? 'its unit' : 'the account'}</td>
                    <td data-head="State">
                      <Status of={violations > 0 ? 'NON_COMPLIANT' : status} />
                    </td>
                    <td class="num" data-head="Violations">
                      {violations}
                    </td>
                  </tr>
                ))}
              </Table>
            )}
          </section>
        </div>
        <div>
          <section class="panel">
            <h2>What it is</h2>
            <dl class="facts">
              <dt>Guidance</dt>
              <dd>{sentence(control.guidance)}</dd>
              <dt>Behaviour</dt>
              <dd>{sentence(control.behavior)}</dd>
              <dt>Made as</dt>
              <dd>{sentence(control.implementation)}</dd>
              <dt>Goes on</dt>
              <dd>
                {control.attachableTo.length === 0
                  ? 'only where Control Tower puts it'
                  : control.attachableTo.map(sentence).join(', ')}
              </dd>
              <dt>Units</dt>
              <dd>
                {control.enabledOn.length === 0
                  ? 'none'
                  : control.enabledOn.map(({ target }) => <Tag>{unitName(units, target)}</Tag>)}
              </dd>
              {control.parameters.map(({ name, type, required }) => (
                <>
                  <dt class="mono">{name}</dt>
                  <dd>
                    {sentence(type)}
                    {required ? ', required' : ''}
                  </dd>
                </>
              ))}
            </dl>
            {control.behavior === 'preventive' ? (
              <p class="later">
                <a href={address('/guardrails/what-if', { controls: control.id })}>What would it deny?</a>
              </p>
            ) : null}
          </section>
          {rule || statements ? (
            <section class="panel">
              <h2>{rule ? 'Config rule' : 'Statements'}</h2>
              <pre>{JSON.stringify(rule ?? statements, null, 2)}</pre>
            </section>
          ) : null}
        </div>
      </div>
    </Page>
  );
}
