/** @jsxImportSource hono/jsx */
import { mayActFor } from '../access/principal.ts';
import type { Dossier, DossierFact } from '../ledger/dossier.pg.ts';
import type { AccountPageProps } from './account.page.tsx';
import { spansOf } from './charts/strip.ts';
import { Day, Time } from './layout.page.tsx';
import { ControlId } from './parts/control-id.page.tsx';
import { ComplianceStrip } from './parts/drawings.page.tsx';
import { Input } from './parts/field.page.tsx';
import { Status } from './parts/status.page.tsx';
import { Empty, Table } from './parts/table.page.tsx';
import { address } from './query.ts';
import { count, kindWord, sentence } from './words.ts';

const iso = (at: string) => new Date(at).toISOString();

/** Its guardrails and what they found, at an instant that is chosen. */
export function AccountCompliance({ frame, dossier, compliance, asOf, problem, nowMs }: AccountPageProps) {
  const { account, drift, flips } = dossier;
  const path = `/accounts/${account.accountId}`;
  const spans = spansOf(
    flips.map((flip) => ({ ...flip, at: Number(flip.at) })),
    nowMs,
  );
  const bad = compliance.items.filter(({ status }) => status === 'NON_COMPLIANT').length;
  const excepted = compliance.excepted > 0 ? `, ${count(compliance.excepted, 'violation')} by exception` : '';
  const errors = new Map(problem === undefined ? [] : [['asOf', problem]]);
  return (
    <section id="compliance">
      <h2>Compliance</h2>
      <form
        class="filters"
        method="get"
        action={path}
        hx-get={path}
        hx-target="#compliance"
        hx-select="#compliance"
        hx-swap="outerHTML"
        hx-push-url="true"
      >
        <Input name="asOf" label="As it was on (UTC)" type="datetime-local" value={asOf} errors={errors} />
        <button type="submit">Show</button>
        {asOf ? <a href={path}>Now</a> : null}
      </form>
      <p class="asof" role="status">
        <strong>
          {asOf && !problem ? `As of ${compliance.asOf.slice(0, 16).replace('T', ' ')} UTC: ` : 'Now: '}
        </strong>
        {compliance.items.length === 0
          ? 'no guardrails on this account.'
          : `${count(compliance.items.length, 'guardrail')}, ${bad === 0 ? 'none violated' : `${bad} violated`}${excepted}.`}
      </p>
      {drift?.status && !asOf ? (
        <p class="small soft">
          Drift: {sentence(drift.status).toLowerCase()}
          {drift.checkedAt ? (
            <>
              , looked for <Time at={iso(drift.checkedAt)} />
            </>
          ) : null}
        </p>
      ) : null}
      {spans.length === 0 ? null : (
        <ComplianceStrip spans={spans} atMs={asOf ? Date.parse(compliance.asOf) : nowMs} />
      )}
      {compliance.items.length === 0 ? (
        <Empty title="No guardrails">
          {asOf ? 'It had none at this instant.' : 'Nothing of ours or of its unit binds it.'}
        </Empty>
      ) : (
        <Guardrails
          items={compliance.items}
          path={path}
          mayExcept={asOf === undefined && mayActFor(frame.who, account.team ?? '')}
        />
      )}
    </section>
  );
}

const ORDER = ['NON_COMPLIANT', 'UNKNOWN', 'COMPLIANT'];
const MOST_RESOURCES = 25;

type GuardrailsProps = Pick<AccountPageProps['compliance'], 'items'> & { path: string; mayExcept: boolean };

function Guardrails({ items, path, mayExcept }: GuardrailsProps) {
  const sorted = [...items].sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
  return (
    <Table
      stack
      caption="Guardrails of the account, violated ones first"
      columns={['Guardrail', 'Kind', 'State', 'Found']}
    >
      {sorted.map(({ control, kind, status, resources }) => {
        const open = resources.filter((resource) => resource.status === 'NON_COMPLIANT');
        return (
          <tr>
            <th scope="row">
              <a class="mono" href={`/guardrails/${control}`}>
                <ControlId id={control} />
              </a>
            </th>
            <td data-head="Kind">{sentence(kind)}</td>
            <td data-head="State">
              <Status of={status} />
              {mayExcept && kind === 'detective' && status === 'NON_COMPLIANT' ? (
                <a
                  class="hint noprint"
                  href={address(`${path}/exception`, {
                    control,
                    ...(open.length === 1 ? { resource: open[0]?.resourceId } : {}),
                  })}
                >
                  Ask for an exception<span class="sr"> from {control}</span>
                </a>
              ) : null}
            </td>
            <td data-head="Found">
              {resources.length === 0 ? null : open.length === 0 ? (
                <span class="soft">{count(resources.length, 'resource')} in order</span>
              ) : (
                <ul class="plain">
                  {open
                    .slice(0, MOST_RESOURCES)
                    .map(({ resourceType, resourceId, region, evaluatedAt, exception }) => (
                      <li>
                        <span class="mono">{resourceId}</span>
                        <span class="hint">
                          {resourceType}, {region}, <Time at={evaluatedAt} />
                          {exception ? (
                            <>
                              , by exception until <Time at={exception.expiresAt} />
                            </>
                          ) : null}
                        </span>
                      </li>
                    ))}
                  {open.length > MOST_RESOURCES ? (
                    <li class="soft">and {open.length - MOST_RESOURCES} more in the export</li>
                  ) : null}
                </ul>
              )}
            </td>
          </tr>
        );
      })}
    </Table>
  );
}

export function Exceptions({ frame, dossier, nowMs }: AccountPageProps) {
  const { exceptions, account } = dossier;
  if (exceptions.length === 0) return null;
  const mayEnd = mayActFor(frame.who, account.team ?? '');
  return (
    <section id="exceptions">
      <h2>Exceptions</h2>
      <Table
        stack
        caption="Violations that may stand for a while"
        columns={['Control', 'State', 'Until', 'Why']}
      >
        {exceptions.map(
          ({ requestId, control, resource, state, expiresAt, owner, reason, endedBy, endReason }) => (
            <tr>
              <th scope="row">
                <a class="mono" href={`/requests/${requestId}`}>
                  <ControlId id={control} />
                </a>
                {resource ? <span class="hint">{resource}</span> : null}
              </th>
              <td data-head="State">
                <Status of={state} />
                {endedBy ? (
                  <span class="hint">
                    by {endedBy}
                    {endReason ? `: ${endReason}` : ''}
                  </span>
                ) : null}
                {mayEnd && state === 'ACTIVE' && Date.parse(expiresAt) > nowMs ? (
                  <a
                    class="hint noprint"
                    href={`/accounts/${account.accountId}/exceptions/${encodeURIComponent(requestId)}/end`}
                  >
                    End it early<span class="sr">: {control}</span>
                  </a>
                ) : null}
              </td>
              <td data-head="Until">
                <Day at={iso(expiresAt)} />
              </td>
              <td data-head="Why">
                <div>
                  {reason}
                  <span class="hint">{owner} answers for it</span>
                </div>
              </td>
            </tr>
          ),
        )}
      </Table>
    </section>
  );
}

export function AccountRequests({ requests }: Pick<Dossier, 'requests'>) {
  if (requests.length === 0) return null;
  return (
    <section class="panel">
      <h2>Requests</h2>
      <ul class="plain">
        {requests.map(({ id, kind, status, requestedBy, createdAt }) => (
          <li>
            <a href={`/requests/${id}`}>{kindWord(kind)}</a> <Status of={status} />
            <span class="hint small">
              {' '}
              {requestedBy}, <Time at={iso(createdAt)} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What happened, newest first, in the words of the ledger. */
export function AccountFacts({ facts, accountId }: { facts: readonly DossierFact[]; accountId: string }) {
  return (
    <section>
      <h2>History</h2>
      <FactList facts={facts} />
      {facts.length < 60 ? null : (
        <p class="hint small">
          The newest {facts.length}; all of them are at /v1/accounts/{accountId}/timeline.
        </p>
      )}
    </section>
  );
}

export function FactList({
  facts,
}: {
  facts: readonly {
    type: string;
    actor: string | null;
    occurredAt: string;
    data: Record<string, unknown>;
    seq: number;
  }[];
}) {
  if (facts.length === 0) return <Empty title="Nothing is recorded yet" />;
  return (
    <ol class="timeline panel">
      {facts.map(({ type, actor, occurredAt, data, seq }) => (
        <li>
          <Time at={iso(occurredAt)} />
          <div>
            <strong>{sentence(type)}</strong>
            {actor ? <span class="soft"> by {actorWord(actor)}</span> : null}
            <FactWords type={type} data={data} />
            {Object.keys(data).length === 0 ? null : (
              <details class="noprint">
                <summary>Fact {seq}</summary>
                <pre>{JSON.stringify(data, null, 1).slice(0, 6_000)}</pre>
              </details>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}

/** The few words of a fact that a person looks for. */
function FactWords({ type, data }: { type: string; data: Record<string, unknown> }) {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const words =
    type === 'ComplianceChanged'
      ? [
          text(data.control) ?? text(data.rule),
          text(data.resourceId),
          text(data.status) && sentence(String(data.status)),
        ]
      : [text(data.comment), text(data.title), text(data.reason), text(data.step)];
  const said = words.filter((word) => word !== undefined);
  return said.length === 0 ? null : <span class="hint small"> {said.join(', ')}</span>;
}

/** The role behind a session of AWS; everybody else by their own name. */
const actorWord = (actor: string): string => /:assumed-role\/([^/]+)\//.exec(actor)?.[1] ?? actor;
