import type { Place } from '../../db/reader.ts';
import type { Principal } from '../access/principal.ts';
import { canonicalSubject, type Directory, namesSharing } from '../people/person.ts';
import { WHOLE_ORGANIZATION } from '../requests/kinds.ts';
import type { Selector } from '../settings/settings.schema.ts';
import { isServiceUser } from './eligible.ts';

/**
 * `isAmong` as words that a database can look up: somebody is among the selectors when one of the words here is one of
 * their place. @param team whose request it is
 */
export const askedBy = (selectors: readonly Selector[], team: string): string[] => [
  ...new Set(selectors.flatMap((selector) => wordsOf(selector, team))),
];

function wordsOf(selector: Selector, team: string): string[] {
  if ('anyTeam' in selector) return ['anyone'];
  if ('team' in selector) return [`team:${selector.team}`];
  if ('people' in selector) return selector.people.map((named) => `person:${canonicalSubject(named)}`);
  return team === WHOLE_ORGANIZATION ? ['anyone'] : [`team:${team}`];
}

/** What somebody may approve by. @param insteadOf the person who takes the place of this absent one */
export function placeOf(
  directory: Directory,
  { subject, teams }: Pick<Principal, 'subject' | 'teams'>,
  insteadOf?: string,
): Place {
  const names = namesSharing(directory, subject);
  const people = names.filter((name) => !isServiceUser(directory, name));
  return {
    asked: ['anyone', ...teams.map((team) => `team:${team}`), ...people.map((name) => `person:${name}`)],
    not: [...names, ...(insteadOf === undefined ? [] : namesSharing(directory, insteadOf))],
  };
}
