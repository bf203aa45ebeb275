import { deepEqual } from 'node:assert/strict';
import type { Report } from '../report.ts';

type Poll = { why: string; states: RegExp; mayBeMore?: true };

/** States that are entered once more for every look at something unfinished; moto finishes everything at once. */
const POLLS: Poll[] = [
  {
    why: 'a stack is made at once',
    states: /^(Wait for the stack|Read the stack|What does the stack need\?) \(/,
  },
  {
    why: 'a group is assigned at once',
    states:
      /^(Read how it goes|Has it gone through\?|Wait for the assignment( to show)?|List the assignments|Is it assigned\?)$/,
  },
  {
    why: 'Account Factory and stack sets are the embedded ones, which take their random time',
    states:
      /^(Ask for the account event|Read the record|Has the record ended\?|(Wait for|Read|Has) the (operation|instances)( ended\?)? \(.*|What do the instances need\? \(.*)$/,
    mayBeMore: true,
  },
];

/**
 * The execution on the mixed AWS goes through the same states as often as on the embedded AWS alone. Where moto is
 * faster it looks less often: those states are named in a note, and may only be fewer.
 */
export function judgePath(report: Report, topic: string, here: string[], alone: string[]): void {
  const [mixed, reference] = [countsOf(here), countsOf(alone)];
  const names = [...new Set([...here, ...alone])].sort();
  const different = names.filter((name) => mixed.get(name) !== reference.get(name));
  const show = (name: string) =>
    `${name}: ${mixed.get(name) ?? 0} with moto, ${reference.get(name) ?? 0} alone`;
  const polls = new Map(different.map((name) => [name, POLLS.find(({ states }) => states.test(name))]));
  const isExplained = (name: string): boolean => {
    const poll = polls.get(name);
    return poll !== undefined && (poll.mayBeMore || (mixed.get(name) ?? 0) < (reference.get(name) ?? 0));
  };
  report.check(topic, `the vend goes the same way, ${here.length} steps through ${names.length} states`, () =>
    deepEqual(different.filter((name) => !isExplained(name)).map(show), []),
  );
  for (const { why } of new Set([...polls.values()].filter((poll) => poll !== undefined))) {
    const states = different.filter((name) => polls.get(name)?.why === why).map(show);
    report.note(topic, `${why}: ${states.join('; ')}`);
  }
}

function countsOf(names: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
