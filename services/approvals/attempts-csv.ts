import type { AttemptBody } from './attempts.schema.ts';

const COLUMNS = [
  'seq',
  'at',
  'who',
  'act',
  'outcome',
  'reason',
  'via',
  'decision',
  'requestId',
  'planDigest',
  'count',
  'hash',
] as const satisfies readonly (keyof AttemptBody)[];

/**
 * A cell as a spreadsheet shows it and does not run it: what begins like a formula gets an apostrophe in front, also
 * behind spaces and in the wide forms that some programs take for the same.
 */
export function csvCell(value: string | number | null | undefined): string {
  if (typeof value === 'number') return String(value);
  const text = value ?? '';
  const harmless = /^[\s\0]*[=+\-@＝＋－＠|%]|^[\t\r\n]/u.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

export const csvHeader = `${COLUMNS.join(',')}\r\n`;

export const csvLine = (attempt: AttemptBody): string =>
  `${COLUMNS.map((column) => csvCell(attempt[column])).join(',')}\r\n`;
