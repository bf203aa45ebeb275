import type { ApprovalMessage } from './approval-message.ts';
import { plain } from './message.ts';

/**
 * Approvers who are asked too often stop reading. Of what one team or one person asks for, this many open messages stand
 * in one place within an hour; what comes on top is listed in one message, edited in place.
 */
export const OPEN_MESSAGES = 5;
export const FOLDING_MS = 60 * 60_000;

export type Listed = { title: string; settled: string | null };

/** Stands for many requests: no buttons, each is decided on its page. @param about "the team payments" */
export function digestMessage(about: string, all: readonly Listed[]): ApprovalMessage {
  const open = all.filter(({ settled }) => settled === null);
  return {
    requestId: '',
    planDigest: '',
    title:
      open.length === 0
        ? `Nothing more of ${plain(about, 80)} waits here`
        : `${plain(about, 80)}: ${open.length} more ${open.length === 1 ? 'request waits' : 'requests wait'} for an answer`,
    why: null,
    fields: [],
    sections: [
      { title: 'Waiting', lines: open.map(({ title }) => title) },
      {
        title: 'Settled',
        lines: all.flatMap(({ title, settled }) => (settled === null ? [] : [`${title}: ${settled}`])),
      },
    ].filter(({ lines }) => lines.length > 0),
    unusual: [],
    summary: '',
    progress: null,
    settled: 'Asked for in short time, so they share one message. Each is decided on its page.',
  };
}

/** Reminders of one place within an hour, as one message. */
export const remindersMessage = (lines: readonly string[]): ApprovalMessage => ({
  requestId: '',
  planDigest: '',
  title: `${lines.length} more ${lines.length === 1 ? 'request waits' : 'requests wait'} for an answer`,
  why: null,
  fields: [],
  sections: [{ title: 'Waiting', lines }],
  unusual: [],
  summary: '',
  progress: null,
  settled: 'Reminders of the last hour, gathered.',
});
