import { identityConflicts } from '../people/identity.ts';
import { canonicalSubject } from '../people/person.ts';
import { type Refuse, refuseTwice } from './refuse.ts';
import type { Settings } from './settings.schema.ts';

/** Two people who would be one, one who would be two, and programs with nobody behind them. */
export function peopleProblems(after: Settings, refuse: Refuse): void {
  for (const { pointer, message } of identityConflicts(after)) refuse(pointer, message);
  endpointsOfPeople(after, refuse);
  ownersOfPrograms(after, refuse);
}

function endpointsOfPeople({ people, endpoints }: Settings, refuse: Refuse): void {
  const incoming = new Set(endpoints.flatMap((e) => (e.direction === 'in' ? [e.name] : [])));
  people.forEach(({ identities }, i) => {
    identities.forEach((identity, j) => {
      if (identity.provider === 'webhook' && !incoming.has(identity.endpoint))
        refuse(
          `/people/${i}/identities/${j}/endpoint`,
          `there is no endpoint ${identity.endpoint} that takes calls`,
        );
    });
  });
}

function ownersOfPrograms({ people, serviceUsers }: Settings, refuse: Refuse): void {
  const programs = new Set(serviceUsers.map((s) => canonicalSubject(s.subject)));
  const known = new Set([...people.map((p) => canonicalSubject(p.subject)), ...programs]);
  serviceUsers.forEach(({ owners }, i) => {
    refuseTwice(owners, (j) => `/serviceUsers/${i}/owners/${j}`, canonicalSubject, refuse);
    owners.forEach((owner, j) => {
      if (!known.has(canonicalSubject(owner)))
        refuse(`/serviceUsers/${i}/owners/${j}`, `${owner} is not among /people`);
    });
  });
}
