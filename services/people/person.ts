import type { Settings } from '../settings/settings.schema.ts';

/** The part of the settings that says who is who. */
export type Directory = Pick<Settings, 'people' | 'serviceUsers'>;

/** Two spellings of one name are one name. */
export const canonicalSubject = (subject: string): string => subject.trim().toLowerCase();

/**
 * The people behind a subject: the person that it names or is another identity of; for a service user its owners. Never
 * empty. What nobody has registered stands for itself. Where a name is claimed more than once, everybody who claims it is
 * behind it: settings refuse that, and a doubt must never let somebody approve what is one's own.
 */
export function peopleBehind(directory: Directory, subject: string): readonly string[] {
  const names = [...reach(directory, subject)];
  const behind = names.filter((name) => {
    const claimants = claimantsOf(directory, name);
    return claimants.length === 0 ? ownersOf(directory, name).length === 0 : claimants.includes(name);
  });
  // Service users that own only each other have nobody behind them but themselves.
  return behind.length > 0 ? behind : names;
}

/** Every name that one comes to from this one, itself included: claimed by whom, owned by whom. */
function reach(directory: Directory, subject: string): ReadonlySet<string> {
  const names = new Set([canonicalSubject(subject)]);
  // A set is walked in the order of insertion, what is added meanwhile included.
  for (const name of names)
    for (const next of [...claimantsOf(directory, name), ...ownersOf(directory, name)]) names.add(next);
  return names;
}

const ownersOf = ({ serviceUsers }: Directory, name: string): string[] =>
  serviceUsers
    .filter((s) => canonicalSubject(s.subject) === name)
    .flatMap((s) => s.owners.map(canonicalSubject));

/** The subjects that name, everywhere, whoever goes by this name. */
const claimantsOf = ({ people }: Directory, name: string): string[] =>
  people
    .filter(
      (p) =>
        canonicalSubject(p.subject) === name ||
        p.identities.some((i) => i.provider === 'token' && canonicalSubject(i.subject) === name),
    )
    .map((p) => canonicalSubject(p.subject));

/** Is somebody behind both? */
export function sharePerson(directory: Directory, a: string, b: string): boolean {
  const names = reach(directory, a);
  return [...reach(directory, b)].some((name) => names.has(name));
}

/** Every name that shares a person with this one (`sharePerson`), itself included. */
export function namesSharing(directory: Directory, subject: string): readonly string[] {
  const sharing = new Set(reach(directory, subject));
  // Whatever leads to one of them: a person's other names, and the programs that they own. Until nothing more does.
  for (let before = 0; before < sharing.size; ) {
    before = sharing.size;
    for (const name of directory.people.flatMap((person) => leadingTo(person, sharing))) sharing.add(name);
    for (const { subject: program, owners } of directory.serviceUsers)
      if (owners.some((owner) => sharing.has(canonicalSubject(owner))))
        sharing.add(canonicalSubject(program));
  }
  return [...sharing];
}

const leadingTo = (
  { subject, identities }: Directory['people'][number],
  to: ReadonlySet<string>,
): string[] =>
  to.has(canonicalSubject(subject))
    ? identities.flatMap((i) => (i.provider === 'token' ? canonicalSubject(i.subject) : []))
    : [];
