/** @jsxImportSource hono/jsx */
import type { Principal } from '../access/principal.ts';
import { requestPage } from '../chat/request-message.ts';
import type { accountAnswer } from '../ledger/queries.pg.ts';
import type { complianceSummary } from '../ledger/summary.pg.ts';
import { WHOLE_ORGANIZATION } from '../requests/kinds.ts';
import type { RequestRow } from '../requests/requests.pg.ts';
import { subjectOf } from '../requests/subject.ts';
import { Page, Time } from './layout.page.tsx';

type Props = {
  local: boolean;
  who: Principal;
  csrf: string;
  summary: Awaited<ReturnType<typeof complianceSummary>>;
  accounts: ReturnType<typeof accountAnswer>[];
  requests: RequestRow[];
};

/** Accounts provisioned, guardrails enabled, compliance; then the newest requests and the accounts. */
export function HomePage({ local, who, csrf, summary, accounts, requests }: Props) {
  return (
    <Page title="Accounts" local={local}>
      <form class="inline" method="post" action="/sign-out">
        <input type="hidden" name="csrf" value={csrf} />
        <p class="hint">
          Signed in as {who.subject}. <button type="submit">Sign out</button>
        </p>
      </form>
      <ul class="figures">
        <li>
          <b>{summary.accounts.total}</b>accounts
        </li>
        <li>
          <b>{summary.accounts.byStatus.ACTIVE ?? 0}</b>active
        </li>
        <li>
          <b>{summary.guardrails.enabled}</b>guardrails enabled on accounts
        </li>
        <li>
          <b>{summary.compliance.compliant}</b>compliant accounts, {summary.compliance.nonCompliant} not,{' '}
          {summary.compliance.unknown} unknown
        </li>
      </ul>
      <h2>Requests</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Subject</th>
              <th>Team</th>
              <th>Status</th>
              <th>Account id</th>
              <th>Asked</th>
            </tr>
          </thead>
          <tbody>
            {requests.map(({ request, state }) => (
              <tr>
                <td>
                  <a href={requestPage(request.id)}>{subjectOf(request).title}</a>
                </td>
                <td>{request.team === WHOLE_ORGANIZATION ? '' : request.team}</td>
                <td>
                  <span class={`status-${state.status}`}>{state.status}</span>
                  {state.failure ? (
                    <p class="hint">
                      {state.failure.title}. {state.failure.nextAction}
                      <br />
                      <small>{state.failure.detail}</small>
                    </p>
                  ) : null}
                </td>
                <td class="id">{state.accountId ?? ''}</td>
                <td>
                  <Time at={request.createdAt.toISOString()} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <h2>Accounts</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Account id</th>
              <th>Name</th>
              <th>Team</th>
              <th>Status</th>
              <th>Origin</th>
            </tr>
          </thead>
          <tbody>
            {accounts.map((account) => (
              <tr>
                <td class="id">{account.accountId}</td>
                <td>{account.name}</td>
                <td>{account.team ?? ''}</td>
                <td>
                  <span class={`status-${account.status}`}>{account.status}</span>
                </td>
                <td>{account.origin}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Page>
  );
}
