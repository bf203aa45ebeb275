import type { Delegation } from './settings.schema.ts';

/** Written alike: a delegation has no name, it is what it says. */
export const sameDelegation = (a: Delegation, b: Delegation): boolean =>
  a.from === b.from && a.to === b.to && a.startsAt === b.startsAt && a.endsAt === b.endsAt;
