import { sql } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { accountGuardrails } from '../../db/schema/index.ts';

export type Attached = {
  accountId: string;
  control: string;
  kind: 'preventive' | 'detective' | 'inherited';
  carrier?: string;
};

/**
 * Guardrails of accounts that no workflow has attached, since an instant (milliseconds).
 * @param known when that is known; the time of the database when it is left out
 */
export async function attachGuardrails(
  tx: Orm,
  attached: readonly Attached[],
  since: number,
  known?: Date,
): Promise<void> {
  await tx
    .insert(accountGuardrails)
    .values(attached.map((one) => ({ ...one, status: 'ATTACHED', version: 1 })))
    .onConflictDoNothing();
  const ids = JSON.stringify([...new Set(attached.map((one) => one.accountId))]);
  const spans = attached.map(({ accountId, control, kind }) => ({
    accountId,
    control,
    kind,
    fromAt: since,
    toAt: null,
  }));
  await tx.execute(sql`select set_guardrail_spans(0::smallint,
    array(select jsonb_array_elements_text(${ids}::jsonb)), ${JSON.stringify(spans)}::jsonb,
    coalesce(${known?.toISOString() ?? null}::timestamptz, now()))`);
}
