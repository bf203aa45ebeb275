// A failure scrolls out of sight in a long log, so every part tells it once more on a line of its own, which begins so;
// `npm test` collects these lines and prints them before its last one.
const MARK = 'failed: ';
const LONGEST = 300;

/** One line: where, which test, and the first line of its error. Colours and line breaks are left out. */
export function failureLine(where, error) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour
  const plain = String(error ?? '').replace(/\u001b\[[0-9;]*m/g, '');
  const first = plain.split(/\r?\n/).find((line) => line.trim() !== '') ?? '';
  const text = `${where.replace(/\s+/g, ' ').trim()}${first === '' ? '' : `: ${first.trim()}`}`;
  return `${MARK}${text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text}`;
}

/** What a line says that failed; undefined for any other line. */
export const failureIn = (line) => (line.startsWith(MARK) ? line.slice(MARK.length) : undefined);

/** The end of a run's log: every failure once, short and together. */
export function failureList(failures) {
  return failures.length === 0 ? [] : ['', 'failed:', ...failures.map((failure) => `  ${failure}`)];
}
