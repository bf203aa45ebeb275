/** @jsxImportSource hono/jsx */
import { REQUEST_STATUSES } from '../ledger/request-view.ts';
import type { ListedRequest } from '../requests/request-list.pg.ts';
import { type Frame, Page, Time } from './layout.page.tsx';
import { Input, Select } from './parts/field.page.tsx';
import { Live } from './parts/live.page.tsx';
import { Status, Tag } from './parts/status.page.tsx';
import { Empty, Pager, Table } from './parts/table.page.tsx';
import { address } from './query.ts';
import { etaWords, requestTitle, waitsFor } from './request-words.ts';
import type { Units } from './units.ts';
import { KIND_WORDS, kindWord, statusWord } from './words.ts';

type Listing = { requests: readonly ListedRequest[]; units: Units; nowMs: number };
/** `seen`: what the page shows, for who tells that there is news. */
type LiveListing = Listing & { frame: Frame; seen: string };

export type RequestFilters = { status?: string; kind?: string; team?: string; q?: string; cursor?: string };
type Props = LiveListing & { filters: RequestFilters; next: string | undefined };

const pathOf = ({ id }: { id: string }) => `/requests/${encodeURIComponent(id)}`;

/** Requests of one's teams, newest first. */
export function RequestsPage({ frame, filters, next, seen, ...listing }: Props) {
  const { cursor, ...kept } = filters;
  const filtered = Object.values(kept).some((value) => value !== undefined);
  const mayAsk = frame.who.roles.some((role) => role === 'requester' || role === 'approver');
  return (
    <Page
      title="Requests"
      frame={frame}
      aside={
        <div class="actions">
          <a class="button" href={address('/requests.csv', kept)}>
            Export CSV
          </a>
          {mayAsk ? (
            <a class="button primary" href="/requests/new">
              Ask for an account
            </a>
          ) : null}
        </div>
      }
    >
      <form class="filters" method="get" action="/requests">
        <Input name="q" label="Search" type="search" value={filters.q} placeholder="Name, id, person" />
        <Select
          name="status"
          label="Status"
          any="Any"
          value={filters.status}
          options={[
            { value: 'open', label: 'Under way or waiting' },
            ...REQUEST_STATUSES.map((value) => ({ value, label: statusWord(value) })),
          ]}
        />
        <Select
          name="kind"
          label="Kind"
          any="Any"
          value={filters.kind}
          options={Object.entries(KIND_WORDS).map(([value, label]) => ({ value, label }))}
        />
        <Input name="team" label="Team" value={filters.team} />
        <button type="submit">Filter</button>
        {filtered ? <a href="/requests">Clear</a> : null}
      </form>
      <Live path={address('/requests', filters)} events={newsOf(seen)}>
        {listing.requests.length === 0 ? (
          <Empty title={filtered ? 'Nothing fits these filters' : 'No requests yet'}>
            {filtered ? <a href="/requests">Show all requests</a> : 'What your teams ask for appears here.'}
          </Empty>
        ) : (
          <RequestTable {...listing} />
        )}
        <Pager
          first={cursor === undefined ? undefined : address('/requests', kept)}
          next={next === undefined ? undefined : address('/requests', { ...kept, cursor: next })}
        />
      </Live>
    </Page>
  );
}

const newsOf = (seen: string): string => address('/events', { of: 'requests', seen });

function RequestTable({ requests, units, nowMs }: Listing) {
  return (
    <Table
      stack
      caption="Requests, newest first"
      columns={['Request', 'Kind', 'Team', 'Asked by', 'Status', 'Waits for', 'Asked']}
    >
      {requests.map((request) => (
        <tr>
          <th scope="row">
            <a href={pathOf(request)}>{requestTitle(request, units)}</a>
          </th>
          <td data-head="Kind">{kindWord(request.kind)}</td>
          <td data-head="Team">{request.team === '*' ? 'Organization' : request.team}</td>
          <td data-head="Asked by">{request.requestedBy}</td>
          <td data-head="Status">
            <Status of={request.state.status} />
          </td>
          <td data-head="Waits for">{waitCell(request, nowMs)}</td>
          <td data-head="Asked">
            <Time at={request.createdAt} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

function waitCell(request: ListedRequest, nowMs: number) {
  const { failure, status } = request.state;
  const waits = waitsFor(request);
  const eta = etaWords(request, nowMs);
  if (failure && status !== 'QUARANTINED') return <span class="soft">{failure.title}</span>;
  if (waits === undefined) return null;
  return (
    <span>
      {waits}
      {eta ? <span class="hint">{eta}</span> : null}
      {failure ? <span class="hint">{failure.title}</span> : null}
    </span>
  );
}

/** What is under way, with what each waits for and when it will probably be done. */
export function InProgress({ requests, units, nowMs }: Listing) {
  if (requests.length === 0)
    return (
      <Empty title="Nothing is under way">
        Requests that wait or run appear here, and disappear when they are done.
      </Empty>
    );
  return (
    <Table stack caption="Requests under way" columns={['Request', 'Team', 'Status', 'Waits for', 'Asked']}>
      {requests.map((request) => (
        <tr>
          <th scope="row">
            <a href={pathOf(request)}>{requestTitle(request, units)}</a>
          </th>
          <td data-head="Team">{request.team === '*' ? 'Organization' : request.team}</td>
          <td data-head="Status">
            <Status of={request.state.status} />
          </td>
          <td data-head="Waits for">{waitCell(request, nowMs)}</td>
          <td data-head="Asked">
            <Time at={request.createdAt} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** What is put to the person for approval, oldest first. */
export function ApprovalsPage({ frame, all, seen, ...listing }: LiveListing & { all: boolean }) {
  return (
    <Page
      title="Approvals"
      frame={frame}
      lead={
        all
          ? 'Everything that waits for an approval; whether you may decide one is said when you open it.'
          : 'What is put to you, the oldest first.'
      }
    >
      <Live path="/approvals" events={newsOf(seen)}>
        {listing.requests.length === 0 ? (
          <Empty title="Nothing waits for you">New requests appear here and in chat.</Empty>
        ) : (
          <Table
            stack
            caption="Requests that wait for an approval"
            columns={['Request', 'Kind', 'Team', 'Asked by', 'Asked', 'Decide']}
          >
            {listing.requests.map((request) => (
              <tr>
                <th scope="row">
                  <a href={pathOf(request)}>{requestTitle(request, listing.units)}</a>
                </th>
                <td data-head="Kind">
                  <Tag>{kindWord(request.kind)}</Tag>
                </td>
                <td data-head="Team">{request.team === '*' ? 'Organization' : request.team}</td>
                <td data-head="Asked by">{request.requestedBy}</td>
                <td data-head="Asked">
                  <Time at={request.createdAt} />
                </td>
                <td>
                  <a href={`/approvals/${encodeURIComponent(request.id)}`}>Read and decide</a>
                  <span class="sr"> {requestTitle(request, listing.units)}</span>
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Live>
    </Page>
  );
}
