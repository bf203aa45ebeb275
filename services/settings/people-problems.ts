import { canonicalJson } from '../kernel/canonical-json.ts';
import { canonicalSubject } from '../people/person.ts';
import { type Refuse, refuseTwice } from './refuse.ts';
import type { Identity, Settings } from './settings.schema.ts';

/** Two people who would be one, or one who would be two. */
export function peopleProblems(after: Settings, refuse: Refuse): void {
  const { people, serviceUsers } = after;
  refuseTwice(
    people,
    (i) => `/people/${i}/subject`,
    (p) => canonicalSubject(p.subject),
    refuse,
  );
  refuseTwice(
    serviceUsers,
    (i) => `/serviceUsers/${i}/subject`,
    (s) => canonicalSubject(s.subject),
    refuse,
  );
  identityProblems(after, refuse);
  serviceUserProblems(after, refuse);
}

function identityProblems({ people, serviceUsers, endpoints }: Settings, refuse: Refuse): void {
  const subjects = new Map(people.map((p, i) => [canonicalSubject(p.subject), i]));
  const programs = new Set(serviceUsers.map((s) => canonicalSubject(s.subject)));
  const incoming = new Set(endpoints.flatMap((e) => (e.direction === 'in' ? [e.name] : [])));
  const claimed = new Map<string, string>();
  people.forEach(({ subject, identities }, i) => {
    identities.forEach((identity, j) => {
      const at = `/people/${i}/identities/${j}`;
      const key = identityKey(identity);
      const other = claimed.get(key);
      if (other !== undefined)
        refuse(at, other === subject ? 'is there twice' : `belongs to ${other} already`);
      else claimed.set(key, subject);
      if (identity.provider === 'webhook' && !incoming.has(identity.endpoint))
        refuse(`${at}/endpoint`, `there is no endpoint ${identity.endpoint} that takes calls`);
      if (identity.provider !== 'token') return;
      const name = canonicalSubject(identity.subject);
      if (programs.has(name)) refuse(`${at}/subject`, `${identity.subject} is a service user`);
      else if (subjects.has(name))
        refuse(
          `${at}/subject`,
          `${identity.subject} is a person of its own, at /people/${subjects.get(name)}`,
        );
    });
  });
}

const identityKey = (identity: Identity): string =>
  canonicalJson(
    identity.provider === 'token' ? { ...identity, subject: canonicalSubject(identity.subject) } : identity,
  );

function serviceUserProblems({ people, serviceUsers }: Settings, refuse: Refuse): void {
  const known = new Set(people.map((p) => canonicalSubject(p.subject)));
  const programs = new Set(serviceUsers.map((s) => canonicalSubject(s.subject)));
  serviceUsers.forEach(({ subject, owners }, i) => {
    if (known.has(canonicalSubject(subject))) refuse(`/serviceUsers/${i}/subject`, `${subject} is a person`);
    refuseTwice(owners, (j) => `/serviceUsers/${i}/owners/${j}`, canonicalSubject, refuse);
    owners.forEach((owner, j) => {
      const at = `/serviceUsers/${i}/owners/${j}`;
      if (programs.has(canonicalSubject(owner)))
        refuse(at, `${owner} is a service user; its owners are people`);
      else if (!known.has(canonicalSubject(owner))) refuse(at, `${owner} is not among /people`);
    });
  });
}
