import type { Principal } from '../access/principal.ts';
import { Problem } from '../kernel/errors.ts';
import { canonicalSubject, type Directory, peopleBehind, sharePerson } from '../people/person.ts';
import { WHOLE_ORGANIZATION } from '../requests/kinds.ts';
import type { Delegation, Selector } from '../settings/settings.schema.ts';

/** A program with tokens of its own. */
export const isServiceUser = ({ serviceUsers }: Directory, subject: string): boolean =>
  serviceUsers.some((s) => canonicalSubject(s.subject) === canonicalSubject(subject));

export const isSuspended = (directory: Directory, subject: string): boolean => {
  const people = peopleBehind(directory, subject);
  return directory.people.some((p) => p.suspended && people.includes(canonicalSubject(p.subject)));
};

/**
 * Nobody decides on what they have asked for themselves, be it by another identity or through a service user that they
 * own; programs and suspended people decide nothing; and it always takes the role.
 * @returns why somebody decides nothing here, whatever the policy says
 */
export const barOf = (
  directory: Directory,
  who: Pick<Principal, 'subject' | 'roles'>,
  requestedBy: string,
): Problem | undefined =>
  sharePerson(directory, who.subject, requestedBy)
    ? new Problem('forbidden', 'self-approval', 'You asked for it, so somebody else has to decide.')
    : barOfAll(directory, who);

/** @returns why somebody decides nothing at all, whoever asks */
export function barOfAll(
  directory: Directory,
  who: Pick<Principal, 'subject' | 'roles'>,
): Problem | undefined {
  if (isServiceUser(directory, who.subject))
    return new Problem('forbidden', 'not-an-approver', 'A service user decides nothing; a person has to.');
  if (isSuspended(directory, who.subject))
    return new Problem('forbidden', 'suspended', 'You are suspended and decide nothing meanwhile.');
  if (!who.roles.includes('approver'))
    return new Problem('forbidden', 'not-an-approver', 'Deciding needs the role approver.');
  return undefined;
}

/** Is this one of those people? @param team whose request it is */
export const isAmong = (
  selectors: readonly Selector[],
  team: string,
  who: Pick<Principal, 'subject' | 'teams'>,
  directory: Directory,
): boolean => selectors.some((selector) => matches(selector, team, who, directory));

function matches(
  selector: Selector,
  team: string,
  who: Pick<Principal, 'subject' | 'teams'>,
  directory: Directory,
): boolean {
  if ('anyTeam' in selector) return true;
  if ('team' in selector) return who.teams.includes(selector.team);
  if ('people' in selector)
    return selector.people.some(
      (named) => !isServiceUser(directory, named) && sharePerson(directory, named, who.subject),
    );
  // What concerns the whole organization is the matter of every team.
  return team === WHOLE_ORGANIZATION || who.teams.includes(team);
}

/** In whose place somebody may decide at a time. @param at milliseconds */
export const absentFor = (
  delegations: readonly Delegation[],
  directory: Directory,
  to: string,
  at: number,
): readonly string[] => [
  ...new Set(
    delegations
      .filter(
        (d) =>
          Date.parse(d.startsAt) <= at &&
          at < Date.parse(d.endsAt) &&
          sharePerson(directory, d.to, to) &&
          !sharePerson(directory, d.from, to),
      )
      .map((d) => canonicalSubject(d.from)),
  ),
];
