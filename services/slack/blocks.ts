import type { ApprovalMessage } from '../chat/approval-message.ts';
import { cut } from '../chat/message.ts';
import type { Prompt } from '../chat/room.port.ts';
import {
  type Button,
  type Markdown,
  type MessageBlock,
  MOST,
  type Modal,
  type PlainText,
} from './block-kit.ts';

export const APPROVE = 'jetway-approve';
export const DENY = 'jetway-deny';
export const PAGE = 'jetway-page';
export const REASON_MODAL = 'jetway-deny-reason';
export const REASON = 'reason';
export const MOST_REASON = 1_000;

/** More fields than this are left to the page. */
const MOST_FIELDS = 45;
/** More sections than this are left to the page: two blocks each, far from Slack's fifty. */
const MOST_SECTIONS = 12;

const words = (text: string, most: number): PlainText => ({
  type: 'plain_text',
  // Slack refuses an empty text.
  text: cut(text, most) || '-',
  emoji: false,
});

/** A heading of ours. Characters that would be markup are taken out: some headings name a stack. */
const strong = (text: string): Markdown => ({
  type: 'mrkdwn',
  text: `*${cut(text.replace(/[*_~`<>&]/g, ' '), 200).trim()}*`,
  verbatim: true,
});

/** What a button carries: the prompt and the plan, so that a click says which plan was on the screen. */
export const buttonValue = ({ id, planDigest }: Pick<Prompt, 'id' | 'planDigest'>): string =>
  `${id}.${planDigest}`;

/** @returns undefined for what is no value of our buttons */
export function readButtonValue(value: string): { promptId: string; planDigest: string } | undefined {
  const match = /^([\w-]{22,64})\.(sha256:[0-9a-f]{64})$/.exec(value);
  return match?.[1] && match[2] ? { promptId: match[1], planDigest: match[2] } : undefined;
}

/**
 * The message as Slack shows it. Whatever people wrote is `plain_text`; only headings of ours are markup.
 */
export function approvalBlocks(message: ApprovalMessage, prompt: Prompt): MessageBlock[] {
  const { settled, progress, why, unusual, fields } = message;
  return [
    { type: 'header', text: words(message.title, MOST.header) },
    ...(settled === null ? [] : [paragraph(settled)]),
    ...(progress === null ? [] : [paragraph(`So far: ${progress}`)]),
    ...(why === null ? [] : [paragraph(`Why: ${why}`)]),
    ...(unusual.length === 0 ? [] : list('Look at this first', unusual)),
    ...pairs(fields.slice(0, MOST_FIELDS)),
    ...sections(message.sections),
    { type: 'divider' },
    {
      type: 'actions',
      block_id: 'decision',
      elements: [...(settled === null ? decisions(message, prompt) : []), page(prompt)],
    },
    ...(message.requestId === ''
      ? []
      : [
          {
            type: 'context' as const,
            elements: [words(`Request ${message.requestId}`, MOST.context)],
          },
        ]),
  ];
}

const paragraph = (text: string): MessageBlock => ({ type: 'section', text: words(text, MOST.section) });

/** Label and value side by side; five pairs in a block. */
function pairs(fields: ApprovalMessage['fields']): MessageBlock[] {
  const each = MOST.fields / 2;
  return Array.from({ length: Math.ceil(fields.length / each) }, (_, i) => ({
    type: 'section' as const,
    fields: fields
      .slice(i * each, (i + 1) * each)
      .flatMap(({ label, value }) => [strong(label), words(value, MOST.field)]),
  }));
}

function sections(all: ApprovalMessage['sections']): MessageBlock[] {
  const more = all.length - MOST_SECTIONS;
  return [
    ...all.slice(0, MOST_SECTIONS).flatMap(({ title, lines }) => list(title, lines)),
    ...(more > 0 ? [paragraph(`… and ${more} more parts, see the page`)] : []),
  ];
}

const list = (title: string, lines: readonly string[]): MessageBlock[] => [
  { type: 'section', text: strong(title) },
  { type: 'section', text: words(bounded(lines), MOST.section) },
];

/** As many whole lines as fit; says how many are missing. */
function bounded(lines: readonly string[]): string {
  // Room for the line that says so.
  const room = MOST.section - 60;
  const shown: string[] = [];
  let length = 0;
  for (const line of lines) {
    const bullet = `• ${cut(line, 1_000)}`;
    length += bullet.length + 1;
    if (length > room) break;
    shown.push(bullet);
  }
  const more = lines.length - shown.length;
  return [...shown, ...(more > 0 ? [`… and ${more} more, see the page`] : [])].join('\n');
}

function decisions(message: ApprovalMessage, prompt: Prompt): Button[] {
  const value = buttonValue(prompt);
  return [
    {
      type: 'button',
      action_id: APPROVE,
      text: words('Approve', 75),
      style: 'primary',
      value,
      confirm: {
        title: words('Approve this?', 100),
        text: words(`You say yes to ${message.summary}.`, MOST.confirmText),
        confirm: words('Approve', 30),
        deny: words('Not yet', 30),
      },
    },
    { type: 'button', action_id: DENY, text: words('Deny', 75), style: 'danger', value },
  ];
}

const page = ({ pageUrl }: Pick<Prompt, 'pageUrl'>): Button => ({
  type: 'button',
  action_id: PAGE,
  text: words('Open the page', 75),
  url: pageUrl,
});

/** Asks for the reason of a no. */
export const reasonModal = (value: string): Modal => ({
  type: 'modal',
  callback_id: REASON_MODAL,
  private_metadata: value,
  title: words('Deny the request', 24),
  submit: words('Deny', 24),
  close: words('Back', 24),
  blocks: [
    {
      type: 'input',
      block_id: REASON,
      label: words('Why? The person who asked will read it.', 2_000),
      element: {
        type: 'plain_text_input',
        action_id: REASON,
        multiline: true,
        min_length: 1,
        max_length: MOST_REASON,
      },
    },
  ],
});

/** Tells the one who clicked that there is nothing to give a reason for. */
export const noticeModal = (text: string): Modal => ({
  type: 'modal',
  callback_id: 'jetway-notice',
  private_metadata: '',
  title: words('Nothing to decide', 24),
  close: words('Close', 24),
  blocks: [paragraph(text)],
});

/** One line under a message. */
export const noticeBlocks = (text: string, pageUrl: string): MessageBlock[] => [
  paragraph(text),
  { type: 'actions', block_id: 'page', elements: [page({ pageUrl })] },
];

/**
 * The text beside the blocks, which notifications show and Slack reads as markup: its three special characters are
 * escaped, so that nothing in it is a mention or a link.
 */
export const escaped = (text: string): string =>
  cut(text, 1_000).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
