/** @jsxImportSource hono/jsx */
import { Page, Time } from '../dashboard/layout.page.tsx';
import type { ChatMessage } from './dev.routes.tsx';

/** The local chat room: messages with Approve and Deny, as an approver would see them. */
export function ChatPage({ messages }: { messages: ChatMessage[] }) {
  return (
    <Page title="Local chat" script="/dev/chat.js">
      <p class="hint">
        This page plays the chat of your company. You are the example approver; a click sends the same signed
        callback that Slack or Teams would send. <a href="/dev/chat">Look for new messages</a>
      </p>
      {messages.length === 0 ? (
        <p>No messages yet. Ask for an account first: npm run vend -- examples/payments-prod.yaml</p>
      ) : null}
      {messages.map((message) => (
        <article id={message.id}>
          <header>
            <strong>{message.channel}</strong> <Time at={message.postedAt} />
          </header>
          <pre>{message.text}</pre>
          <div class="actions">
            {message.actions.map((action) => (
              <button
                type="button"
                class={action.decision}
                data-url={action.url}
                data-body={action.body}
                data-headers={JSON.stringify(action.headers)}
              >
                {action.decision === 'approve' ? 'Approve' : 'Deny'}
              </button>
            ))}
          </div>
          <p role="status" />
        </article>
      ))}
    </Page>
  );
}
