import { type Principal, seesAll } from '../access/principal.ts';
import { standingsOf } from '../people/people.pg.ts';
import type { ApprovalDeps } from './approvals.pg.ts';
import { placeOf } from './asked.ts';
import { absentFor, barOfAll } from './eligible.ts';

/**
 * The same person with the places that they may approve by: lists show them the requests of other teams that are put to
 * one of these. Two reads, whatever the number of requests.
 */
export async function asApprover(
  { orm, settings: store, clock }: Pick<ApprovalDeps, 'orm' | 'settings' | 'clock'>,
  who: Principal,
): Promise<Principal> {
  if (seesAll(who) || who.program || !who.roles.includes('approver')) return who;
  const { settings } = await store.current(orm);
  if (barOfAll(settings, who)) return who;
  const away = absentFor(settings.delegations, settings, who.subject, clock.now().getTime());
  const absent = (await standingsOf(orm, away)).filter((one) => !barOfAll(settings, one));
  const places = [
    placeOf(settings, who),
    ...absent.map((standing) => placeOf(settings, standing, who.subject)),
  ];
  return { ...who, places };
}
