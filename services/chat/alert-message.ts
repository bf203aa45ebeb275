import { isDrift as driftRule, STACK_DRIFT } from '../drift/findings.ts';
import { WHOLE_ORGANIZATION } from '../requests/kinds.ts';
import type { ApprovalMessage } from './approval-message.ts';
import { plain } from './message.ts';

/** New violations of one rule in one account, or what has drifted in it, as they were noted. */
export type AlertLine = {
  accountId: string;
  /** Null for an account that the ledger does not know. */
  accountName: string | null;
  rule: string;
  control: string | null;
  turned: number;
  resources: readonly string[];
};

/** A message has this many lines; the rest is a number. */
const MOST_LINES = 40;
const MOST_RESOURCES = 5;

const count = (n: number, what: string): string => `${n} ${n === 1 ? what : `${what}s`}`;

/** What has newly turned in the accounts of a team within an hour. @param team `*` for accounts of no team */
export function alertMessage(team: string, noted: readonly AlertLine[]): ApprovalMessage {
  const lines = together(noted);
  const violated = lines.filter((line) => !isDrift(line));
  const drifted = lines.filter(isDrift);
  const whose = team === WHOLE_ORGANIZATION ? 'accounts of no team' : `the team ${plain(team, 80)}`;
  return {
    requestId: '',
    planDigest: '',
    title: titleOf(whose, violated, drifted),
    why: null,
    fields: [],
    sections: [
      ...sectionOf('In violation', violated, wordsOf),
      // Of drift it is more urgent to know, and there is less of it: it has a section of its own with lines of its own.
      ...sectionOf('Not as approved any more', drifted, driftWords),
    ],
    unusual: [],
    summary: '',
    progress: null,
    settled:
      drifted.length === 0
        ? 'What turns within an hour is gathered here. Mend it, or ask for an exception.'
        : 'What turns within an hour is gathered here. Mend it, or ask for an exception; drift is never excepted.',
    notice: true,
  };
}

const isDrift = ({ rule }: AlertLine): boolean => driftRule(rule);

const howMany = (lines: readonly AlertLine[]): string => {
  const turned = lines.reduce((sum, line) => sum + line.turned, 0);
  return `${turned} in ${count(new Set(lines.map(({ accountId }) => accountId)).size, 'account')}`;
};

function titleOf(whose: string, violated: readonly AlertLine[], drifted: readonly AlertLine[]): string {
  if (drifted.length === 0) return `New violations of ${whose}: ${howMany(violated)}`;
  if (violated.length === 0) return `Drift of ${whose}: ${howMany(drifted)}`;
  return `New violations and drift of ${whose}: ${howMany(violated)}, drift ${howMany(drifted)}`;
}

/** None without lines. */
function sectionOf(title: string, lines: readonly AlertLine[], words: (line: AlertLine) => string) {
  if (lines.length === 0) return [];
  const more = lines.length - MOST_LINES;
  const shown = lines.slice(0, MOST_LINES).map(words);
  return [{ title, lines: [...shown, ...(more > 0 ? [`and ${count(more, 'more line')}`] : [])] }];
}

/** One line for each account and control, in the order in which they turned first. */
function together(noted: readonly AlertLine[]): AlertLine[] {
  const lines = new Map<string, AlertLine>();
  for (const one of noted) {
    const key = `${one.accountId} ${one.rule}`;
    const known = lines.get(key);
    lines.set(
      key,
      known
        ? {
            ...known,
            turned: known.turned + one.turned,
            resources: [...new Set([...known.resources, ...one.resources])].slice(0, MOST_RESOURCES),
          }
        : one,
    );
  }
  return [...lines.values()];
}

const wordsOf = (line: AlertLine): string =>
  plain(
    `${line.control ?? line.rule} in ${placeOf(line)}: ${count(line.turned, 'resource')}, ${which(line)}`,
  );

const driftWords = (line: AlertLine): string =>
  plain(
    line.rule === STACK_DRIFT
      ? `Changed beside the plan in ${placeOf(line)}: ${count(line.turned, 'resource')}, ${which(line)}`
      : `Guardrails gone or changed in ${placeOf(line)}: ${line.turned}, ${which(line)}`,
  );

const placeOf = ({ accountId, accountName }: AlertLine): string =>
  accountName === null ? accountId : `${plain(accountName, 60)} (${accountId})`;

function which({ turned, resources }: AlertLine): string {
  const named = resources.map((one) => plain(one, 120));
  const rest = turned - named.length;
  return `${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
