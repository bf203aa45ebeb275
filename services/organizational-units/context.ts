import type { Catalogue } from '../guardrails/catalogue.ts';
import type { AccountCall } from '../guardrails/lockout.ts';
import type { OrganizationSnapshot } from '../reconciliation/snapshot.schema.ts';
import type { Settings } from '../settings/settings.schema.ts';

export type OrganizationAccount = { accountId: string; name: string; organizationalUnitId: string | null };

/** Everything that the planning of a change knows besides the change. */
export type UnitChangeContext = {
  requestId: string;
  now: string;
  snapshot: OrganizationSnapshot;
  catalogue: Catalogue;
  accounts: readonly OrganizationAccount[];
  /** What our workflows call in the accounts: no control may deny it. */
  calls: readonly AccountCall[];
  approvalExpiresAfterSeconds: number;
  /** Who has to say yes to what: the approval policies in force. */
  policies: Settings['policies'];
};

/** Notes one thing that stands in the way, at its JSON pointer. */
export type Refuse = (pointer: string, message: string) => void;
