/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import type { ApprovalMessage } from '../chat/approval-message.ts';
import { Page } from '../dashboard/layout.page.tsx';

type Props = {
  /** Where the forms go. */
  action: string;
  message: ApprovalMessage;
  /** Why the person who looks may not decide. */
  whyNot: string | undefined;
  csrf: string;
  problem: string | undefined;
};

/** What is asked for and the two answers; works without JavaScript. */
export function DecisionPage({ action, message, whyNot, csrf, problem }: Props) {
  const open = message.settled === null;
  const form = (decision: 'approve' | 'deny', children: Child) => (
    <form method="post" action={action}>
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="planDigest" value={message.planDigest} />
      <input type="hidden" name="decision" value={decision} />
      {children}
    </form>
  );
  return (
    <Page title="Approval">
      {problem ? (
        <p class="problem" role="alert">
          {problem}
        </p>
      ) : null}
      <Asked message={message} />
      {open && whyNot ? <p class="hint">{whyNot}</p> : null}
      {!open || whyNot ? null : (
        <div class="actions">
          {form(
            'approve',
            <>
              <label for="approve-comment">Comment (may stay empty)</label>
              <input id="approve-comment" name="comment" maxlength={1_000} autocomplete="off" />
              <p>
                <button class="approve" type="submit">
                  Approve
                </button>
              </p>
            </>,
          )}
          {form(
            'deny',
            <>
              <label for="deny-comment">Why it is denied</label>
              <input id="deny-comment" name="comment" maxlength={1_000} required autocomplete="off" />
              <p>
                <button class="danger" type="submit">
                  Deny
                </button>
              </p>
            </>,
          )}
        </div>
      )}
    </Page>
  );
}

/** The same facts as in chat, in the same order: what is unusual first. */
function Asked({ message }: { message: ApprovalMessage }) {
  return (
    <article>
      {message.settled === null ? null : <p role="status">{message.settled}</p>}
      <h2 class="block-header">{message.title}</h2>
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
        Request {message.requestId} · plan {message.planDigest}
      </p>
    </article>
  );
}

const Lines = ({ title, lines }: { title: string; lines: readonly string[] }) => (
  <>
    <h3 class="block-label">{title}</h3>
    <ul>
      {lines.map((line) => (
        <li>{line}</li>
      ))}
    </ul>
  </>
);
