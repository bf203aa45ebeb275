/**
 * The part of Slack's Block Kit that we speak, and its limits (docs.slack.dev/reference/block-kit). The local chat page
 * renders the same types, so what it shows is what Slack would be sent.
 */

/** `emoji: false`: `:white_check_mark:` in somebody's words stays the characters that it is. */
export type PlainText = { type: 'plain_text'; text: string; emoji: false };
/** Only for words of ours: labels and headings. */
export type Markdown = { type: 'mrkdwn'; text: string; verbatim: true };

export type Confirm = { title: PlainText; text: PlainText; confirm: PlainText; deny: PlainText };
export type Button = {
  type: 'button';
  action_id: string;
  text: PlainText;
  value?: string;
  url?: string;
  style?: 'primary' | 'danger';
  confirm?: Confirm;
};

export type MessageBlock =
  | { type: 'header'; text: PlainText }
  | { type: 'section'; text: PlainText | Markdown }
  | { type: 'section'; fields: (PlainText | Markdown)[] }
  | { type: 'context'; elements: PlainText[] }
  | { type: 'divider' }
  | { type: 'actions'; block_id: string; elements: Button[] };

export type Modal = {
  type: 'modal';
  callback_id: string;
  private_metadata: string;
  title: PlainText;
  close: PlainText;
  submit?: PlainText;
  blocks: (
    | MessageBlock
    | {
        type: 'input';
        block_id: string;
        label: PlainText;
        element: {
          type: 'plain_text_input';
          action_id: string;
          multiline: true;
          min_length: number;
          max_length: number;
        };
      }
  )[];
};

export const MOST = {
  blocks: 50,
  header: 150,
  section: 3_000,
  field: 2_000,
  fields: 10,
  context: 2_000,
  confirmText: 300,
} as const;
