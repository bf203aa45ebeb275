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

/** Puts new requests to the approvers of their first stages. */
export const putToFirst = (tx: Orm, requests: readonly Asking[]): Promise<void> =>
  write(
    tx,
    requests.flatMap((request) => {
      const { asker, asked } = askedFirst(request);
      return asked.map((one) => ({ requestId: request.id, asked: one, requestedBy: asker }));
    }),
  );

/** Puts a request to the approvers of the stage that is open by now, and to those who are asked at last. */
export async function putToNext(tx: Orm, matter: ApprovalCase): Promise<void> {
  const { request, planned, decided, settings, escalatedAt } = matter;
  const open = planned.stages[openStage(planned.stages, approvalsIn(decided), settings)];
  await putToNobody(tx, [request.id]);
  const approvers = [...(open?.approvers ?? []), ...(escalatedAt === null ? [] : planned.escalateTo)];
  await write(tx, rowsFor(request, approvers));
}

/** Nothing is left to decide. */
export async function putToNobody(tx: Orm, requestIds: readonly string[]): Promise<void> {
  if (requestIds.length > 0)
    await tx.delete(askedApprovers).where(inArray(askedApprovers.requestId, [...requestIds]));
}

/** The same in words, for whoever writes them in a statement of their own. */
export const askedFirst = (
  request: Asking,
  approvers: readonly Selector[] = approvalsOf(request).stages[0]?.approvers ?? [],
): { asker: string; asked: string[] } => ({
  asker: canonicalSubject(request.requestedBy),
  asked: askedBy(approvers, request.team),
});

function rowsFor(
  { id: requestId, team, requestedBy }: Pick<Asking, 'id' | 'team' | 'requestedBy'>,
  selectors: readonly Selector[],
) {
  const asker = canonicalSubject(requestedBy);
  return askedBy(selectors, team).map((asked) => ({ requestId, asked, requestedBy: asker }));
}

async function write(tx: Orm, rows: ReturnType<typeof rowsFor>): Promise<void> {
  if (rows.length > 0) await tx.insert(askedApprovers).values(rows);
}
