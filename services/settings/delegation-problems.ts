import { peopleBehind } from '../people/person.ts';
import { mayEver } from './policy-problems.ts';
import type { Refuse, ValidationContext } from './refuse.ts';
import { sameDelegation } from './same-delegation.ts';
import type { Delegation, Settings } from './settings.schema.ts';

const DAY = 24 * 3_600_000;
const MOST_DAYS = 90;

/** A delegation with the people behind both names, looked up once. */
type Absence = {
  one: Delegation;
  starts: number;
  ends: number;
  from: readonly string[];
  to: readonly string[];
};

/** Absences that say nothing, or two things at once. */
export function delegationProblems(
  after: Settings,
  { before, now }: Pick<ValidationContext, 'before' | 'now'>,
  refuse: Refuse,
): void {
  const absences = after.delegations.map(
    (one): Absence => ({
      one,
      starts: Date.parse(one.startsAt),
      ends: Date.parse(one.endsAt),
      from: peopleBehind(after, one.from),
      to: peopleBehind(after, one.to),
    }),
  );
  absences.forEach((absence, i) => {
    const at = `/delegations/${i}`;
    const problem = oneProblem(absence, after);
    if (problem) refuse(`${at}${problem.at}`, problem.message);
    // What has run out may stay, but nobody begins with it.
    else if (absence.ends <= now && !before.delegations.some((b) => sameDelegation(b, absence.one)))
      refuse(`${at}/endsAt`, 'is over already');
    for (const [j, other] of absences.slice(0, i).entries()) {
      const words = together(absence, other);
      if (words) refuse(at, `${words} (/delegations/${j})`);
    }
  });
}

const meet = (a: readonly string[], b: readonly string[]): boolean => a.some((person) => b.includes(person));

function oneProblem(
  { one, starts, ends, from, to }: Absence,
  after: Settings,
): { at: string; message: string } | undefined {
  if (meet(from, to)) return { at: '/to', message: 'is the same person as `from`' };
  for (const end of ['from', 'to'] as const)
    if (!mayEver(after, one[end]))
      return { at: `/${end}`, message: `${one[end]} decides nothing: suspended, or a service user` };
  if (ends <= starts) return { at: '/endsAt', message: 'has to be after `startsAt`' };
  if (ends - starts > MOST_DAYS * DAY)
    return { at: '/endsAt', message: `is more than ${MOST_DAYS} days after \`startsAt\`` };
  return undefined;
}

/** Why both cannot hold at the same time: one voice would become two, or go round in a circle. */
function together(a: Absence, b: Absence): string | undefined {
  if (a.starts >= b.ends || b.starts >= a.ends) return undefined;
  if (meet(a.from, b.from)) return `${a.one.from} is represented twice at the same time`;
  if (meet(a.to, b.from)) return `${a.one.to} is away at that time, too`;
  if (meet(a.from, b.to)) return `${a.one.from} stands in for ${b.one.from} at that time`;
  return undefined;
}
