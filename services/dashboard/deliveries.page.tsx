/** @jsxImportSource hono/jsx */
import type { DeliveryOverview } from '../webhooks/delivery-overview.pg.ts';
import { type Frame, Page, Time } from './layout.page.tsx';
import { Select } from './parts/field.page.tsx';
import { Status } from './parts/status.page.tsx';
import { Empty, Figure, Table } from './parts/table.page.tsx';
import { sentence } from './words.ts';

const iso = (at: string) => new Date(at).toISOString();

type Props = {
  frame: Frame;
  overview: DeliveryOverview;
  /** The delivery that was just put back to be sent. */
  again: string | undefined;
};

/** What leaves: webhooks with their dead letters, and what the service itself could not send yet. */
export function DeliveriesPage({ frame, overview, again }: Props) {
  const { endpoints, stuck, waiting } = overview;
  const failed = endpoints.reduce((sum, one) => sum + one.failed, 0);
  const pending = endpoints.reduce((sum, one) => sum + one.pending, 0);
  return (
    <Page title="Deliveries" frame={frame} lead="What leaves for other systems, and what could not.">
      {again === undefined ? null : (
        <p class="note good" role="status">
          <span class="mono">{again}</span> is sent again now.
        </p>
      )}
      <ul class="figures">
        <Figure
          n={failed}
          label="dead letters"
          href="/deliveries?status=failed"
          {...(failed > 0 ? { tone: 'bad' } : {})}
        />
        <Figure n={pending} label="webhooks waiting" href="/deliveries?status=pending" />
        <Figure n={waiting} label="waiting to leave the service" />
        <Figure
          n={stuck.length}
          label="tried in vain so far"
          {...(stuck.length > 0 ? { tone: 'warn' } : {})}
        />
      </ul>
      <section>
        <h2>Endpoints</h2>
        {endpoints.length === 0 ? (
          <Empty title="No outbound endpoints">
            They are listed in the settings, and changed by an approved request.
          </Empty>
        ) : (
          <Table
            stack
            caption="Outbound endpoints"
            columns={[
              'Endpoint',
              'State',
              ...['Delivered', 'Waiting', 'Failed'].map((title) => ({ title, numeric: true as const })),
            ]}
          >
            {endpoints.map((one) => (
              <tr>
                <th scope="row">{one.endpoint}</th>
                <td data-head="State">
                  {one.disabledAt ? (
                    <>
                      <Status of="failed" />
                      <span class="hint">
                        answered 410, nothing is sent since <Time at={iso(one.disabledAt)} />
                      </span>
                    </>
                  ) : (
                    'In use'
                  )}
                </td>
                <td class="num" data-head="Delivered">
                  {one.delivered}
                </td>
                <td class="num" data-head="Waiting">
                  {one.pending}
                </td>
                <td class="num" data-head="Failed">
                  {one.failed}
                </td>
              </tr>
            ))}
          </Table>
        )}
      </section>
      {endpoints.length === 0 ? null : <Deliveries frame={frame} overview={overview} />}
      {stuck.length === 0 ? null : <Outbox stuck={stuck} />}
    </Page>
  );
}

function Deliveries({ frame, overview: { deliveries, status } }: Pick<Props, 'frame' | 'overview'>) {
  const mayAct = frame.who.roles.includes('operator');
  return (
    <section>
      <h2>Newest deliveries</h2>
      <form class="filters" method="get" action="/deliveries">
        <Select
          name="status"
          label="Status"
          any="Any"
          value={status}
          options={['pending', 'delivered', 'failed'].map((value) => ({ value, label: sentence(value) }))}
        />
        <button type="submit">Filter</button>
      </form>
      {deliveries.length === 0 ? (
        <Empty title="None of these" />
      ) : (
        <Table
          stack
          caption="Deliveries, newest first"
          columns={[
            'Event',
            'Endpoint',
            'Status',
            { title: 'Attempts', numeric: true },
            'Last answer',
            'Made',
            ...(mayAct ? ['Again'] : []),
          ]}
        >
          {deliveries.map((one) => (
            <tr>
              <th scope="row">
                {sentence(one.eventType)}
                <span class="hint mono">{one.id}</span>
              </th>
              <td data-head="Endpoint">{one.endpoint}</td>
              <td data-head="Status">
                <Status of={one.status} />
              </td>
              <td class="num" data-head="Attempts">
                {one.attempts}
              </td>
              <td data-head="Last answer">
                {one.lastStatus ?? ''} {one.lastReason ?? ''}
                {one.status === 'pending' && one.attempts > 0 ? (
                  <span class="hint">
                    again <Time at={iso(one.nextAt)} />
                  </span>
                ) : null}
              </td>
              <td data-head="Made">
                <Time at={iso(one.createdAt)} />
              </td>
              {mayAct ? (
                <td data-head="Again">
                  {one.status === 'pending' ? null : <Again of={one} csrf={frame.csrf} />}
                </td>
              ) : null}
            </tr>
          ))}
        </Table>
      )}
      <p class="hint small">
        What is sent again keeps its id, so that a receiver knows it. An endpoint that answered 410 is tried
        again.
      </p>
    </section>
  );
}

const Outbox = ({ stuck }: Pick<DeliveryOverview, 'stuck'>) => (
  <section>
    <h2>Tried in vain so far</h2>
    <Table
      stack
      caption="What the service could not send yet"
      columns={['What', 'Key', { title: 'Attempts', numeric: true }, 'Again', 'Last failure']}
    >
      {stuck.map(({ kind, key, attempts, nextAt, lastError }) => (
        <tr>
          <th scope="row">{sentence(kind)}</th>
          <td class="mono" data-head="Key">
            {key}
          </td>
          <td class="num" data-head="Attempts">
            {attempts}
          </td>
          <td data-head="Again">
            <Time at={iso(nextAt)} />
          </td>
          <td data-head="Last failure">{lastError ?? ''}</td>
        </tr>
      ))}
    </Table>
  </section>
);

const Again = ({ of, csrf }: { of: DeliveryOverview['deliveries'][number]; csrf: string }) => (
  <form
    method="post"
    action={`/deliveries/${encodeURIComponent(of.endpoint)}/${encodeURIComponent(of.id)}/redeliver`}
    data-once
  >
    <input type="hidden" name="csrf" value={csrf} />
    <button class="quiet" type="submit">
      Send again<span class="sr"> {of.id}</span>
    </button>
  </form>
);
