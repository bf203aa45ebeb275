import { csvCell } from '../approvals/attempts-csv.ts';

export type Cell = string | number | null | undefined;

/** RFC 4180: lines end with CRLF, the first one has the names. No cell is a formula to a spreadsheet. */
export const csv = (names: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [names, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
