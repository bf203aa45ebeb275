import type { ApprovalMessage } from './approval-message.ts';

/** Where a message is: the channel as the settings name it, in the workspace where there are several. */
export type Place = { channel: string; team?: string | undefined };

/** What a message's buttons carry: an opaque id (128 bits and more) and the page where a signed-in person decides. */
export type Prompt = { id: string; planDigest: string; pageUrl: string };

/** One kind of chat. It knows neither requests nor decisions, only messages. A settled message has no buttons. */
export interface Room {
  /** @returns what finds the message again to edit it; null where the chat cannot edit */
  post(place: Place, message: ApprovalMessage, prompt: Prompt): Promise<string | null>;
  /** Brings a message up to date: progress, settled, superseded. Posting twice is allowed, deciding twice is not. */
  update(place: Place, reference: string, message: ApprovalMessage, prompt: Prompt): Promise<void>;
  /** One plain line, under a message where the chat has threads: a reminder, an escalation, a digest. */
  notify(place: Place, reference: string | null, text: string, pageUrl: string): Promise<void>;
}
