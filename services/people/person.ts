import type { Settings } from '../settings/settings.schema.ts';

/** The part of the settings that says who is who. */
export type Directory = Pick<Settings, 'people' | 'serviceUsers'>;

/** Two spellings of one name are one name. */
export const canonicalSubject = (subject: string): string => subject.trim().toLowerCase();

/**
 * The people behind a subject: the person that it names or is another identity of; for a service user its owners. Never
 * empty. What nobody has registered stands for itself.
 */
export function peopleBehind(directory: Directory, subject: string): readonly string[] {
  const name = canonicalSubject(subject);
  const service = directory.serviceUsers.find((s) => canonicalSubject(s.subject) === name);
  const subjects = service ? service.owners.map(canonicalSubject) : [name];
  return [...new Set(subjects.map((s) => personOf(directory, s)))];
}

/** The subject that names this person everywhere. */
function personOf(directory: Directory, name: string): string {
  const person = directory.people.find(
    (p) =>
      canonicalSubject(p.subject) === name ||
      p.identities.some((i) => i.provider === 'token' && canonicalSubject(i.subject) === name),
  );
  return person ? canonicalSubject(person.subject) : name;
}

/** Is somebody behind both? */
export function sharePerson(directory: Directory, a: string, b: string): boolean {
  const behind = new Set(peopleBehind(directory, a));
  return peopleBehind(directory, b).some((person) => behind.has(person));
}
