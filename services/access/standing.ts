import { Problem } from '../kernel/errors.ts';
import { canonicalSubject, type Directory, peopleBehind } from '../people/person.ts';
import type { Principal } from './principal.ts';
import type { RoutePolicy } from './route-policies.ts';

/**
 * What the settings say of whoever calls.
 * @returns the caller, marked when it is a program
 * @throws Problem forbidden: suspended, or a program that decides, or one that asks and nobody answers for it
 */
export function standIn(who: Principal, directory: Directory, act: RoutePolicy['act']): Principal {
  if (isSuspended(who.subject, directory))
    throw new Problem(
      'forbidden',
      'suspended',
      'This person is suspended here: an approved change of the settings lifts it.',
    );
  const name = canonicalSubject(who.subject);
  const registered = directory.serviceUsers.some((s) => canonicalSubject(s.subject) === name);
  if (!registered && !who.program) return who;
  if (act === 'decide')
    throw new Problem(
      'forbidden',
      'program-decides',
      'A program never decides: a person has to, with a token of their own.',
    );
  if (act === 'ask' && !registered)
    throw new Problem(
      'forbidden',
      'program-unregistered',
      'A program may ask once the settings name it among the service users, with the people who answer for it.',
    );
  return { ...who, program: true };
}

/** Everybody behind it is: a program works on while one of its owners does. */
function isSuspended(subject: string, directory: Directory): boolean {
  const suspended = new Set(
    directory.people.filter((p) => p.suspended).map((p) => canonicalSubject(p.subject)),
  );
  return suspended.size > 0 && peopleBehind(directory, subject).every((person) => suspended.has(person));
}
