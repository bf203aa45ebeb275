/** @jsxImportSource hono/jsx */
import { type Frame, Page } from './layout.page.tsx';
import { count, sentence } from './words.ts';

type Props = {
  frame: Frame;
  requestId: string;
  title: string;
  digest: string;
  /** The plan as it was frozen, read. */
  plan: Readonly<Record<string, unknown>>;
  /** The bytes that were digested. */
  bytes: number;
};

/** The whole plan, exactly as it was digested, in the order of its members: what an approver signs, byte for byte. */
export function FrozenPlanPage({ frame, requestId, title, digest, plan, bytes }: Props) {
  const path = `/requests/${encodeURIComponent(requestId)}`;
  return (
    <Page
      title={`Plan of ${title}`}
      frame={frame}
      crumb={['The request', path]}
      lead="Frozen before anybody was asked. What was approved is what runs."
      aside={
        <a class="button" href={`${path}/plan.json`}>
          The exact bytes
        </a>
      }
    >
      <section class="panel">
        <dl class="facts">
          <dt>Digest</dt>
          <dd class="mono">{digest}</dd>
          <dt>Covers</dt>
          <dd>
            {count(bytes, 'byte')} of canonical JSON (RFC 8785). <code>sha256sum</code> of the file is the
            same number.
          </dd>
        </dl>
      </section>
      {Object.entries(plan).map(([name, value]) => (
        <Member name={name} value={value} />
      ))}
    </Page>
  );
}

const LONG = 400;

function Member({ name, value }: { name: string; value: unknown }) {
  const text = JSON.stringify(value, null, 1);
  const size = Array.isArray(value) ? ` (${value.length})` : '';
  return (
    <details class="panel plan" open={text.length < LONG}>
      <summary>
        {sentence(name)}
        {size}
      </summary>
      <pre>{text}</pre>
    </details>
  );
}
