/** @jsxImportSource hono/jsx */
import type { DossierMirroring } from '../ledger/dossier.pg.ts';
import { Time } from './layout.page.tsx';
import { Status } from './parts/status.page.tsx';
import { Table } from './parts/table.page.tsx';

function howMuch({ profile, states }: DossierMirroring, total: number): string {
  if (profile === null) return 'Nobody has looked yet.';
  if (profile === '') return 'No profile asks for anything.';
  const what = profile.includes(' ') ? 'sessions' : 'interfaces';
  return `${states.MIRRORING ?? 0} of ${total} ${what}, ${profile.replaceAll(' ', ', ')}`;
}

/** What is mirrored of the account now, and what is not and why. */
export function Mirroring({ mirroring }: { mirroring: DossierMirroring | null }) {
  if (mirroring === null) return null;
  const { status, reason, profile, lookedAt, states, interfaces } = mirroring;
  const several = profile?.includes(' ') === true;
  const total = Object.values(states).reduce((sum, n) => sum + n, 0);
  return (
    <section>
      <h2>Traffic Mirroring</h2>
      <p>
        <Status of={status ?? 'NOT_ARMED'} /> {howMuch(mirroring, total)}
        {lookedAt === null ? null : (
          <span class="hint">
            Looked at <Time at={new Date(lookedAt).toISOString()} />
          </span>
        )}
      </p>
      {reason === null ? null : <p>{reason}</p>}
      {interfaces.length === 0 ? null : (
        <Table
          stack
          caption={`Network interfaces that ${several ? 'profiles ask' : 'the profile asks'} for, those that are not mirrored first${
            total > interfaces.length ? ` (${interfaces.length} of ${total})` : ''
          }`}
          columns={['Interface', 'State', 'Session', 'VNI']}
        >
          {interfaces.map((one) => (
            <tr>
              <th scope="row">
                <span class="mono">{one.id}</span>
                <span class="hint">
                  {one.instanceId}, {one.instanceType}
                  {several ? `, ${one.profile}` : ''}
                </span>
              </th>
              <td data-head="State">
                <Status of={one.state} />
                {one.reason === null ? null : <span class="hint">{one.reason}</span>}
              </td>
              <td data-head="Session">{one.sessionNumber ?? ''}</td>
              <td data-head="VNI">{one.vni ?? ''}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
