/** @jsxImportSource hono/jsx */
import { Page, Time } from '../dashboard/layout.page.tsx';
import type { Button } from '../slack/block-kit.ts';
import { APPROVE, approvalBlocks, DENY, reasonModal } from '../slack/blocks.ts';
import type { ApprovalMessage } from './approval-message.ts';
import { Blocks, ConfirmDialog, ModalDialog } from './blocks.page.tsx';
import type { ChatMessage } from './dev.routes.tsx';
import type { ChatNote } from './local-chat.pg.ts';
import type { Prompt } from './room.port.ts';

/** A message with what the page needs beside the contract's shape. */
export type ShownMessage = ChatMessage & {
  message: ApprovalMessage | null;
  notes: readonly ChatNote[];
  pageUrl: string;
};

/** The local chat room: messages with Approve and Deny, as an approver would see them in Slack. */
export function ChatPage({ messages }: { messages: readonly ShownMessage[] }) {
  return (
    <Page title="Local chat" script="/dev/chat.js" local>
      <p class="hint">
        This page plays the chat of your company and shows what Slack would be sent. You are the example
        approver; a click sends the same signed callback that a chat would send.{' '}
        <a href="/dev/chat">Look for new messages</a>
      </p>
      {messages.length === 0 ? (
        <p>No messages yet. Ask for an account first: npm run vend -- examples/payments-prod.yaml</p>
      ) : null}
      {messages.map((shown) => (
        <article id={shown.id}>
          <header>
            <strong>{shown.channel}</strong> <Time at={shown.postedAt} />
          </header>
          <Body shown={shown} />
          <p role="status" />
          {shown.notes.length === 0 ? null : (
            <ul class="thread" aria-label="Thread">
              {shown.notes.map(({ at, text }) => (
                <li>
                  {text} <Time at={at} />
                </li>
              ))}
            </ul>
          )}
        </article>
      ))}
    </Page>
  );
}

function Body({ shown }: { shown: ShownMessage }) {
  const { message } = shown;
  // A message of an earlier version is kept as its text.
  if (message === null) return <pre>{shown.text}</pre>;
  const prompt: Prompt = { id: shown.id, planDigest: shown.planDigest, pageUrl: shown.pageUrl };
  const blocks = approvalBlocks(message, prompt);
  const buttons = blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
  const dialogOf = (button: Button) => ({ dialogId: `${shown.id}-${button.action_id}` });
  return (
    <>
      <Blocks blocks={blocks} acts={dialogOf} />
      {buttons.map((button) => (
        <Dialog shown={shown} button={button} id={dialogOf(button).dialogId} />
      ))}
    </>
  );
}

function Dialog({ shown, button, id }: { shown: ShownMessage; button: Button; id: string }) {
  if (button.action_id === DENY) {
    const { requestId, planDigest } = shown;
    const command = JSON.stringify({ requestId, planDigest, decision: 'deny' });
    return <ModalDialog id={id} modal={reasonModal(button.value ?? '')} command={command} />;
  }
  const approve = shown.actions.find(({ decision }) => decision === 'approve');
  if (button.action_id !== APPROVE || !approve) return null;
  const send = {
    'data-url': approve.url,
    'data-body': approve.body,
    'data-headers': JSON.stringify(approve.headers),
  };
  return <ConfirmDialog id={id} button={button} send={send} />;
}
