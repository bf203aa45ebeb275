import { mayReadLedger, type Principal } from '../access/principal.ts';

export type PagePlace = { title: string; path: string };

/** Where somebody can go: a place that would be refused is not offered. */
export function placesFor(who: Principal, local: boolean): { main: PagePlace[]; apart: PagePlace[] } {
  const of = (shown: boolean, title: string, path: string) => (shown ? [{ title, path }] : []);
  return {
    main: [
      ...of(true, 'Overview', '/'),
      ...of(true, 'Accounts', '/accounts'),
      ...of(true, 'Requests', '/requests'),
      ...of(who.roles.includes('approver'), 'Approvals', '/approvals'),
      ...of(true, 'Compliance', '/compliance'),
      ...of(true, 'Guardrails', '/guardrails'),
    ],
    apart: [
      ...of(mayReadLedger(who), 'Ledger', '/ledger'),
      ...of(mayReadLedger(who), 'Deliveries', '/deliveries'),
      ...of(mayReadLedger(who), 'Mirror hub', '/mirror-hub'),
      ...of(true, 'Settings', '/settings'),
      ...of(local, 'Chat', '/dev/chat'),
      ...of(true, 'API', '/docs'),
    ],
  };
}
