import { WHOLE_ORGANIZATION } from '../requests/kinds.ts';
import type { ApprovalMessage } from './approval-message.ts';
import { plain } from './message.ts';

/** New violations of one rule in one account, as they were noted. */
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
  const turned = lines.reduce((sum, line) => sum + line.turned, 0);
  const accounts = new Set(lines.map(({ accountId }) => accountId)).size;
  const whose = team === WHOLE_ORGANIZATION ? 'accounts of no team' : `the team ${plain(team, 80)}`;
  const more = lines.length - MOST_LINES;
  return {
    requestId: '',
    planDigest: '',
    title: `New violations of ${whose}: ${turned} in ${count(accounts, 'account')}`,
    why: null,
    fields: [],
    sections: [
      {
        title: 'In violation',
        lines: [
          ...lines.slice(0, MOST_LINES).map(wordsOf),
          ...(more > 0 ? [`and ${count(more, 'more line')}`] : []),
        ],
      },
    ],
    unusual: [],
    summary: '',
    progress: null,
    settled: 'What turns within an hour is gathered here. Mend it, or ask for an exception.',
    notice: true,
  };
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

function wordsOf({ accountId, accountName, rule, control, turned, resources }: AlertLine): string {
  const where = accountName === null ? accountId : `${plain(accountName, 60)} (${accountId})`;
  const named = resources.map((one) => plain(one, 120));
  const rest = turned - named.length;
  const which = `${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  return plain(`${control ?? rule} in ${where}: ${count(turned, 'resource')}, ${which}`);
}
