import { inArray } from 'drizzle-orm';
import type { Orm } from '../../db/client.ts';
import { askedApprovers } from '../../db/schema/index.ts';
import { canonicalSubject } from '../people/person.ts';
import type { Selector } from '../settings/settings.schema.ts';
import type { ApprovalCase } from './approval-case.pg.ts';
import { askedBy } from './asked.ts';
import { approvalsOf } from './plan-approvals.ts';
import { approvalsIn, openStage } from './stages.ts';

type Asking = Parameters<typeof approvalsOf>[0] & { id: string; requestedBy: string };

/** Puts a new request to the approvers of its first stage. */
export const putToFirst = (tx: Orm, request: Asking): Promise<void> =>
  write(tx, request, approvalsOf(request).stages[0]?.approvers ?? []);

/** Puts a request to the approvers of the stage that is open by now, and to those who are asked at last. */
export async function putToNext(tx: Orm, matter: ApprovalCase): Promise<void> {
  const { request, planned, decided, settings, escalatedAt } = matter;
  const open = planned.stages[openStage(planned.stages, approvalsIn(decided), settings)];
  await putToNobody(tx, [request.id]);
  await write(tx, request, [...(open?.approvers ?? []), ...(escalatedAt === null ? [] : planned.escalateTo)]);
}

/** Nothing is left to decide. */
export async function putToNobody(tx: Orm, requestIds: readonly string[]): Promise<void> {
  if (requestIds.length > 0)
    await tx.delete(askedApprovers).where(inArray(askedApprovers.requestId, [...requestIds]));
}

async function write(
  tx: Orm,
  { id: requestId, team, requestedBy }: Pick<Asking, 'id' | 'team' | 'requestedBy'>,
  selectors: readonly Selector[],
): Promise<void> {
  const asker = canonicalSubject(requestedBy);
  const rows = askedBy(selectors, team).map((asked) => ({ requestId, asked, requestedBy: asker }));
  if (rows.length > 0) await tx.insert(askedApprovers).values(rows);
}
