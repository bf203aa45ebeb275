/** @jsxImportSource hono/jsx */
import type { ApprovalMessage } from '../chat/approval-message.ts';
import { type Frame, Page } from '../dashboard/layout.page.tsx';
import { AskedMessage, DecisionForms } from '../dashboard/parts/message.page.tsx';

type Props = {
  frame: Frame;
  /** Where the forms go. */
  action: string;
  message: ApprovalMessage;
  /** Why the person who looks may not decide. */
  whyNot: string | undefined;
  problem: string | undefined;
};

/** What is asked for and the two answers; works without JavaScript. */
export function DecisionPage({ frame, action, message, whyNot, problem }: Props) {
  const open = message.settled === null;
  return (
    <Page title="Approval" frame={frame} crumb={['Approvals', '/approvals']}>
      {problem ? (
        <p class="problem" role="alert">
          {problem}
        </p>
      ) : null}
      <AskedMessage message={message} />
      {open && whyNot ? <p class="hint">{whyNot}</p> : null}
      {!open || whyNot ? null : (
        <DecisionForms action={action} planDigest={message.planDigest} csrf={frame.csrf} />
      )}
      <p>
        <a href={`/requests/${encodeURIComponent(message.requestId)}`}>Where the request stands</a>
      </p>
    </Page>
  );
}
