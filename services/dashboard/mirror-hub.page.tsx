/** @jsxImportSource hono/jsx */
import type { MirrorHub } from '../mirroring/hub.ts';
import type { MirrorRegion } from '../mirroring/regions.ts';
import type { MirrorSample } from '../mirroring/samples.schema.ts';
import { endText, protocolName } from '../mirroring/vxlan.ts';
import { type Frame, Page, Time } from './layout.page.tsx';
import { Tag } from './parts/status.page.tsx';
import { Empty, Figure, Table } from './parts/table.page.tsx';
import { sentence } from './words.ts';

type Props = {
  frame: Frame;
  hub: MirrorHub | null;
  regions: readonly MirrorRegion[];
  samples: readonly MirrorSample[];
};

const LISTEN = 'jetway mirror listen --tell';

/** Whether copies arrive where they are sent to, and of whom they are. */
export function MirrorHubPage({ frame, hub, regions, samples }: Props) {
  return (
    <Page
      title="Mirror hub"
      frame={frame}
      lead="What arrives where copies of packets go: to see that a hub works."
    >
      <section>
        <h2>Where copies go</h2>
        {hub === null ? (
          <Empty title="There is no hub">
            A request with a mirror profile is refused until the settings name one.
          </Empty>
        ) : (
          <Targets hub={hub} />
        )}
        <Regions regions={regions} />
      </section>
      <section>
        <h2>Newest copies</h2>
        {samples.length === 0 ? (
          <Empty title="No copies in the last day">
            Let a sink at the hub tell what it hears: <code>{LISTEN}</code>
          </Empty>
        ) : (
          <Sample samples={samples} />
        )}
      </section>
    </Page>
  );
}

const Regions = ({ regions }: Pick<Props, 'regions'>) => (
  <Table stack caption="Governed Regions" showCaption columns={['Region', 'Mirrored']}>
    {regions.map((one) => (
      <tr>
        <th scope="row">{one.region}</th>
        <td data-head="Mirrored">{one.status === 'CANNOT' ? `Cannot: ${one.reason}` : 'Yes'}</td>
      </tr>
    ))}
  </Table>
);

function Targets({
  hub: { targetId, cidr, type = 'network-load-balancer', zones = {} },
}: {
  hub: MirrorHub;
}) {
  const rows = [
    ...Object.entries(zones),
    [Object.keys(zones).length > 0 ? 'Others' : 'Every zone', targetId],
  ];
  return (
    <>
      <Table stack caption="Targets by zone" columns={['Zone', 'Target']}>
        {rows.map(([zone, id]) => (
          <tr>
            <th scope="row">{zone}</th>
            <td class="mono" data-head="Target">
              {id}
            </td>
          </tr>
        ))}
      </Table>
      <p class="hint small">
        {sentence(type)}.{' '}
        {cidr === null ? 'It lies in the VPC of each account.' : `Routes have to lead to ${cidr}.`}
      </p>
    </>
  );
}

function Sample({ samples }: Pick<Props, 'samples'>) {
  const strange = samples.filter(({ sessionsWithVni }) => sessionsWithVni === 0).length;
  return (
    <>
      <ul class="figures">
        <Figure n={samples.length} label="copies in the sample" />
        <Figure n={new Set(samples.map(({ vni }) => vni)).size} label="VNIs" />
        <Figure n={samples.filter(({ truncated }) => truncated).length} label="truncated" />
        <Figure
          n={strange}
          label="of no session that is known"
          {...(strange > 0 ? { tone: 'warn' as const } : {})}
        />
      </ul>
      <Table
        stack
        caption="Copies, newest first"
        columns={['VNI', 'Packet', 'Protocol', { title: 'Bytes', numeric: true }, 'Session', 'Heard']}
      >
        {samples.map((one) => (
          <tr>
            <th scope="row" class="mono">
              {one.vni}
            </th>
            <td data-head="Packet">
              <Ends packet={one.packet} />
            </td>
            <td data-head="Protocol">{protocolName(one.packet.protocol)}</td>
            <td class="num" data-head="Bytes">
              <Bytes of={one} />
            </td>
            <td data-head="Session">
              <Owner of={one} />
            </td>
            <td data-head="Heard">
              <div>
                <Time at={one.heardAt} />
                <span class="hint">
                  from <span class="mono">{one.from}</span>, told by {one.toldBy}
                </span>
              </div>
            </td>
          </tr>
        ))}
      </Table>
      <p class="hint small">
        The newest 100 copies of all sinks, for a day at most. Nothing of what packets carried is kept.
      </p>
    </>
  );
}

const Ends = ({ packet }: Pick<MirrorSample, 'packet'>) => (
  <div>
    <span class="mono">{endText(packet, 'source')}</span>
    <span class="hint">
      to <span class="mono">{endText(packet, 'destination')}</span>
    </span>
  </div>
);

function Bytes({ of: { packet, truncated } }: { of: MirrorSample }) {
  const length = packet.length.toLocaleString('en-US');
  if (!truncated) return <>{length}</>;
  return (
    <div>
      {packet.copied.toLocaleString('en-US')} of {length} <Tag>truncated</Tag>
    </div>
  );
}

/** A VNI is unique in its account only, so there may be several sessions with it. */
function Owner({ of: { sessions, sessionsWithVni } }: { of: MirrorSample }) {
  if (sessions.length === 0) return <>None that is known</>;
  return (
    <div>
      {sessions.map((one) => (
        <div>
          <a href={`/accounts/${one.accountId}`}>{one.accountName}</a>
          <span class="hint">
            {one.profile}, session {one.sessionNumber ?? 'unknown'} of{' '}
            <span class="mono">{one.networkInterfaceId}</span>
          </span>
        </div>
      ))}
      {sessionsWithVni > 1 ? (
        <span class="hint">One of {sessionsWithVni} sessions that have this VNI</span>
      ) : null}
    </div>
  );
}
