import type { MessageBlock, Modal } from './block-kit.ts';

/** A message and what notifications say in its place. */
export type SlackMessage = { text: string; blocks: readonly MessageBlock[] };

/** What we call of Slack's Web API. */
export interface SlackApi {
  /** @returns where it is: the channel's id and the message's timestamp */
  post(
    channel: string,
    message: SlackMessage,
    thread?: string | undefined,
  ): Promise<{ channel: string; ts: string }>;
  /** Nothing happens where the message is gone. */
  update(channel: string, ts: string, message: SlackMessage): Promise<void>;
  /** Shown to one person only. Nothing happens where the person is not in the channel. */
  ephemeral(channel: string, user: string, text: string): Promise<void>;
  /** The trigger of a click is good for three seconds. */
  openView(triggerId: string, view: Modal): Promise<void>;
  /** What Slack says of the user now; unchecked. */
  user(id: string): Promise<unknown>;
}

/** What this installation's Slack app is: how its calls are recognized, and how it is called. */
export type SlackApp = {
  /** The current signing secret, and the one before while both are good. */
  signingSecrets: readonly string[];
  api: SlackApi;
};
