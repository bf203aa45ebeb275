import type { FieldError } from '../kernel/errors.ts';
import type { Identity, Settings } from '../settings/settings.schema.ts';
import { canonicalSubject } from './person.ts';

/**
 * One text for one user of another system, however it is spelled. A Slack user without an enterprise is never one with:
 * the workspace's answer says which it is.
 */
export function identityKey(identity: Identity): string {
  switch (identity.provider) {
    case 'slack':
      return key('slack', [identity.enterprise, identity.team, identity.user]);
    case 'teams':
      return key('teams', [identity.tenant, identity.user]);
    case 'webhook':
      return key('webhook', [identity.endpoint, identity.user]);
    case 'token':
      return key('token', [identity.subject]);
    default:
      return identity satisfies never;
  }
}

const key = (provider: string, parts: readonly string[]): string =>
  JSON.stringify([provider, ...parts.map(canonicalSubject)]);

/**
 * What may not be claimed twice: the identity itself; of a Slack user also the user in the workspace, with or without the
 * enterprise, and in the enterprise, whatever the workspace.
 */
function claimsOf(identity: Identity): string[] {
  if (identity.provider !== 'slack') return [identityKey(identity)];
  const { enterprise, team, user } = identity;
  const inEnterprise = enterprise.trim() === '' ? [] : [key('slack-enterprise', [enterprise, user])];
  return [identityKey(identity), key('slack-team', [team, user]), ...inEnterprise];
}

type Claim = { owner: string; claim: string; pointer: string };

/**
 * Who is claimed by two: an identity of two people, a subject that is both a person and another one's identity, a program
 * that is also a person, an owner that is a program. Each would leave open who is behind an approval.
 * @returns errors with JSON pointers into the settings; none when everybody is one
 */
export function identityConflicts(settings: Pick<Settings, 'people' | 'serviceUsers'>): FieldError[] {
  const errors: FieldError[] = [];
  const claimed = new Map<string, Claim>();
  for (const claim of claimsIn(settings)) {
    const other = claimed.get(claim.claim);
    if (other === undefined) claimed.set(claim.claim, claim);
    else if (other.owner !== claim.owner && !errors.some(({ pointer }) => pointer === claim.pointer))
      errors.push({ pointer: claim.pointer, message: `is claimed by ${other.pointer} too` });
  }
  const programs = new Set(settings.serviceUsers.map((user) => canonicalSubject(user.subject)));
  settings.serviceUsers.forEach((user, i) => {
    user.owners.forEach((owner, j) => {
      if (programs.has(canonicalSubject(owner)))
        errors.push({
          pointer: `/serviceUsers/${i}/owners/${j}`,
          message: 'is a service user; name a person',
        });
    });
  });
  return errors;
}

function* claimsIn({ people, serviceUsers }: Pick<Settings, 'people' | 'serviceUsers'>): Generator<Claim> {
  const token = (subject: string) => identityKey({ provider: 'token', subject });
  for (const [i, person] of people.entries()) {
    const pointer = `/people/${i}`;
    yield { owner: pointer, claim: token(person.subject), pointer: `${pointer}/subject` };
  }
  for (const [i, { subject }] of serviceUsers.entries()) {
    const pointer = `/serviceUsers/${i}`;
    yield { owner: pointer, claim: token(subject), pointer: `${pointer}/subject` };
  }
  for (const [i, person] of people.entries()) {
    for (const [j, identity] of person.identities.entries()) {
      const pointer = `/people/${i}/identities/${j}`;
      for (const claim of claimsOf(identity)) yield { owner: `/people/${i}`, claim, pointer };
    }
  }
}
