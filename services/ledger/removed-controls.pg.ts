import { sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { OWN_RULE } from '../drift/findings.ts';
import type { Fact } from './fact.ts';

const SPEAK_OF_CONTROLS: readonly Fact['type'][] = [
  'ComplianceChanged',
  'DriftChecked',
  'GuardrailsAttached',
  'AccountChanged',
];

/**
 * What was found by controls that a changed account no longer has says nothing any more, whenever it is told: an
 * evaluation may come after the rule is gone, a look may have begun before.
 */
export async function forgetRemovedControls(tx: Orm, fresh: readonly Fact[]): Promise<void> {
  const ids = fresh.flatMap((f) => (SPEAK_OF_CONTROLS.includes(f.type) && f.accountId ? [f.accountId] : []));
  if (ids.length === 0) return;
  await tx.execute(sql`
    delete from compliance c using accounts a
    where a.account_id = c.account_id and a.plan_request_id <> a.request_id
      and a.account_id in (select jsonb_array_elements_text(${JSON.stringify([...new Set(ids)])}::jsonb))
      and not exists (select from account_guardrails g where g.account_id = c.account_id
        and (g.carrier = c.rule or (g.control = c.control and c.rule like ${`${OWN_RULE}%`})))
      and (c.control is not null or c.rule in (
        select once->>'ruleName' from request_views v join facts f on f.request_id = v.request_id
        cross join lateral jsonb_array_elements(f.data->'detective') once
        where v.account_id = a.account_id and f.type = 'GuardrailsAttached'
          and jsonb_typeof(f.data->'detective') = 'array'))`);
}
