/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import type { ApprovalMessage } from '../../chat/approval-message.ts';
import { idOf } from './field.page.tsx';

/** The same facts as in chat, in the same order: what is unusual first. */
export function AskedMessage({ message, heading = true }: { message: ApprovalMessage; heading?: boolean }) {
  return (
    <article>
      {message.settled === null ? null : <p role="status">{message.settled}</p>}
      {heading ? <h2 class="block-header">{message.title}</h2> : <p>{message.title}.</p>}
      {message.progress === null ? null : <p>So far: {message.progress}</p>}
      {message.why === null ? null : <p class="block-words">{message.why}</p>}
      {message.unusual.length === 0 ? null : <Lines title="Unusual" lines={message.unusual} />}
      <dl class="block-fields">
        {message.fields.map(({ label, value }) => (
          <>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
      {message.sections.map(({ title, lines }) => (
        <Lines title={title} lines={lines} />
      ))}
      <p class="hint block-context">
        Request <span class="mono">{message.requestId}</span> · plan{' '}
        <span class="mono">{message.planDigest}</span>
      </p>
    </article>
  );
}

const Lines = ({ title, lines }: { title: string; lines: readonly string[] }) => (
  <>
    <h3 class="block-label">{title}</h3>
    <ul class="tight">
      {lines.map((line) => (
        <li>{line}</li>
      ))}
    </ul>
  </>
);

/** The two answers; each names the digest of the plan that was read. */
export function DecisionForms({
  action,
  planDigest,
  csrf,
}: {
  action: string;
  planDigest: string;
  csrf: string;
}) {
  const form = (decision: 'approve' | 'deny', children: Child) => (
    <form method="post" action={action} data-once>
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="planDigest" value={planDigest} />
      <input type="hidden" name="decision" value={decision} />
      {children}
    </form>
  );
  const comment = (name: string, label: string, required: boolean) => (
    <div class="field">
      <label for={idOf(name)}>{label}</label>
      <input id={idOf(name)} name="comment" maxlength={1_000} required={required} autocomplete="off" />
    </div>
  );
  return (
    <div class="actions">
      {form(
        'approve',
        <>
          {comment('approve-comment', 'Comment (may stay empty)', false)}
          <button class="approve" type="submit">
            Approve
          </button>
        </>,
      )}
      {form(
        'deny',
        <>
          {comment('deny-comment', 'Why it is denied', true)}
          <button class="danger" type="submit">
            Deny
          </button>
        </>,
      )}
    </div>
  );
}
