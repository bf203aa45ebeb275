/** @jsxImportSource hono/jsx */
import type { SettingsVersion } from '../settings/settings.pg.ts';
import {
  type Aspects,
  channelAspects,
  delegationWords,
  personAspects,
  policyAspects,
  serviceUserAspects,
} from '../settings/words.ts';
import { type Frame, Page } from './layout.page.tsx';
import { Table } from './parts/table.page.tsx';
import { sentence } from './words.ts';

type Props = { frame: Frame; current: SettingsVersion; whole: boolean };

/** What is in force; it is changed by an approved request only, never here. */
export function SettingsPage({ frame, current: { version, settings }, whole }: Props) {
  const endpoints = settings.endpoints.map((one) => ({
    name: one.name,
    aspects: [
      ['direction', one.direction],
      ['format', one.format],
      ...(one.direction === 'out' ? ([['host', new URL(one.url).host]] as const) : []),
      ['keys', one.keys.join(', ') || 'none'],
    ] as Aspects,
  }));
  return (
    <Page
      title="Settings"
      frame={frame}
      lead={`Version ${version}. They are changed by a request that a second person approves, never here.`}
    >
      <Part
        title="Approval policies"
        note="The first one that fits decides."
        rows={settings.policies.map((one) => ({ name: one.name, aspects: policyAspects(one) }))}
      />
      {whole ? (
        <>
          <Part
            title="Channels"
            rows={settings.channels.map((one) => ({ name: one.name, aspects: channelAspects(one) }))}
          />
          <Part title="Endpoints" rows={endpoints} />
          <Part
            title="People"
            rows={settings.people
              .slice(0, MOST)
              .map((one) => ({ name: one.subject, aspects: personAspects(one) }))}
          />
          <Part
            title="Programs"
            rows={settings.serviceUsers
              .slice(0, MOST)
              .map((one) => ({ name: one.subject, aspects: serviceUserAspects(one) }))}
          />
          <section>
            <h2>Delegations</h2>
            {settings.delegations.length === 0 ? (
              <p class="soft">Nobody is away.</p>
            ) : (
              <ul class="plain panel">
                {settings.delegations.map((one) => (
                  <li>{delegationWords(one)}</li>
                ))}
              </ul>
            )}
          </section>
        </>
      ) : (
        <p class="hint">People, channels and endpoints are shown to operators, auditors and admins.</p>
      )}
    </Page>
  );
}

/** Organizations have thousands of people; the API has them all. */
const MOST = 200;

function Part({
  title,
  note,
  rows,
}: {
  title: string;
  note?: string;
  rows: readonly { name: string; aspects: Aspects }[];
}) {
  const labels = [...new Set(rows.flatMap(({ aspects }) => aspects.map(([label]) => label)))];
  return (
    <section>
      <h2>{title}</h2>
      {note ? <p class="hint small">{note}</p> : null}
      {rows.length === 0 ? (
        <p class="soft">None.</p>
      ) : (
        <Table stack caption={title} columns={['Name', ...labels.map(sentence)]}>
          {rows.map(({ name, aspects }) => (
            <tr>
              <th scope="row">{name}</th>
              {labels.map((label) => (
                <td data-head={sentence(label)}>{aspects.find(([own]) => own === label)?.[1] ?? ''}</td>
              ))}
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
