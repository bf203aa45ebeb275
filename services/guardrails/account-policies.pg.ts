import { and, desc, eq } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { facts } from '../../db/schema/index.ts';
import { finishedPlan } from '../account-changes/finished-plan.pg.ts';
import type { AccountRow } from '../ledger/queries.pg.ts';
import { type AttachedPolicy, FULL_AWS_ACCESS, FULL_AWS_ACCESS_ID } from './evaluate.ts';
import { QUARANTINE_POLICY_NAME, quarantinePolicy } from './fence.ts';

const FULL = { id: FULL_AWS_ACCESS_ID, name: 'FullAWSAccess', content: FULL_AWS_ACCESS };

type Attached = { preventive?: { policyName: string; policyId: string }[] };

/**
 * What is attached to the account itself, as the ledger tells it: the policies that the workflow read back, with the
 * content of the plan, and the fence until the account is ACTIVE. Of accounts that were not vended nothing is known, which
 * a policy without content says.
 */
export async function accountPolicies(orm: Orm, account: AccountRow): Promise<AttachedPolicy[]> {
  if (account.origin !== 'VENDED') {
    return [FULL, { id: '', name: `whatever is attached to ${account.accountId} itself`, content: '' }];
  }
  const followed = await finishedPlan(orm, account.accountId);
  const [newest] = await orm
    .select({ data: facts.data })
    .from(facts)
    .where(and(eq(facts.requestId, followed?.requestId ?? ''), eq(facts.type, 'GuardrailsAttached')))
    .orderBy(desc(facts.version))
    .limit(1);
  const attached = ((newest?.data ?? {}) as Attached).preventive ?? [];
  const planned = followed?.plan.guardrails.preventive ?? [];
  const contents = new Map(planned.map(({ policyName, content }) => [policyName, content]));
  const own = attached.map(({ policyName, policyId }) => ({
    id: policyId,
    name: policyName,
    content: contents.get(policyName) ?? '',
  }));
  const fence =
    account.status === 'ACTIVE'
      ? []
      : [{ id: QUARANTINE_POLICY_NAME, name: QUARANTINE_POLICY_NAME, content: quarantinePolicy() }];
  return [FULL, ...own, ...fence];
}
