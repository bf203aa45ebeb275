import type { RequestState } from '../ledger/request-view.ts';
import { withHints } from './look-alikes.ts';

/** A justification is at most this long; whatever else people name is shorter. */
const MOST = 1_000;

/**
 * Whatever shows as nothing, turns the text around, or ends a line: control, format, private and unassigned characters,
 * everything that a renderer may leave out, the blank Braille cell, every kind of space.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]+/gu;

/** More marks on one letter than any language writes reach into the lines above and below. */
const STACKED = /(\p{M}{3})\p{M}+/gu;

/**
 * People's words as one line that cannot pass for anything else: no line breaks, nothing invisible, nothing that turns the
 * text around, a hint beside words of mixed scripts, bounded in length. Markup stays the characters that it is; each
 * renderer shows it literally.
 */
export function plain(text: string, most = MOST): string {
  const line = text
    // Half of a surrogate pair is no character; a renderer may make anything of it.
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .normalize('NFC')
    .replace(UNSEEN, ' ')
    .replace(STACKED, '$1')
    .trim();
  return cut(withHints(cut(line, most)), most);
}

/** At most that many UTF-16 units, which is how Slack counts; never half a character. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** A moment as people read it. @param at RFC 3339 UTC */
export const momentText = (at: string): string => `${at.slice(0, 16).replace('T', ' ')} UTC`;

/** Who said the word that settled it, and when. */
export type Ending = { by?: string | undefined; at?: string | undefined };

/** What takes the buttons' place: what, who and when; undefined while a decision is open. */
export function settledText(state: RequestState, ending: Ending = {}): string | undefined {
  const when = ending.at === undefined ? '' : ` (${momentText(ending.at)})`;
  switch (state.status) {
    case 'PLANNED':
    case 'AWAITING_APPROVAL':
      return undefined;
    case 'DENIED':
    case 'CANCELLED':
    case 'EXPIRED':
    case 'REJECTED':
      return plain(`${state.failure?.title ?? state.status}. ${state.failure?.detail ?? ''}`, 900) + when;
    default:
      return ending.by === undefined
        ? `Approved.${when}`
        : `Approved. ${plain(ending.by, 256)} said yes${when}.`;
  }
}
