/** @jsxImportSource hono/jsx */
import type { ListedAccount } from '../ledger/account-list.pg.ts';
import { Day, type Frame, Page } from './layout.page.tsx';
import { Input, Select } from './parts/field.page.tsx';
import { Status } from './parts/status.page.tsx';
import { Empty, Pager, Table } from './parts/table.page.tsx';
import { address } from './query.ts';
import { type Units, unitName, unitOptions } from './units.ts';
import { count, sentence, statusWord } from './words.ts';

export type AccountFilters = {
  q?: string;
  status?: string;
  ou?: string;
  team?: string;
  compliance?: string;
  asOf?: string;
  cursor?: string;
};
type Row = Omit<ListedAccount, 'violations' | 'excepted' | 'compliance'> & {
  violations?: number;
  excepted?: number;
  compliance?: string | null;
};
type Props = {
  frame: Frame;
  units: Units;
  filters: AccountFilters;
  accounts: readonly Row[];
  /** Unknown of an earlier instant. */
  total: number | undefined;
  next: string | undefined;
  /** What was wrong with the instant. */
  problem?: string | undefined;
};

const STATES = ['compliant', 'nonCompliant', 'excepted', 'unknown'];

/** Accounts by name, as they are or as they were. */
export function AccountsPage({ frame, units, filters, accounts, total, next, problem }: Props) {
  const { cursor, ...kept } = filters;
  const filtered = Object.values(kept).some((value) => value !== undefined);
  const past = filters.asOf !== undefined && problem === undefined;
  return (
    <Page
      title="Accounts"
      frame={frame}
      lead={
        past
          ? `As they were on ${filters.asOf?.replace('T', ' ')} UTC.`
          : total === undefined
            ? undefined
            : count(total, 'account')
      }
      aside={
        <a class="button" href={address('/accounts.csv', kept)}>
          Export CSV
        </a>
      }
    >
      <form class="filters" method="get" action="/accounts">
        <Input name="q" label="Search" type="search" value={filters.q} placeholder="Name, e-mail, id" />
        <Select name="ou" label="Unit" any="Any" value={filters.ou} options={unitOptions(units)} />
        <Select
          name="status"
          label="Status"
          any="Any"
          value={filters.status}
          options={['ACTIVE', 'QUARANTINED', 'PROVISIONING', 'SUSPENDED', 'CLOSED'].map((value) => ({
            value,
            label: sentence(value),
          }))}
        />
        <Select
          name="compliance"
          label="Compliance"
          any="Any"
          value={filters.compliance}
          options={STATES.map((value) => ({
            value,
            label: statusWord(value),
          }))}
        />
        <Input name="team" label="Team" value={filters.team} />
        <Input name="asOf" label="As of (UTC)" type="datetime-local" value={filters.asOf} />
        <button type="submit">Filter</button>
        {filtered ? <a href="/accounts">Clear</a> : null}
      </form>
      {problem ? (
        <p class="problem" role="alert">
          {problem}
        </p>
      ) : null}
      {accounts.length === 0 ? (
        <Empty title={filtered ? 'No account fits' : 'No accounts yet'}>
          {filtered ? (
            <a href="/accounts">Show all accounts</a>
          ) : (
            'The first one appears here when it is made.'
          )}
        </Empty>
      ) : (
        <Table
          stack
          caption="Accounts by name"
          columns={[
            'Name',
            'Account id',
            'Unit',
            'Team',
            'Status',
            ...(past ? [] : ['Compliance']),
            'Origin',
            'Since',
          ]}
        >
          {accounts.map((account) => (
            <AccountRow account={account} units={units} asOf={past ? filters.asOf : undefined} />
          ))}
        </Table>
      )}
      <Pager
        first={cursor === undefined ? undefined : address('/accounts', kept)}
        next={next === undefined ? undefined : address('/accounts', { ...kept, cursor: next })}
      />
    </Page>
  );
}

function AccountRow({ account, units, asOf }: { account: Row; units: Units; asOf: string | undefined }) {
  return (
    <tr>
      <th scope="row">
        <a href={address(`/accounts/${account.accountId}`, { asOf })}>{account.name}</a>
      </th>
      <td class="id" data-head="Account id">
        {account.accountId}
      </td>
      <td data-head="Unit">{unitName(units, account.unit)}</td>
      <td data-head="Team">{account.team ?? ''}</td>
      <td data-head="Status">
        <Status of={account.status} />
      </td>
      {asOf === undefined ? (
        <td data-head="Compliance">
          {account.compliance ? <Status of={account.compliance} /> : <span class="soft">No guardrails</span>}
          {account.violations ? (
            <span class="hint">
              {count(account.violations, 'violation')}
              {account.excepted ? `, ${account.excepted} by exception` : ''}
            </span>
          ) : null}
        </td>
      ) : null}
      <td data-head="Origin">{sentence(account.origin)}</td>
      <td data-head="Since">
        <Day at={account.createdAt} />
      </td>
    </tr>
  );
}
